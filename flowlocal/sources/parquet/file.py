"""Open Parquet files, and turn whatever Arrow says of damaged ones into errors that name the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from flowlocal.events import UnreadableInput
from flowlocal.sources.sniffing import Sniffed

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


@contextmanager
def open_parquet(file: Sniffed) -> Iterator[pq.ParquetFile]:
    """Open a file, whose footer is read, for as long as it is used.

    Raises:
        UnreadableInput: the footer is damaged or encrypted.
    """
    with file.text.open() if file.text.codecs else file.text.opener() as stream:
        with naming(file.path):
            opened = pq.ParquetFile(stream if stream.seekable() else pa.BufferReader(stream.read()))
        yield opened


def runs(opened: pq.ParquetFile) -> Iterator[Run]:
    """Return neighbouring row groups that have up to ``ROWS`` rows together; a larger row group is alone."""
    groups, rows, first = list[int](), 0, 0
    for number in range(opened.metadata.num_row_groups):
        size = max(int(opened.metadata.row_group(number).num_rows), 0)
        if groups and rows + size > ROWS:
            yield Run(first, rows, groups)
            groups, rows, first = [], 0, first + rows
        groups.append(number)
        rows += size
    if groups:
        yield Run(first, rows, groups)


def one_by_one(opened: pq.ParquetFile, run: Run) -> Iterator[Run]:
    """Return the row groups of a run, each alone, so that those that are not damaged can be read."""
    first = run.first
    for number in run.groups:
        size = max(int(opened.metadata.row_group(number).num_rows), 0)
        yield Run(first, size, (number,))
        first += size


def batches(opened: pq.ParquetFile, run: Run, columns: Sequence[str], path: str) -> Iterator[pa.RecordBatch]:
    """Read some columns of row groups, at most ``ROWS`` rows at a time.

    Raises:
        UnreadableInput: a page is damaged; what came before it was given.
    """
    found = opened.iter_batches(ROWS, row_groups=list(run.groups), columns=list(columns))
    while True:
        with naming(path, f"rows {run.first + 1:,} to {run.first + run.rows:,} of this Parquet file are"):
            batch = next(found, None)
        if batch is None:
            return
        yield batch


@contextmanager
def naming(path: str, what: str = "this Parquet file is") -> Iterator[None]:
    """Turn whatever Arrow raises for a file that it cannot read into an error that names the file.

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
