"""Read Parquet files with Arrow, and convert its exceptions for damaged files to errors that name the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import BinaryIO
from weakref import finalize

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.sources.parquet.arrow_columns import can_be_encoded, column_of, encoded, messages_of, series_of
from flowlocal.sources.parquet.columns import NO_VALUES, ColumnBatch, ParquetColumn, ValueKind, united
from flowlocal.sources.parquet.runs import Run


class ArrowFile(Struct, frozen=True, dict=True):
    """A file that Arrow reads, for each thread with a handle of its own.

    Attributes:
        path: the file as the user named it.
        opener: opens its bytes.
        metadata: its footer.
        schema: its columns.
    """

    path: str
    opener: Callable[[], BinaryIO]
    metadata: pq.FileMetaData
    schema: pa.Schema

    @classmethod
    def open(cls, path: str, opener: Callable[[], BinaryIO]) -> ArrowFile:
        """Open a file and read its footer.

        Raises:
            UnreadableInput: the footer is damaged or encrypted, or two columns have the same name.
        """
        with naming(path):
            opened = pq.ParquetFile(_native(opener()))
            schema = opened.schema_arrow
        twice = next((name for name, number in Counter(schema.names).items() if number > 1), None)
        if twice is not None:
            message = f"{path}: more than one column is called {twice}"
            raise UnreadableInput(message, path, hint="rename one of them when the file is written")
        return cls(path, opener, opened.metadata, schema)

    @property
    def columns(self) -> list[ParquetColumn]:
        """Its columns.

        Raises:
            UnreadableInput: Arrow does not know a type.
        """
        with naming(self.path):
            return [column_of(field, place) for place, field in enumerate(self.schema)]

    @property
    def rows(self) -> list[int]:
        """How many rows each row group has."""
        groups = range(self.metadata.num_row_groups)
        return [max(int(self.metadata.row_group(number).num_rows), 0) for number in groups]

    def bounds(self, groups: Sequence[int], column: ParquetColumn) -> tuple[int, int] | None:
        """Return what no value of a column of integers is below, or above, as statistics say; None if they do not."""
        leaf = self._leaves.get(column.name)
        if leaf is None or column.kind is not ValueKind.INTEGER:
            return None
        try:
            return united(_bounds(self.metadata.row_group(group).column(leaf)) for group in groups)
        except (pa.ArrowException, OSError, ValueError, OverflowError):  # statistics that are not of the column's type
            return None

    @cached_property
    def _leaves(self) -> dict[str, int]:
        """The numbers of columns that store values, by names that only one of them has."""
        paths = [self.metadata.schema.column(number).path for number in range(self.metadata.num_columns)]
        return {path: number for number, path in enumerate(paths) if paths.count(path) == 1}

    def read(self, run: Run, columns: Sequence[ParquetColumn], unchanged: Collection[str]) -> ColumnBatch:
        """Read some columns of row groups.

        Args:
            run: the row groups.
            columns: the columns.
            unchanged: columns whose texts are not missing, however they read.

        Raises:
            UnreadableInput: a page is damaged.
        """
        names = [column.name for column in columns]
        with self._naming(run):
            table = self._reader(names, unchanged).read_row_groups(list(run.groups), names, use_threads=False)
            for column in table.itercolumns():
                for chunk in column.chunks:
                    _check_indices(chunk)
            (batch,) = table.unify_dictionaries().combine_chunks().to_batches() or [_no_rows(table.schema)]
        return self._batch(batch, columns, unchanged)

    def batches(
        self, run: Run, columns: Sequence[ParquetColumn], unchanged: Collection[str], size: int
    ) -> Iterator[ColumnBatch]:
        """Read some columns of row groups, as ``read`` does, so many rows at a time.

        Raises:
            UnreadableInput: a page is damaged; what came before it was given.
        """
        names = [column.name for column in columns]
        with self._naming(run):
            found = self._reader(names, unchanged).iter_batches(size, row_groups=list(run.groups), columns=names)
        while True:
            with self._naming(run):
                batch = next(found, None)
                for column in batch.columns if batch is not None else ():
                    _check_indices(column)
            if batch is None:
                return
            yield self._batch(batch, columns, unchanged)

    def _reader(self, names: Collection[str], unchanged: Collection[str]) -> pq.ParquetFile:
        """Return a reader for one thread, for which texts are numbers of distinct ones if possible."""
        fields = (field for field in self.schema if field.name in names and field.name not in unchanged)
        numbered = [field.name for field in fields if can_be_encoded(field.type)]
        return pq.ParquetFile(_native(self.opener()), metadata=self.metadata, read_dictionary=numbered)

    def _batch(
        self, batch: pa.RecordBatch, columns: Sequence[ParquetColumn], unchanged: Collection[str]
    ) -> ColumnBatch:
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        values, texts = dict[str, pl.Series](), dict[str, pl.Series]()
        with naming(self.path):
            for column in columns:
                array, name = arrays[column.name], column.physical
                numbers = encoded(column, array)
                if column.name in unchanged:
                    values[name] = messages_of(column, array)
                elif numbers is None:
                    values[name] = series_of(column, array)
                else:
                    values[name], texts[name] = numbers
        return ColumnBatch(len(batch), values, texts)

    def _naming(self, run: Run) -> AbstractContextManager[None]:
        """Convert Arrow's exceptions for unreadable rows to an error that names them."""
        return naming(self.path, f"rows {run.first + 1:,} to {run.first + run.rows:,} of this Parquet file are")


def _native(stream: BinaryIO) -> pa.NativeFile:
    """Return a stream as a file of Arrow, which closes it when it is no longer referenced."""
    stored = pa.PythonFile(stream, "r")
    finalize(stored, stream.close)
    return stored


def _bounds(chunk: pq.ColumnChunkMetaData) -> tuple[int, int] | None:
    found = chunk.statistics
    if found is None or not found.has_min_max:
        is_empty = found is not None and bool(found.has_null_count) and found.null_count == chunk.num_values
        return NO_VALUES if is_empty else None
    # Unsigned integers beyond the signed ones come as negative ones.
    is_known = isinstance(found.min, int) and isinstance(found.max, int) and found.min <= found.max
    return (found.min, found.max) if is_known else None


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
