"""From a block of lines to a chunk of events: records, message, file and line, all that a query wants."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import polars as pl

from flowlocal.events import RECORD, ROW, Field, UnreadableInput
from flowlocal.sources.framing import STREAM, TIME
from flowlocal.sources.octets import count_separators, has_double_blank
from flowlocal.sources.placing import Part, locate, place
from flowlocal.sources.records import (
    INGESTION_TIME,
    LINE,
    LOG,
    LOG_STREAM,
    MESSAGE,
    SUSPECT,
    TIMESTAMP,
    Form,
    Origin,
    RecordReader,
    column_type,
    lines_of,
)
from flowlocal.sources.suspects import Explained, explain
from flowlocal.values.calendar import DATETIME

FACTS = {TIMESTAMP: DATETIME, LOG_STREAM: pl.String(), INGESTION_TIME: DATETIME}
"""Columns that events can bring along, beside their messages."""
WRONG_TIME = "_wrong_time"
NOTHING_ODD = Explained(pl.DataFrame())
COLOUR = re.compile(rb"\x1b\[[0-9;]*[mK]")
"""A terminal's colours."""


@dataclass(frozen=True)
class Block:
    """Whole lines of one file, or of several small files of the same form; or the messages of events.

    Attributes:
        data: the lines.
        parts: the files they are from, in order.
        stored: stored bytes consumed for it.
        continues: whether it continues the file of the block before it.
        lost: what is missing in files: path and sentence.
        own: for events that bring more along than a line: ``MESSAGE`` and any of ``FACTS``, a row each;
            ``data`` then are the messages, one a line.
        impossible_times: how many times in ``own`` are missing because no datetime can hold them.
    """

    data: bytes
    parts: tuple[Part, ...]
    stored: int
    continues: bool = False
    lost: tuple[tuple[str, str], ...] = ()
    own: pl.DataFrame | None = None
    impossible_times: int = 0


@dataclass
class Chunk:
    """Events of a block.

    Attributes:
        frame: the wanted columns, before any condition.
        lines: the number of the line after the block, counted as ``Part.first`` is.
        bytes: bytes of log lines.
        stored: stored bytes consumed.
        continues: whether it continues the file of the chunk before it.
        odd: the first odd lines: path, 0-based line and reason.
        odd_count: how many odd lines.
        warnings: sentences on the files.
        lost: what is missing in files: path and sentence.
        impossible_times: how many times are missing because no datetime can hold them, by file.
        finish: adds to rows of the frame those of some columns that it lacks. None where it lacks nothing, and where
            what it has may depend on the chunks before.
    """

    frame: pl.DataFrame
    lines: int
    bytes: int
    stored: int = 0
    continues: bool = False
    odd: list[tuple[str, int, str]] = field(default_factory=list)
    odd_count: int = 0
    warnings: list[str] = field(default_factory=list)
    lost: Sequence[tuple[str, str]] = ()
    impossible_times: Mapping[str, int] = field(default_factory=dict)
    finish: Callable[[pl.DataFrame, Collection[str]], pl.DataFrame] | None = None


