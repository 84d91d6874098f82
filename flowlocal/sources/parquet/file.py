"""Open Parquet files, and convert Arrow's exceptions for damaged files to errors that name the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO
from weakref import finalize

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from flowlocal.events import UnreadableInput
from flowlocal.sources.reading.probed_file import ProbedFile

ROWS = 250_000
"""Rows that are read together."""


@dataclass(frozen=True)
class Run:
    """Row groups that are read together.

    Attributes:
        first: the 0-based number of their first row.
        rows: how many rows the footer says they have.
        groups: their numbers.
    """

    first: int
    rows: int
    groups: Sequence[int]


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file that several threads read, each with a handle of its own.

    Attributes:
        path: the file as the user named it.
        opener: opens its bytes; threads cannot share them, because they seek and then read.
        metadata: its footer.
    """

    path: str
    opener: Callable[[], pa.NativeFile]
    metadata: pq.FileMetaData

    @classmethod
    def open(cls, file: ProbedFile) -> ParquetSource:
        """Open a file and read its footer.

        Raises:
            UnreadableInput: the footer is damaged or encrypted.
        """
        with naming(file.path):
            open_stream = file.text.open if file.text.codecs else file.text.opener
            stream = open_stream()
            if stream.seekable():
                stored, opener = _native(stream), lambda: _native(open_stream())
            else:  # cannot be read in any order: kept in memory
                with stream:
                    opener = partial(pa.BufferReader, pa.py_buffer(stream.read()))
                stored = opener()
            return cls(file.path, opener, pq.ParquetFile(stored).metadata)

    def reader(self, encoded: Sequence[str] = ()) -> pq.ParquetFile:
        """Return a reader for one thread.

        Args:
            encoded: columns of texts that are read as numbers of distinct texts.
        """
        return pq.ParquetFile(self.opener(), metadata=self.metadata, read_dictionary=list(encoded))

    def runs(self) -> Iterator[Run]:
        """Return neighbouring row groups that have up to ``ROWS`` rows together; a larger row group is alone."""
        groups, rows, first = list[int](), 0, 0
        for number in range(self.metadata.num_row_groups):
            size = self._rows(number)
            if groups and rows + size > ROWS:
                yield Run(first, rows, groups)
                groups, rows, first = [], 0, first + rows
            groups.append(number)
            rows += size
        if groups:
            yield Run(first, rows, groups)

    def one_by_one(self, run: Run) -> Iterator[Run]:
        """Return the row groups of a run individually, so that undamaged ones can be read."""
        first = run.first
        for number in run.groups:
            size = self._rows(number)
            yield Run(first, size, (number,))
            first += size

    def _rows(self, group: int) -> int:
        return max(int(self.metadata.row_group(group).num_rows), 0)

    def naming(self, run: Run) -> AbstractContextManager[None]:
        """Convert Arrow's exceptions for unreadable rows to an error that names them."""
        return naming(self.path, f"rows {run.first + 1:,} to {run.first + run.rows:,} of this Parquet file are")

    def whole(self, run: Run, columns: Sequence[str], encoded: Sequence[str]) -> pa.RecordBatch:
        """Read some columns of row groups.

        Args:
            run: the row groups.
            columns: the names of the columns.
            encoded: those that are read as numbers of distinct texts.

        Raises:
            UnreadableInput: a page is damaged.
        """
        with self.naming(run):
            table = self.reader(encoded).read_row_groups(list(run.groups), list(columns), use_threads=False)
            for column in table.itercolumns():
                for chunk in column.chunks:
                    _check_indices(chunk)
            (batch,) = table.unify_dictionaries().combine_chunks().to_batches() or [_no_rows(table.schema)]
            return batch

    def batches(self, run: Run, columns: Sequence[str], encoded: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """Read some columns of row groups, as ``whole`` does, at most ``ROWS`` rows at a time.

        Raises:
            UnreadableInput: a page is damaged; what came before it was given.
        """
        with self.naming(run):
            found = self.reader(encoded).iter_batches(ROWS, row_groups=list(run.groups), columns=list(columns))
        while True:
            with self.naming(run):
                batch = next(found, None)
                for column in batch.columns if batch is not None else ():
                    _check_indices(column)
            if batch is None:
                return
            yield batch


def _native(stream: BinaryIO) -> pa.NativeFile:
    """Return a stream as a file of Arrow, which closes it when it is no longer referenced."""
    stored = pa.PythonFile(stream, "r")
    finalize(stored, stream.close)
    return stored


def known_within(metadata: pq.FileMetaData, groups: Sequence[int], leaf: int, maximum: int) -> bool:
    """Return True if statistics say that a column of integers has none below 0 or above a maximum in some row groups.

    Args:
        metadata: the footer.
        groups: the row groups.
        leaf: the number of the column among all that store values.
        maximum: the largest integer that is allowed.
    """
    try:
        return all(_says_within(metadata.row_group(group).column(leaf), maximum) for group in groups)
    except (pa.ArrowException, OSError, ValueError, OverflowError):  # statistics that are not of the column's type
        return False


def _says_within(chunk: pq.ColumnChunkMetaData, maximum: int) -> bool:
    found = chunk.statistics
    if found is None or not found.has_min_max:
        return found is not None and bool(found.has_null_count) and found.null_count == chunk.num_values
    # Unsigned integers beyond the signed ones come as negative ones.
    return isinstance(found.min, int) and isinstance(found.max, int) and 0 <= found.min <= found.max <= maximum


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema)


def _check_indices(array: pa.Array) -> None:
    """Raise ``ArrowInvalid`` for numbers of texts that do not exist; Arrow itself does not look at them."""
    if isinstance(array, pa.DictionaryArray):
        found = pc.min_max(array.indices)
        low, high = found["min"].as_py(), found["max"].as_py()
        if low is not None and not 0 <= low <= high < len(array.dictionary):
            raise pa.ArrowInvalid("a value refers to no entry of its dictionary")


@contextmanager
def naming(path: str, what: str = "this Parquet file is") -> Iterator[None]:
    """Convert Arrow's exceptions for an unreadable file to an error that names the file.

    Args:
        path: the file.
        what: what cannot be read, as a sentence begins.

    Raises:
        UnreadableInput: the file is damaged, encrypted, or of a kind that Arrow does not know.
    """
    try:
        yield
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError, OverflowError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        if "crypt" in reason.lower():
            raise UnreadableInput(f"{path}: {what} encrypted", path, hint="decrypt it first") from error
        raise UnreadableInput(f"{path}: {what} damaged: {reason}", path) from error
