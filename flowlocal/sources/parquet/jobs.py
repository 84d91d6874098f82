"""Create the jobs that read a Parquet file: one per batch of rows, and one per damaged part."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct

from flowlocal.events import RECORD, ROW, UnreadableInput
from flowlocal.sources.parquet import file as files
from flowlocal.sources.parquet.columns import ColumnBatch, ParquetColumn
from flowlocal.sources.parquet.file import ParquetSource
from flowlocal.sources.parquet.runs import Run
from flowlocal.sources.reading.blocks import Chunk
from flowlocal.sources.reading.pipeline import Job, ReadRequest
from flowlocal.sources.reading.probed_file import ProbedFile


class RowReader(Protocol):
    """Converts the rows of a file to events."""

    @property
    def unchanged(self) -> Collection[str]:
        """The columns whose texts are not missing, however they read."""
        ...

    def columns(self, source: ParquetSource, groups: Sequence[int]) -> Sequence[ParquetColumn]:
        """Return the columns to read of some row groups, at least one: rows are counted, not only said to be there."""
        ...

    def chunk(self, batch: ColumnBatch, first: int, continues: bool) -> Chunk:
        """Return the events of a batch, given the number of its first row, and if it continues the previous batch."""
        ...


def batch_jobs(file: ProbedFile, request: ReadRequest, reader: RowReader) -> Iterator[Job]:
    """Return the jobs that read a file, in threads of their own; row groups after a damaged one are still read.

    Args:
        file: the file.
        request: what a query needs.
        reader: how the rows become events.

    Raises:
        UnreadableInput: the footer is damaged.
    """
    source = ParquetSource.open(file)
    most = files.most_rows(len(set(request.wanted) - {ROW, RECORD}))
    for run in source.runs(most):
        jobs = _Jobs(source, request, reader, run, continues=run.first > 0)
        yield from jobs.large() if run.rows > most else (jobs,)


class _Jobs(Struct, frozen=True):
    """The jobs that read some row groups."""

    source: ParquetSource
    request: ReadRequest
    reader: RowReader
    run: Run
    continues: bool

    def __call__(self) -> Chunk:
        """Return the events of all rows; of damaged ones, what makes the jobs for each row group alone."""
        try:
            batch = self.source.whole(self.run, self._columns, self.reader.unchanged)
        except UnreadableInput as error:
            if len(self.run.groups) > 1:
                return Chunk(self.request.empty(), 0, 0, 0, 0, self.continues, rest=[self._one_by_one])
            return self._failed(self.run.rows, error, self.continues)
        return self._chunk(batch, self.run.first, self.continues)

    def large(self) -> Iterator[Job]:
        """Return a job for each batch of a row group that is larger than what is read at a time."""
        left, continues = self.run.rows, self.continues
        try:
            for batch in self.source.batches(self.run, self._columns, self.reader.unchanged):
                first, left = self.run.first + self.run.rows - left, left - batch.rows
                yield partial(self._chunk, batch, first, continues)
                continues = True
        except UnreadableInput as error:
            yield partial(self._failed, max(left, 0), error, continues)

    @property
    def _columns(self) -> Sequence[ParquetColumn]:
        return self.reader.columns(self.source, self.run.groups)

    def _chunk(self, batch: ColumnBatch, first: int, continues: bool) -> Chunk:
        """Return the events of a batch; what says why there are none if it is not as the footer says."""
        try:
            if batch.rows > self.run.rows:
                path = self.source.path
                raise UnreadableInput(
                    f"{path}: a row group has more rows than the footer of this Parquet file says", path
                )
            return self.reader.chunk(batch, first, continues)
        except UnreadableInput as error:
            return self._failed(batch.rows, error, continues)

    def _one_by_one(self) -> Iterator[Job]:
        for run in self.source.one_by_one(self.run):
            yield _Jobs(self.source, self.request, self.reader, run, self.continues or run.first > self.run.first)

    def _failed(self, lines: int, error: UnreadableInput, continues: bool) -> Chunk:
        """Return a chunk without events that says why the next lines of the file cannot be read."""
        return Chunk(self.request.empty(), 0, lines, 0, 0, continues, failure=error)