@dataclass(frozen=True)
class BlockReader:
    """Reads blocks of one form and origin.

    Attributes:
        form: how the lines read.
        origin: where the events come from.
        fields: the fields of all events of the query.
        wanted: the columns to make.
        asked: the columns that conditions are asked of, so that the others can be left for the events that are left.
    """

    form: Form
    origin: Origin
    fields: Mapping[str, Field]
    wanted: Collection[str]
    asked: frozenset[str] = frozenset()

    @cached_property
    def _readers(self) -> tuple[RecordReader, ...]:
        return tuple(RecordReader(layout, self.form.prefix, self.fields) for layout in self.form.layouts)

    @cached_property
    def _strict_readers(self) -> tuple[RecordReader, ...]:
        """Those that read blocks without odd lines, the fastest first."""
        usual = self._readers[0]
        hasty = usual.hasty(self._columns, self.origin)
        return (hasty, usual) if hasty.unread else (usual,)

    @cached_property
    def _columns(self) -> list[str]:
        """The wanted columns that come from the values of a line."""
        return [name for name in self.wanted if name not in (ROW, RECORD, MESSAGE)]

    @cached_property
    def _dear(self) -> dict[str, pl.Expr]:
        """Those of ``_columns`` that are made of texts and of which nothing is asked: made for what is left."""
        if not self.asked or not self._readers:
            return {}
        names = [name for name in (LOG_STREAM, LOG) if name in self._columns and name not in self.asked]
        return dict(zip(names, self._readers[0].columns(names, self.origin), strict=True))

    @cached_property
    def _first_columns(self) -> list[str]:
        """``_columns`` but for the dear ones, and what these are made of."""
        sources = [name for column in self._dear.values() for name in column.meta.root_names()]
        return [*(name for name in self._columns if name not in self._dear), *dict.fromkeys(sources)]

    def read(self, block: Block) -> Chunk:
        """The events of a block."""
        data = COLOUR.sub(b"", block.data) if self.form.coloured else block.data
        frame, lines, explained = self._events(data, None if block.own is None else block.own[MESSAGE])
        count = frame.height if lines is None else len(lines)
        finish = partial(self._finished, data=data, lines=lines)
        waits = bool(self.asked) and RECORD not in frame.columns and block.own is None and len(block.parts) == 1
        frame = frame if waits else finish(frame, self.wanted)
        if block.own is not None:
            frame = _with_facts(frame, block.own)
        frame = place(self._all_records(frame), block.parts, count)
        if waits and TIMESTAMP in frame.columns and frame[TIMESTAMP].has_nulls():  # the chunk before may tell it
            frame, waits = finish(frame, self.wanted), False
        return Chunk(
            frame if waits else frame.select(list(self.wanted)),
            block.parts[0].first + count,
            len(block.data),
            block.stored,
            block.continues,
            [(*locate(block.parts, line), reason) for line, reason in explained.odd],
            explained.odd_count,
            _foreign_warnings(block.parts, explained.foreign, self.form),
            block.lost,
            {block.parts[0].path: block.impossible_times},
            finish if waits else None,
        )

    def _finished(
        self, rows: pl.DataFrame, names: Collection[str], *, data: bytes, lines: pl.Series | None
    ) -> pl.DataFrame:
        """Rows of a block with those of some columns that they lack."""
        rows = rows.with_columns(self._dear[name] for name in self._dear if name in names and name not in rows.columns)
        return self._with_message(rows, data, lines) if MESSAGE in names else rows

    def _events(self, data: bytes, lines: pl.Series | None) -> tuple[pl.DataFrame, pl.Series | None, Explained]:
        """The events with ``LINE``, the lines if they had to be split, and what the suspects are.

        ``RECORD`` is there where not all are records.
        """
        if not self._readers:
            return self._lines_only(lines_of(data) if lines is None else lines)
        frame, lenient = self._scanned(data)
        good = frame.select(LINE, *self._first_columns)
        if not lenient and not frame[SUSPECT].any():
            return good, lines, NOTHING_ODD
        lines = lines_of(data) if lines is None else lines
        at = self._suspects(frame, lines, lenient=lenient)
        if at.is_empty():
            return good, lines, NOTHING_ODD
        explained = explain(lines, at, self._readers, self._columns, self.origin)
        good = good.with_columns(self._dear.values()).select(LINE, *self._columns)
        return _merged(good, explained.rows, at), lines, explained

    def _scanned(self, data: bytes) -> tuple[pl.DataFrame, bool]:
        """The rows of a block with ``SUSPECT``, and whether they were read leniently."""
        reader = self._readers[0]
        separators = count_separators(data) if reader.countable else None
        if separators is not None or not has_double_blank(data):
            for strict in self._strict_readers:
                try:
                    return self._strictly_scanned(strict, data, separators), False
                except pl.exceptions.ComputeError:  # somewhere an integer does not read
                    pass
        flags = (reader.lenient_suspect.alias(SUSPECT), reader.wrong_time.alias(WRONG_TIME))
        return self._collected(reader.scan(data, lenient=True), *flags), True

    def _strictly_scanned(self, reader: RecordReader, data: bytes, separators: int | None) -> pl.DataFrame:
        """The rows of a block in which every integer reads; ``separators`` where no value is empty."""
        rows = self._counted(reader, data, separators) if separators is not None else None
        if rows is None:
            rows = self._collected(reader.scan(data), reader.suspect.alias(SUSPECT), *reader.typed)
        outside = reader.out_of_range(rows)
        return rows if outside is None else rows.with_columns(pl.col(SUSPECT) | outside)

    def _counted(self, reader: RecordReader, data: bytes, separators: int) -> pl.DataFrame | None:
        """The rows of a block where their number tells that each has its values; None where it does not."""
        none = pl.lit(value=False).alias(SUSPECT)
        rows = self._collected(reader.scan(data), none, "spare", *reader.typed)
        complete = separators == len(rows) * len(reader.layout.names) and rows["spare"].null_count() == len(rows)
        return rows if complete else None

    def _collected(self, scan: pl.LazyFrame, *beside: pl.Expr | str) -> pl.DataFrame:
        made = self._readers[0].columns([name for name in self._columns if name not in self._dear], self.origin)
        texts = [name for name in self._first_columns if name not in self._columns]
        return scan.select(LINE, *beside, *made, *texts).collect(engine="streaming")

    def _all_records(self, frame: pl.DataFrame) -> pl.DataFrame:
        if RECORD not in self.wanted or RECORD in frame.columns:
            return frame
        return frame.hstack([pl.repeat(value=True, n=len(frame), eager=True).alias(RECORD)])

    def _suspects(self, frame: pl.DataFrame, lines: pl.Series, *, lenient: bool) -> pl.Series:
        """The numbers of the lines that need an explanation."""
        if not lenient:
            return frame[LINE].filter(frame[SUSPECT])
        suspect = frame[SUSPECT] | lines.str.contains("  ", literal=True)
        plain = lines.str.contains(self._readers[0].plain_pattern) & ~frame[WRONG_TIME]
        return frame[LINE].filter(suspect & ~plain)

    def _lines_only(self, lines: pl.Series) -> tuple[pl.DataFrame, pl.Series, Explained]:
        """Lines of which no layout is known: events with what can be discovered in them."""
        prefix, line = self.form.prefix, pl.col(lines.name)
        messages = lines.to_frame().select(prefix.message(line)).to_series()
        found = {column.name: column for column in self.form.discovery.columns(messages, self._columns)}
        number = pl.int_range(len(lines), dtype=pl.UInt32, eager=True).alias(LINE)
        told = {TIMESTAMP: prefix.told(line, TIME), LOG_STREAM: prefix.told(line, STREAM), **self.origin.told()}
        rest = [self._or_missing(name, told) for name in self._columns if name not in found]
        columns = lines.to_frame().with_columns(number, pl.lit(value=False).alias(RECORD), *rest)
        return (
            columns.select(LINE, RECORD, *(expr.meta.output_name() for expr in rest)).hstack([*found.values()]),
            lines,
            NOTHING_ODD,
        )

    def _or_missing(self, name: str, known: Mapping[str, pl.Expr]) -> pl.Expr:
        return known.get(name, pl.lit(None)).cast(column_type(self.fields[name])).alias(name)

    def _with_message(self, frame: pl.DataFrame, data: bytes, lines: pl.Series | None) -> pl.DataFrame:
        if frame.is_empty():
            return frame.with_columns(pl.lit(None, pl.String()).alias(MESSAGE))
        lines = lines_of(data) if lines is None else lines
        if frame.height != len(lines):
            lines = lines.gather(frame[LINE])
        messages = lines.to_frame().select(self.form.prefix.message(pl.col(lines.name)).alias(MESSAGE))
        return frame.hstack(messages)


