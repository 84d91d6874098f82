"""Read Parquet files of events: one message per row, with its times and stream."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl
from msgspec import Struct

from flowlocal.sources.parquet.columns import ColumnBatch, ParquetColumn, ValueKind
from flowlocal.sources.parquet.file import ParquetSource, most_rows
from flowlocal.sources.parquet.jobs import batch_jobs
from flowlocal.sources.reading.blocks import BlockReader, Chunk, LineBlock, block_of
from flowlocal.sources.reading.pipeline import Job, ReadRequest
from flowlocal.sources.reading.probed_file import ProbedFile
from flowlocal.sources.records.row_ids import FilePart
from flowlocal.sources.records.schema import INGESTION_TIME, LOG_STREAM, MESSAGE, TIMESTAMP, LineFormat, Origin
from flowlocal.values.calendar import DATETIME

_TIMES = (TIMESTAMP, INGESTION_TIME)
SYSTEM_COLUMNS: Mapping[str, tuple[str, ...]] = {
    MESSAGE: (MESSAGE, "message"),
    TIMESTAMP: (TIMESTAMP, "timestamp"),
    INGESTION_TIME: (INGESTION_TIME, "ingestionTime"),
    LOG_STREAM: (LOG_STREAM, "logStreamName", "logStream"),
}
"""Column names for each system field, in order of precedence."""


def fits(field: str, column: ParquetColumn) -> bool:
    """Return True if a column's type is valid for a system field."""
    if field == MESSAGE:
        return column.is_text
    nothing = (ValueKind.BOOLEAN, ValueKind.NESTED)
    return column.kind not in (nothing if field in _TIMES else (*nothing, ValueKind.TIME))


def messages(file: ProbedFile, message: ParquetColumn) -> Iterator[str]:
    """Return the messages of a file in order.

    Raises:
        UnreadableInput: a page is damaged.
    """
    opened = ParquetSource.open(file)
    for run in opened.runs(most_rows(1)):
        for batch in opened.batches(run, [message], {message.name}):
            yield from batch.decoded()[message.physical].drop_nulls()


class ParquetEvents(Struct, frozen=True):
    """A Parquet file of events with their messages.

    Attributes:
        file: the file.
        line_format: how the messages read.
        origin: where the events come from.
        columns: the columns by the system fields that they hold, ``MESSAGE`` among them.
        rows: how many rows the footer says there are.
    """

    file: ProbedFile
    line_format: LineFormat
    origin: Origin
    columns: Mapping[str, ParquetColumn]
    rows: int

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Return a job for each batch of rows, or one that reports damage."""
        return batch_jobs(self.file, request, _EventReader(self, request.reader(self.line_format, self.origin)))


class _EventReader(Struct, frozen=True):
    """Converts the rows of a file of events to the columns of a request."""

    source: ParquetEvents
    reader: BlockReader

    @property
    def unchanged(self) -> Collection[str]:
        """The column of the messages."""
        return {self.source.columns[MESSAGE].name}

    def columns(self, _: ParquetSource, __: Sequence[int]) -> Sequence[ParquetColumn]:
        """Return the columns that hold system fields."""
        return list(self.source.columns.values())

    def chunk(self, batch: ColumnBatch, _: int, continues: bool) -> Chunk:
        """Return the events of a batch."""
        own, impossible = self._own(batch)
        file = self.source.file
        stored = (file.size or 0) * len(own) // max(1, self.source.rows)
        part = FilePart(file.number, file.path)
        return self.reader.read(LineBlock(block_of(own), (part,), stored, continues, (), own, impossible))

    def _own(self, batch: ColumnBatch) -> tuple[pl.DataFrame, int]:
        """Return the values of the rows, and how many of their times are out of range."""
        raw, columns = pl.DataFrame(batch.decoded()), self.source.columns
        own = raw.select(_value(name, column).alias(name) for name, column in columns.items())
        times = [name for name in _TIMES if name in columns]
        given = sum(raw[columns[name].physical].count() for name in times)
        return own, given - sum(own[name].count() for name in times)


def _value(name: str, column: ParquetColumn) -> pl.Expr:
    if name in _TIMES:
        return column.milliseconds().cast(DATETIME)
    value = pl.col(column.physical)
    return value.fill_null("") if name == MESSAGE else value.cast(pl.String)
