"""Read Parquet files of flow log records: one column per field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.epoch import SECONDS_BELOW
from flowlocal.events import LINE_BITS, RANK, RECORD, ROW, ScanReport, UnreadableInput
from flowlocal.sources.parquet.columns import ColumnBatch, ParquetColumn, ValueKind, is_within
from flowlocal.sources.parquet.field_columns import FieldColumn
from flowlocal.sources.parquet.file import ParquetSource, most_rows
from flowlocal.sources.parquet.jobs import batch_jobs
from flowlocal.sources.reading.blocks import Chunk, EncodedTexts, carried
from flowlocal.sources.reading.pipeline import Job, ReadRequest
from flowlocal.sources.reading.probed_file import ProbedFile
from flowlocal.sources.records.ranks import Extent
from flowlocal.sources.records.schema import LOG, LOG_STREAM, MESSAGE, TIMESTAMP, Origin, column_type
from flowlocal.sources.records.unparsed import not_an_integer
from flowlocal.values.calendar import DATETIME

_LINE = "\0line"
"""The column of the numbers of the rows in their batch."""
_TRUE = pl.Series(RECORD, [True])


class ParquetRecords(Struct, frozen=True):
    """A Parquet file of flow log records.

    Attributes:
        file: the file.
        origin: where its events come from.
        columns: the columns that hold fields, in order.
        rows: how many rows the footer says there are.
        starts: bounds of the start times, in seconds: others are refused; None without.
    """

    file: ProbedFile
    origin: Origin
    columns: tuple[FieldColumn, ...]
    rows: int
    starts: tuple[int, int] | None = None

    @property
    def extent(self) -> Extent | None:
        """What is known of the events."""
        return None if self.starts is None else Extent(self.rows, self.starts[0] * 1000, self.starts[1] * 1000)

    def bounded(self, source: ParquetSource) -> ParquetRecords | None:
        """Return the same file with the bounds of its start times; None if statistics do not say them, in seconds."""
        column = next((each.column for each in self.columns if each.name == "startTime"), None)
        bounds = None if column is None else source.bounds(range(len(source.group_rows)), column)
        is_known = bounds is not None and is_within(bounds, 0, SECONDS_BELOW - 1)
        return replace(self, starts=bounds) if is_known else None

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Return a job for each batch of rows, or one that reports damage."""
        return batch_jobs(self.file, request, _RecordReader(self, request))


class _Rows(Struct, frozen=True):
    """The rows of a batch.

    Attributes:
        columns: the columns that were read.
        frame: their values; or the numbers of texts, for those that are encoded; and ``ROW`` if it is needed.
        texts: the distinct texts of encoded columns, by the names of their values.
        spans: bounds of columns of integers that have any, by the names of their values.
        first: the number of the first row in its file.
    """

    columns: Sequence[FieldColumn]
    frame: pl.DataFrame
    texts: Mapping[str, pl.Series]
    spans: Mapping[str, tuple[int, int]]
    first: int

    def has_times(self, column: FieldColumn) -> bool:
        """Return True if a column of sound start times has one in each row, all of them in range."""
        name = column.column.physical
        return name in self.spans and self.spans[name][1] < SECONDS_BELOW and not self.frame[name].has_nulls()

    def decoded(self) -> _Rows:
        """Return the same rows without encoded columns."""
        texts = (texts[self.frame[name]] for name, texts in self.texts.items())
        return replace(self, frame=self.frame.with_columns(texts), texts={})

    def with_lines(self) -> _Rows:
        """Return the same rows with their numbers in the batch."""
        lines = _numbers(most_rows(0)).slice(0, len(self.frame))
        return replace(self, frame=self.frame.hstack([lines.alias(_LINE)]))

    def encoded(self, column: FieldColumn, value: pl.Expr) -> EncodedTexts:
        """Return what an encoded column's values make."""
        name = column.column.physical
        return EncodedTexts(name, self.texts[name].to_frame().select(value.alias(name)).to_series())

    def holds_encoded(self, column: FieldColumn | None) -> bool:
        """Return True if the column was read as numbers of distinct texts."""
        return column is not None and column.column.physical in self.texts

    def text(self, column: FieldColumn) -> pl.Expr:
        """Return the field's values as they appear in a line of text."""
        return self.encoded(column, column.text()).decoded() if self.holds_encoded(column) else column.text()