def block_of(messages: pl.Series) -> bytes:
    """Messages as lines of a block, one each; one of several lines, which is no record, is left blank."""
    single = messages.to_frame().select(
        pl.when(~pl.col(messages.name).str.contains("\n", literal=True)).then(messages.name)
    )
    buffer = io.BytesIO()
    single.write_csv(buffer, include_header=False, quote_style="never")
    return buffer.getvalue()


def _with_facts(frame: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Put what the events brought along before what their messages tell."""
    names = [name for name in FACTS if name in frame.columns and name in own.columns]
    if not names:
        return frame
    own = own.select(names) if len(own) == len(frame) else own.select(names)[frame[LINE]]
    return frame.with_columns(pl.coalesce(own[name], pl.col(name)).alias(name) for name in names)


def _merged(good: pl.DataFrame, explained: pl.DataFrame, at: pl.Series) -> pl.DataFrame:
    """Put the explained events in the place of the rows that did not read rightly."""
    good = good.filter(~good[LINE].is_in(at.implode())).with_columns(pl.lit(True).alias(RECORD))
    return pl.concat([good, explained.select(good.columns)]).sort(LINE)


def _foreign_warnings(parts: Sequence[Part], foreign: Sequence[tuple[int, str]], known: Form) -> list[str]:
    """Sentences on headers of layouts that were not seen before.

    Raises:
        UnreadableInput: the records after such a header would read as records of the layout before it.
    """
    sentences = []
    for number, text in foreign:
        path, line = locate(parts, number)
        if len(text.split()) in {len(layout.names) for layout in known.layouts}:
            message = f"{path}: another layout begins in line {line + 1}, with as many fields as the one before"
            raise UnreadableInput(message, path, line + 1, "split the file there")
        sentences.append(f"{path}: another layout begins in line {line + 1}; split the file there to read what follows")
    return sentences
