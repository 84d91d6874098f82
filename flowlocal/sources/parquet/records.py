"""Parquet files of flow log records: a column for each field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]

from flowlocal.events import LINE_BITS, RECORD, ROW, ScanReport
from flowlocal.sources import catalog
from flowlocal.sources.blocks import Chunk, carried
from flowlocal.sources.parquet.columns import Column, Reading
from flowlocal.sources.parquet.file import naming
from flowlocal.sources.parquet.jobs import batch_jobs
from flowlocal.sources.pipeline import Job, ReadRequest
from flowlocal.sources.records import LOG, LOG_STREAM, MESSAGE, TIMESTAMP, Origin, column_type
from flowlocal.sources.sniffing import Sniffed
from flowlocal.sources.unparsed import not_an_integer
from flowlocal.values.calendar import DATETIME, epoch_milliseconds

_ACCOUNT_DIGITS = 12


@dataclass(frozen=True)
class FieldColumn:
    """A column that holds a field of flow logs.

    Attributes:
        column: the column.
        field: the field, as the log spells it.
    """

    column: Column
    field: str

    @property
    def name(self) -> str:
        """The name by which a query knows the field."""
        return catalog.insights_name(self.field)

    @property
    def maximum(self) -> int | None:
        """The largest value of an integer field; None for a text."""
        integer = catalog.INTEGERS.get(self.field)
        return None if integer is None else integer.maximum

    @property
    def fits(self) -> bool:
        """Whether such a column can hold values of the field."""
        reading = self.column.reading
        if self.field not in catalog.KNOWN:
            return reading is not Reading.NESTED
        if reading is Reading.TIME:
            return self.field in catalog.TIMES
        return reading not in (Reading.BOOLEAN, Reading.NESTED)

    def value(self) -> pl.Expr:
        """Return the field's values: integers in range, null for others; or texts, ``-`` for a missing one."""
        if self.maximum is not None:
            return self.column.integer(self.maximum)
        text = self.column.text()
        if self.field != "account-id":
            return text
        return pl.when(text.str.contains(r"^\d+$")).then(text.str.zfill(_ACCOUNT_DIGITS)).otherwise(text)

    def text(self) -> pl.Expr:
        """Return the field's values as they stand in a line of text, right or wrong."""
        return self.value() if self.maximum is None else self.column.digits()

    def is_wrong(self) -> pl.Expr:
        """Return whether a value of an integer field is given, and is not an integer in range."""
        return self.column.is_given() & self.value().is_null()

    def time(self) -> pl.Expr:
        """Return a start as ``Datetime("ms")``."""
        is_time = self.column.reading is Reading.TIME
        return (self.column.milliseconds() if is_time else epoch_milliseconds(self.value())).cast(DATETIME)