def _spans(
    columns: Sequence[FieldColumn], frame: pl.DataFrame, known: Mapping[str, tuple[int, int]]
) -> Mapping[str, tuple[int, int]]:
    """Return the bounds of columns of integers, of which some are known."""
    integers = (each.column.physical for each in columns if each.column.kind is ValueKind.INTEGER)
    ends = ((name, frame[name].min(), frame[name].max()) for name in integers if name not in known)
    seen = {name: (low, high) for name, low, high in ends if isinstance(low, int) and isinstance(high, int)}
    return {**known, **seen}


@cache
def _numbers(count: int) -> pl.Series:
    """Return the numbers from 0 on, which all batches share."""
    return pl.int_range(count, eager=True)


class _RecordReader(Struct, frozen=True, dict=True):
    """Converts the rows of a file to the columns of a request."""

    source: ParquetRecords
    request: ReadRequest
    unchanged: Collection[str] = ()

    def columns(self, source: ParquetSource, groups: Sequence[int]) -> Sequence[ParquetColumn]:
        """Return the columns of which the events are made, and those that may contain invalid integers.

        A column of integers is passed over if nothing is made of it and statistics say that all are in range.
        """
        read = [
            each.column
            for each in self.source.columns
            if self._is_wanted(each) or not each.is_known_sound(source, groups)
        ]
        return read or [self.source.columns[0].column]

    def _is_wanted(self, column: FieldColumn) -> bool:
        wanted, origin = self.request.wanted, self.source.origin
        sources = {"startTime": RANK if RANK in wanted else TIMESTAMP}
        sources |= {"interfaceId": LOG_STREAM} if origin.stream is None else {}
        sources |= {"accountId": LOG}
        return MESSAGE in wanted or column.name in wanted or sources.get(column.name) in wanted

    def chunk(self, batch: ColumnBatch, first: int, continues: bool) -> Chunk:
        """Return the events of a batch."""
        rows = self._rows(batch, first)
        self._check_starts(rows)
        wrong = self._wrong(rows)
        rows = rows if wrong is None else rows.decoded()
        is_ranked = wrong is None and self._has_ranks(rows)
        wanted = self.request.wanted if is_ranked else self.request.unranked
        if wrong is not None or ROW in wanted:
            rows = self._numbered(rows)
        if is_ranked:
            rows = rows.with_lines()
        frame, encoded, later = self._events(rows, wrong, wanted)
        odd = [] if wrong is None else self._odd(rows.columns, frame.filter(wrong).head(ScanReport.SHOWN))
        path, source = self.source.file.path, self.source
        stored = (source.file.size or 0) * len(frame) // max(1, source.rows)
        impossible = self._impossible(frame) if wrong is None else self._impossible(frame.filter(~wrong))
        if TIMESTAMP in frame.columns:
            frame = frame.with_columns(pl.col(TIMESTAMP).forward_fill())
        derived = {**later, **{name: each.decoded().alias(name) for name, each in encoded.items()}}
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
            derived=derived | ({MESSAGE: self._line(rows)} if MESSAGE in self.request.wanted else {}),
            encoded=encoded,
            complete=wrong is None and (TIMESTAMP not in frame.columns or not frame[TIMESTAMP].has_nulls()),
            last=self._last(rows, later),
        )

    def _rows(self, batch: ColumnBatch, first: int) -> _Rows:
        """Return the rows of a batch."""
        columns = [each for each in self.source.columns if each.column.physical in batch.values]
        # An integer field of texts is read as a number of each of them.
        whole = {each.column.physical for each in columns if each.maximum is not None}
        texts = {name: each for name, each in batch.texts.items() if name not in whole}
        values = ColumnBatch(batch.rows, batch.values, {n: t for n, t in batch.texts.items() if n in whole}).decoded()
        frame = pl.DataFrame([*values.values()])
        return _Rows(columns, frame, texts, _spans(columns, frame, batch.spans), first)

    def _has_ranks(self, rows: _Rows) -> bool:
        """Return True if ranks are wanted, and each row has a time of its own."""
        start = self._by_name.get("startTime")
        return self.request.is_ranked and start is not None and rows.has_times(start)

    def _last(self, rows: _Rows, later: Collection[str]) -> Mapping[str, object]:
        """Return the time of the last row, in epoch milliseconds, if it or a rank is made of rows that have times."""
        if not len(rows.frame) or not {TIMESTAMP, RANK} & set(later):
            return {}
        return {TIMESTAMP: int(rows.frame[self._by_name["startTime"].column.physical][-1]) * 1000}

    def _check_starts(self, rows: _Rows) -> None:
        """Raise UnreadableInput if events are ordered by start times that are not as the statistics say."""
        start, said = self._by_name.get("startTime"), self.source.starts
        if start is None or said is None or not self.request.is_ranked:
            return
        name = start.column.physical
        if name not in rows.spans or is_within(rows.spans[name], *said):
            return
        values = rows.frame[name].drop_nulls()  # the bounds may be those of a dictionary
        if not values.is_between(*said).all():
            path = self.source.file.path
            message = f"{path}: start times are not within the statistics of their column"
            raise UnreadableInput(message, path, hint="write the file again, with other software if necessary")

    def _numbered(self, rows: _Rows) -> _Rows:
        """Return the rows with their numbers."""
        first = self.source.file.number << LINE_BITS
        numbers = pl.int_range(first, first + len(rows.frame), eager=True).alias(ROW)
        return replace(rows, frame=rows.frame.hstack([numbers]))

    def _wrong(self, rows: _Rows) -> pl.Series | None:
        """Return a mask of rows that are not records because of an invalid integer; None if all are records."""
        integers = [each for each in rows.columns if each.maximum is not None and not self._is_sound(rows, each)]
        if not integers:
            return None
        wrong = rows.frame.select(pl.any_horizontal(each.is_wrong() for each in integers)).to_series()
        return wrong if wrong.any() else None

    @staticmethod
    def _is_sound(rows: _Rows, each: FieldColumn) -> bool:
        """Return True if the minimum and maximum show that all values are in range."""
        span, values = rows.spans.get(each.column.physical), rows.frame[each.column.physical]
        if span is None:
            return len(values) == values.null_count()
        return is_within(span, 0, each.maximum or 0)

    def _events(
        self, rows: _Rows, wrong: pl.Series | None, wanted: Sequence[str]
    ) -> tuple[pl.DataFrame, Mapping[str, EncodedTexts], Mapping[str, pl.Expr]]:
        """Add ``RECORD`` and wanted columns but the message to rows.

        Texts stay encoded as far as they are; columns that can be made of the rows that match are left out.
        """
        record = _TRUE.new_from_index(0, len(rows.frame)) if wrong is None else (~wrong).alias(RECORD)
        columns, later, encoded = list[pl.Expr](), dict[str, pl.Expr](), dict[str, EncodedTexts]()
        for name in wanted:
            if name in (ROW, RECORD, MESSAGE):
                continue
            column, value = self._value(name, rows, sound=wrong is None)
            if column is not None and rows.holds_encoded(column):
                encoded[name] = rows.encoded(column, value)
            elif column is not None and wrong is None and self._can_wait(name, column, rows):
                later[name] = value.alias(name)
            else:
                columns.append((value if wrong is None else pl.when(RECORD).then(value)).alias(name))
        frame = rows.frame.hstack([record])
        return frame.with_columns(columns) if columns else frame, encoded, later

    def _can_wait(self, name: str, column: FieldColumn, rows: _Rows) -> bool:
        """Return True if a column is asked by no condition; and times, if every record has one that is in range."""
        if name in self._asked:
            return False
        return name != TIMESTAMP or rows.has_times(column)

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset(name for condition in self.request.conditions for name in condition.columns)

    @cached_property
    def _by_name(self) -> dict[str, FieldColumn]:
        return {each.name: each for each in self.source.columns}

    def _value(self, name: str, rows: _Rows, *, sound: bool) -> tuple[FieldColumn | None, pl.Expr]:
        """Return a wanted column, and the column of the file that it is made of, if it is made of any."""
        match name:
            case "@timestamp":
                start = self._by_name.get("startTime")
                span = rows.spans.get(start.column.physical) if start is not None and sound else None
                return start, pl.lit(None, DATETIME) if start is None else start.time(span and span[1])
            case "_rank":
                return self._by_name["startTime"], self._rank(rows)
            case "@logStream":
                return self._stream()
            case "@log":
                return self._log()
        return self._field(name, sound=sound)

    def _field(self, name: str, *, sound: bool) -> tuple[FieldColumn | None, pl.Expr]:
        """Return a field in its dtype over all files, in which it may be text."""
        dtype, column = column_type(self.request.fields[name]), self._by_name.get(name)
        if column is None:
            return None, pl.lit(None, dtype)
        value = column.sound_value() if sound else column.value()
        return column, (column.text() if dtype == pl.String() else value).cast(dtype, strict=False)

    def _rank(self, rows: _Rows) -> pl.Expr:
        """Return ``RANK`` of rows that have times and lines."""
        assert self.request.ranking is not None  # noqa: S101 - it is wanted
        seconds = pl.col(self._by_name["startTime"].column.physical).cast(pl.Int64)
        return self.request.ranking.of_seconds(seconds, pl.col(_LINE), self.source.file.number, rows.first)

    def _stream(self) -> tuple[FieldColumn | None, pl.Expr]:
        interface = self._by_name.get("interfaceId")
        if self.source.origin.stream is not None:
            return None, pl.lit(self.source.origin.stream)
        if interface is None:
            return None, pl.lit(None, pl.String())
        return interface, pl.when(interface.text() != "-").then(interface.text() + "-all")

    def _log(self) -> tuple[FieldColumn | None, pl.Expr]:
        column, origin = self._by_name.get("accountId"), self.source.origin
        group = pl.lit(origin.group)
        if column is not None:
            return column, column.text() + ":" + group
        return None, group if origin.owner is None else pl.lit(f"{origin.owner}:{origin.group}")

    def _line(self, rows: _Rows) -> pl.Expr:
        """Return the records as lines of text."""
        return pl.concat_str([rows.text(each) for each in self.source.columns], separator=" ").alias(MESSAGE)

    def _impossible(self, records: pl.DataFrame) -> int:
        """Return the number of start times that are out of range."""
        start = self._by_name.get("startTime")
        if start is None or TIMESTAMP not in records.columns:
            return 0
        return int(records.select((start.column.is_given() & pl.col(TIMESTAMP).is_null()).sum()).item())

    def _odd(self, columns: Sequence[FieldColumn], rows: pl.DataFrame) -> Sequence[tuple[int, str]]:
        """Return the 0-based numbers of unparsed rows in the batch, and the reasons."""
        reasons: dict[int, str] = {}
        first = self.source.file.number << LINE_BITS
        for each in columns:
            if each.maximum is not None:
                wrong = rows.filter(each.is_wrong()).select(ROW, each.text().alias(MESSAGE))
                for row, text in wrong.rows():
                    reasons.setdefault(row - first, not_an_integer(each.field, text))
        return sorted(reasons.items())
