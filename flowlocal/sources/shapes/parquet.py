"""Parquet: flow logs as S3 delivery and others write them, and tables of events with their messages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from flowlocal.events import RECORD, ROW, Field, ScanReport, UnreadableInput
from flowlocal.sources import catalog
from flowlocal.sources.blocks import Block, Chunk, block_of
from flowlocal.sources.layout import Layout
from flowlocal.sources.pipeline import Job, Request
from flowlocal.sources.placing import Part, place
from flowlocal.sources.records import (
    INGESTION_TIME,
    LINE,
    LOG,
    LOG_STREAM,
    MESSAGE,
    TIMESTAMP,
    Form,
    Origin,
    column_type,
)
from flowlocal.sources.shapes import shape
from flowlocal.sources.shapes.client_csv import loose_field
from flowlocal.sources.shapes.json_logs import message_form
from flowlocal.sources.sniffing import DEFAULT_GROUP, Opened, Options, Sniffed
from flowlocal.values.calendar import DATETIME, epoch_milliseconds

_MAGIC = b"PAR1"
_ROWS = 250_000
"""Rows that are read together."""
_NOTHING = ("-", "None", "NaN", "nan", "NULL", "null", "")
"""What writers put where a value is missing."""
_MESSAGES = (MESSAGE, "message")
_TIMES = (TIMESTAMP, "timestamp")
_ACCOUNT_DIGITS = 12
_PARTITION = "aws-account-id="


@shape("Parquet", order=5)
def parquet(file: Sniffed, options: Options) -> Opened | None:
    """A Parquet file with columns of flow log fields, or with messages."""
    if not file.head.startswith(_MAGIC):
        return None
    columns, rows = _contents(file)
    groups = (options.group or DEFAULT_GROUP,)
    message = next((name for name in _MESSAGES if name in columns), None)
    if message is not None:
        return _messages(file, options, message, rows)
    names = {column: _field_of(column, dtype) for column, dtype in columns.items()}
    fields = {column: name for column, name in names.items() if name is not None}
    if sum(name in catalog.KNOWN for name in fields.values()) < 2:
        if file.walked:
            return None
        raise UnreadableInput(f"{file.path}: this Parquet file has no columns of flow logs", file.path)
    sound = file.plain and rows > _ROWS and _is_sound(file.path, fields)
    source = ParquetRecords(file, _origin(file, options), fields, rows, sound)
    layout = Layout(tuple(fields.values()))
    aliases = {column: catalog.insights_name(name) for column, name in fields.items()}
    return Opened(file, "Parquet", source, (layout,), aliases=aliases, groups=groups)


def _contents(file: Sniffed) -> tuple[dict[str, pl.DataType], int]:
    """The columns and the number of rows.

    Raises:
        UnreadableInput: the file is damaged.
    """
    try:
        schema = scan(file).collect_schema()
        rows = int(scan(file).select(pl.len()).collect().item())
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise UnreadableInput(f"{file.path}: this Parquet file is damaged: {reason}", file.path) from error
    return dict(schema), rows


def _is_sound(path: str, fields: Mapping[str, str]) -> bool:
    """Do the statistics of a large file say that all integers are in range? Then none has to be read for that."""
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415 - small files do without

    metadata = pq.read_metadata(path)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    columns = (group.column(number) for group in groups for number in range(group.num_columns))
    integers = {column: catalog.INTEGERS[name].maximum for column, name in fields.items() if name in catalog.INTEGERS}
    return all(
        _within(column.statistics, integers[column.path_in_schema])
        for column in columns
        if column.path_in_schema in integers
    )


def _within(statistics: Any, maximum: int) -> bool:  # noqa: ANN401 - pyarrow is untyped
    if statistics is None or not statistics.has_min_max:
        return False
    low, high = statistics.min, statistics.max
    return isinstance(low, int) and isinstance(high, int) and low >= 0 and high <= maximum


def scan(file: Sniffed) -> pl.LazyFrame:
    """The rows of a Parquet file; what the path says is not made columns of."""
    if file.plain:
        return pl.scan_parquet(file.path, hive_partitioning=False, glob=False)
    with file.text.open() as stream:
        return pl.scan_parquet(io.BytesIO(stream.read()), hive_partitioning=False)


def _field_of(column: str, dtype: pl.DataType) -> str | None:
    """The field that a column holds, as the log spells it; None for columns that cannot be a field."""
    if dtype.is_nested() or column in (ROW, RECORD) or column.startswith("@"):
        return None
    return loose_field(column) or catalog.canonical(column)


def _origin(file: Sniffed, options: Options) -> Origin:
    """The account of a hive path, its zeros kept, is the owner where the records do not tell."""
    parts = file.path.replace("\\", "/").split("/")
    accounts = [part.removeprefix(_PARTITION) for part in parts if part.startswith(_PARTITION)]
    return replace(file.origin(options), owner=accounts[-1] if accounts else None)


@dataclass(frozen=True)
class ParquetRecords:
    """A Parquet file of flow log records.

    Attributes:
        file: the file.
        origin: where its events come from.
        columns: the columns and the fields they hold, in order.
        rows: how many rows.
        sound: do the file's own statistics say that no integer is out of range?
    """

    file: Sniffed
    origin: Origin
    columns: Mapping[str, str]
    rows: int
    sound: bool = False

    def jobs(self, request: Request) -> Iterator[Job]:
        """A job for each slice of rows."""
        for start in range(0, self.rows, _ROWS):
            yield _SliceJob(self, request, start)


@dataclass(frozen=True)
class _SliceJob:
    source: ParquetRecords
    request: Request
    start: int

    def __call__(self) -> Chunk:
        frame = values = self._values()
        wrong = values.filter(~pl.col(RECORD))
        if MESSAGE in self.request.wanted:
            frame = frame.hstack([self._lines()])
        frame = place(frame, self._part)
        odd = [(self._part.path, line, "a number is out of range") for line in wrong[LINE].head(ScanReport.SHOWN)]
        stored = (self.source.file.size or 0) * len(frame) // max(1, self.source.rows)
        frame = frame.select(self.request.wanted)
        return Chunk(frame, len(frame), len(frame), stored, stored, self.start > 0, odd, len(wrong))

    @property
    def _part(self) -> Part:
        return Part(self.source.file.number, self.source.file.path)

    @property
    def _slice(self) -> pl.LazyFrame:
        return scan(self.source.file).slice(self.start, _ROWS)

    def _values(self) -> pl.DataFrame:
        """The wanted columns but the message, with ``LINE`` and ``RECORD``."""
        record = pl.lit(value=True)
        if not self.source.sound and not self._sound():
            record = ~pl.any_horizontal(*map(self._wrong, self._integers))
        wanted = [name for name in self.request.wanted if name not in (ROW, RECORD, MESSAGE)]
        rows = self._slice.select(record.alias(RECORD), *map(self._column, wanted))
        return rows.collect(engine="streaming").with_row_index(LINE)

    def _column(self, name: str) -> pl.Expr:
        made = {TIMESTAMP: self._time, LOG_STREAM: self._stream, LOG: self._log}
        dtype = column_type(self.request.fields[name])
        if name in made:
            return made[name].cast(dtype).alias(name)
        column = self._by_name.get(name)
        value = pl.lit(None) if column is None else self._value(column, text=dtype == pl.String())
        return value.cast(dtype, strict=False).alias(name)

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {catalog.insights_name(name): column for column, name in self.source.columns.items()}

    def _value(self, column: str, *, text: bool) -> pl.Expr:
        """A field's value: integers as such unless text is wanted, ``-`` for a missing text."""
        name = self.source.columns[column]
        integer = catalog.INTEGERS.get(name)
        if integer is not None and not text:
            return _number(column).cast(integer.dtype, strict=False)
        value = _number(column).cast(pl.String()) if integer is not None else pl.col(column).cast(pl.String())
        if name == "account-id":
            value = pl.when(value.str.contains(r"^\d+$")).then(value.str.zfill(_ACCOUNT_DIGITS)).otherwise(value)
        # To compare with each of a few texts is several times as fast as to look them up.
        nothing = pl.any_horizontal(*(value == each for each in _NOTHING), value.is_null())
        return pl.when(nothing).then(pl.lit("-")).otherwise(value)

    @property
    def _integers(self) -> list[str]:
        return [column for column, name in self.source.columns.items() if name in catalog.INTEGERS]

    def _sound(self) -> bool:
        """Is no integer out of range? The least and the largest tell, without a look at each."""
        ends = [
            pl.struct(_number(column).min().alias("low"), _number(column).max().alias("high")).alias(column)
            for column in self._integers
        ]
        found = self._slice.select(ends).collect(engine="streaming").row(0, named=True) if ends else {}
        return all(
            each["high"] is None or (each["low"] >= 0 and each["high"] <= self._maximum(column))
            for column, each in found.items()
        )

    def _maximum(self, column: str) -> int:
        return catalog.INTEGERS[self.source.columns[column]].maximum

    def _wrong(self, column: str) -> pl.Expr:
        return (~_number(column).is_between(0, self._maximum(column))).fill_null(value=False)

    def _field(self, name: str) -> pl.Expr:
        column = self._by_name.get(name)
        return pl.lit(None, pl.String()) if column is None else self._value(column, text=True)

    @property
    def _time(self) -> pl.Expr:
        column = self._by_name.get("startTime")
        if column is None:
            return pl.lit(None, DATETIME)
        return epoch_milliseconds(_number(column))

    @property
    def _stream(self) -> pl.Expr:
        if self.source.origin.stream is not None:
            return pl.lit(self.source.origin.stream)
        interface = self._field("interfaceId")
        return pl.when(interface != "-").then(interface + "-all")

    @property
    def _log(self) -> pl.Expr:
        account = pl.coalesce(self._field("accountId"), pl.lit(self.source.origin.owner, pl.String()))
        group = pl.lit(self.source.origin.group)
        return pl.when(account.is_null()).then(group).otherwise(account + ":" + group)

    def _lines(self) -> pl.Series:
        """The records as lines of text."""
        values = [self._value(column, text=True) for column in self.source.columns]
        line = pl.concat_str(values, separator=" ").alias(MESSAGE)
        return self._slice.select(line).collect(engine="streaming").to_series()


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int64(), strict=False)