@dataclass(frozen=True)
class ParquetRecords:
    """A Parquet file of flow log records.

    Attributes:
        file: the file.
        origin: where its events come from.
        columns: the columns that hold fields, in order.
        rows: how many rows the footer says there are.
    """

    file: Sniffed
    origin: Origin
    columns: tuple[FieldColumn, ...]
    rows: int

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Return a job for each batch of rows; of what is damaged, the job that says so."""
        table = _Table(self, request)
        return batch_jobs(self.file, table.names, request, table.chunk)


@dataclass(frozen=True)
class _Table:
    """How rows of a file become the events that a request wants."""

    source: ParquetRecords
    request: ReadRequest

    @cached_property
    def names(self) -> list[str]:
        """The columns to read: those of which the events are made, and those that may make odd rows.

        At least one is read, so that rows are counted and not only said to be there.
        """
        return [each.column.name for each in self._read] or [self.source.columns[0].column.name]

    @cached_property
    def _read(self) -> list[FieldColumn]:
        return [each for each in self.source.columns if each.maximum is not None or self._is_wanted(each)]

    def _is_wanted(self, column: FieldColumn) -> bool:
        wanted, origin = self.request.wanted, self.source.origin
        sources = {"startTime": TIMESTAMP}
        sources |= {"interfaceId": LOG_STREAM} if origin.stream is None else {}
        sources |= {"accountId": LOG}
        return MESSAGE in wanted or column.name in wanted or sources.get(column.name) in wanted

    def chunk(self, batch: pa.RecordBatch, continues: bool) -> Chunk:
        """Return the events of a batch."""
        raw = self._raw(batch)
        wrong = self._wrong(raw)
        frame = self._system(raw, wrong)
        frame = frame.with_columns(self._field(each, wrong) for each in self._fields)
        odd = [] if wrong is None else self._odd(frame.filter(wrong).head(ScanReport.SHOWN))
        path, source = self.source.file.path, self.source
        stored = (source.file.size or 0) * len(frame) // max(1, source.rows)
        impossible = self._impossible(frame) if wrong is None else self._impossible(frame.filter(~wrong))
        if TIMESTAMP in frame.columns:
            frame = frame.with_columns(pl.col(TIMESTAMP).forward_fill())
        return Chunk(
            frame if wrong is None else carried(frame),
            len(frame),
            len(frame),
            stored,
            stored,
            continues,
            [(path, line, reason) for line, reason in odd],
            0 if wrong is None else int(wrong.sum()),
            impossible_times={path: impossible},
            derived={MESSAGE: self._line()} if MESSAGE in self.request.wanted else {},
            complete=wrong is None and (TIMESTAMP not in frame.columns or not frame[TIMESTAMP].has_nulls()),
        )

    def _raw(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """Return the values that were read, with the rows' numbers."""
        found = batch.schema.names
        with naming(self.source.file.path):
            columns = [each.column.series(batch.column(found.index(each.column.name))) for each in self._read]
        first = self.source.file.number << LINE_BITS
        return pl.DataFrame([pl.int_range(first, first + len(batch), eager=True).alias(ROW), *columns])

    def _wrong(self, raw: pl.DataFrame) -> pl.Series | None:
        """Return which rows have a value that is not an integer in range, and so are not records; None if none has."""
        integers = [each for each in self._read if each.maximum is not None and not self._is_sound(raw, each)]
        if not integers:
            return None
        wrong = raw.select(pl.any_horizontal(each.is_wrong() for each in integers)).to_series()
        return wrong if wrong.any() else None

    @staticmethod
    def _is_sound(raw: pl.DataFrame, each: FieldColumn) -> bool:
        """Return whether the least and the largest value show that all are in range, without a look at each."""
        values = raw[each.column.physical]
        low, high = (values.min(), values.max()) if values.dtype.is_integer() else (None, None)
        if each.column.reading is not Reading.INTEGER or not isinstance(low, int) or not isinstance(high, int):
            return len(values) == values.null_count()
        return low >= 0 and high <= (each.maximum or 0)

    def _system(self, raw: pl.DataFrame, wrong: pl.Series | None) -> pl.DataFrame:
        """Add ``RECORD`` and the system fields that are wanted."""
        record = pl.lit(value=True) if wrong is None else ~pl.lit(wrong)
        frame = raw.with_columns(record.alias(RECORD))
        made = {TIMESTAMP: self._time, LOG_STREAM: self._stream, LOG: self._log}
        return frame.with_columns(
            pl.when(RECORD).then(made[name]).alias(name) for name in self.request.wanted if name in made
        )

    @cached_property
    def _by_name(self) -> dict[str, FieldColumn]:
        return {each.name: each for each in self.source.columns}

    @cached_property
    def _fields(self) -> list[str]:
        """The wanted columns that are neither system fields nor the message."""
        made = {ROW, RECORD, MESSAGE, TIMESTAMP, LOG_STREAM, LOG}
        return [name for name in self.request.wanted if name not in made]

    def _field(self, name: str, wrong: pl.Series | None) -> pl.Expr:
        """Return a field in the dtype that it has over all files, where it may be text."""
        dtype, column = column_type(self.request.fields[name]), self._by_name.get(name)
        if column is None:
            return pl.lit(None, dtype).alias(name)
        value = (column.text() if dtype == pl.String() else column.value()).cast(dtype, strict=False)
        return (value if wrong is None else pl.when(RECORD).then(value)).alias(name)

    @property
    def _time(self) -> pl.Expr:
        start = self._by_name.get("startTime")
        return pl.lit(None, DATETIME) if start is None else start.time()

    @property
    def _stream(self) -> pl.Expr:
        if self.source.origin.stream is not None:
            return pl.lit(self.source.origin.stream)
        interface = self._text("interfaceId")
        return pl.when(interface != "-").then(interface + "-all")

    @property
    def _log(self) -> pl.Expr:
        account = pl.coalesce(self._text("accountId"), pl.lit(self.source.origin.owner, pl.String()))
        group = pl.lit(self.source.origin.group)
        return pl.when(account.is_null()).then(group).otherwise(account + ":" + group)

    def _text(self, name: str) -> pl.Expr:
        column = self._by_name.get(name)
        return pl.lit(None, pl.String()) if column is None else column.text()

    def _line(self) -> pl.Expr:
        """Return the records as lines of text."""
        return pl.concat_str([each.text() for each in self.source.columns], separator=" ").alias(MESSAGE)

    def _impossible(self, records: pl.DataFrame) -> int:
        """Return how many starts no datetime can hold."""
        start = self._by_name.get("startTime")
        if start is None or TIMESTAMP not in records.columns:
            return 0
        return int(records.select((start.column.is_given() & pl.col(TIMESTAMP).is_null()).sum()).item())

    def _odd(self, rows: pl.DataFrame) -> Sequence[tuple[int, str]]:
        """Return the 0-based numbers of odd rows in the batch, and what is wrong with them."""
        reasons: dict[int, str] = {}
        first = self.source.file.number << LINE_BITS
        for each in self._read:
            if each.maximum is not None:
                wrong = rows.filter(each.is_wrong()).select(ROW, each.text().alias(MESSAGE))
                for row, text in wrong.rows():
                    reasons.setdefault(row - first, not_an_integer(each.field, text))
        return sorted(reasons.items())