def _messages(file: Sniffed, options: Options, message: str, rows: int) -> Opened:
    """A table of events: a message a row, with what else is told of it."""
    some = scan(file).select(message).head(200).collect().to_series().drop_nulls()
    everything = scan(file).select(pl.col(message).cast(pl.String())).collect().to_series().drop_nulls()
    form = message_form(some, everything, options.layout)
    source = ParquetMessages(file, form, file.origin(options), message, rows)
    fields: Mapping[str, Field] = form.discovery.fields
    return Opened(file, "Parquet of events", source, form.layouts, fields, groups=(source.origin.group,))


@dataclass(frozen=True)
class ParquetMessages:
    """A Parquet file of events with their messages.

    Attributes:
        file: the file.
        form: how the messages read.
        origin: where the events come from.
        message: the column of messages.
        rows: how many rows.
    """

    file: Sniffed
    form: Form
    origin: Origin
    message: str
    rows: int

    def jobs(self, request: Request) -> Iterator[Job]:
        """A job for each slice of rows."""
        reader = request.reader(self.form, self.origin)
        for start in range(0, self.rows, _ROWS):
            yield lambda start=start: reader.read(self._block(start))  # type: ignore[misc]

    def _block(self, start: int) -> Block:
        own = scan(self.file).slice(start, _ROWS).select(self._facts()).collect(engine="streaming")
        part = Part(self.file.number, self.file.path)
        return Block(block_of(own), (part,), 0, start > 0, (), own)

    def _facts(self) -> Sequence[pl.Expr]:
        schema = scan(self.file).collect_schema()
        made = [pl.col(self.message).cast(pl.String()).fill_null("").alias(MESSAGE)]
        times = [(TIMESTAMP, name) for name in _TIMES if name in schema][:1]
        for name, column in (*times, (INGESTION_TIME, INGESTION_TIME)):
            if column in schema and (schema[column].is_temporal() or schema[column].is_integer()):
                made.append(pl.col(column).cast(DATETIME).alias(name))
        if LOG_STREAM in schema:
            made.append(pl.col(LOG_STREAM).cast(pl.String()))
        return made
