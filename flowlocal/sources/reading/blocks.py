"""Parse blocks of lines with the native reader into chunks of events with the columns that a query needs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.events import LINE_BITS, RECORD, ROW, Field, UnreadableInput
from flowlocal.native.library import Block as Memory
from flowlocal.native.library import ColumnKind, Table
from flowlocal.sources.reading.tables import Lines, joined, read_in_pieces, read_lines, split
from flowlocal.sources.records.line_plan import LinePlan
from flowlocal.sources.records.literals import Requirement, literal_of, settled_by
from flowlocal.sources.records.row_ids import NOTHING, FilePart, locate
from flowlocal.sources.records.schema import (
    INGESTION_TIME,
    LOG,
    LOG_STREAM,
    MESSAGE,
    REASON,
    TIMESTAMP,
    LineFormat,
    Origin,
)
from flowlocal.sources.records.unparsed import Explained, ForeignHeader, explain, explain_events
from flowlocal.values.calendar import DATETIME

FACTS = {TIMESTAMP: DATETIME, LOG_STREAM: pl.String(), INGESTION_TIME: DATETIME}
"""Columns that events of JSON, CSV and Parquet files can have in addition to their messages."""
COLOUR = re.compile(rb"\x1b\[[0-9;]*[mK]")
"""ANSI colour codes of a terminal."""
_COMMON = 2
"""A literal is common if more than one line in this many has it."""
_SELDOM = 8
"""Reading in pieces may be in vain for one block in so many."""
_FILE = pl.col(ROW) // (1 << LINE_BITS)


class LineBlock(Struct, frozen=True):
    """Whole lines of one file, or of several small files of the same line format; or the messages of events.

    Attributes:
        data: the lines; nothing while they are read in pieces.
        parts: the files that they come from, in order.
        stored: stored bytes consumed for the block.
        continues: True if the block continues the file of the previous block.
        lost: path and description of what is missing from files.
        own: for events that have more than a line: one row each with ``MESSAGE`` and any of ``FACTS`` and ``REASON``;
            ``data`` then contains the messages, one per line.
        impossible_times: number of times in ``own`` that are null because they are out of range.
    """

    data: bytes | Memory
    parts: tuple[FilePart, ...]
    stored: int
    continues: bool = False
    lost: tuple[tuple[str, str], ...] = ()
    own: pl.DataFrame | None = None
    impossible_times: int = 0


class EncodedTexts(Struct, frozen=True):
    """A column of texts as numbers of distinct texts.

    Attributes:
        column: the column of the numbers, without a null.
        texts: the distinct texts, ``String``.
    """

    column: str
    texts: pl.Series

    def decoded(self) -> pl.Expr:
        """Return the texts of rows."""
        return pl.lit(self.texts).gather(pl.col(self.column))

    def of(self, rows: pl.DataFrame) -> pl.Series:
        """Return the texts of rows."""
        return self.texts[rows[self.column]]


class Chunk(Struct):
    """Events of a block.

    Attributes:
        frame: the requested columns before filtering; those in ``derived`` may be missing. Rows that cannot match the
            predicates may be missing too, except the last one.
        events: number of events.
        older: those of them that match the predicates, but are not in the frame because they are not among the newest.
        lines: number of the line after the block, counted like ``FilePart.first``.
        bytes: bytes of log lines.
        stored: stored bytes consumed.
        continues: True if the chunk continues the file of the previous chunk.
        unparsed: the first unparsed lines: path, 0-based line and reason.
        unparsed_count: number of unparsed lines.
        foreign: headers of layouts that were not found when the file was probed.
        lost: path and description of what is missing from files.
        impossible_times: number of times that are null because they are out of range, by file.
        derived: columns that are computed from the rows that remain after filtering.
        span: epoch milliseconds of the earliest and the latest event; None if unknown.
        complete: True if no event takes a value from a previous chunk.
        failure: why the file, or the rest of it, cannot be read.
        rest: functions that return the jobs for the lines left out because they exceed the size of a block.
        encoded: the text columns among ``derived`` that are stored as numbers of distinct texts.
        settled: predicates that all rows but the last are known to match.
        last: what is known of the values that the next chunk may take from this one's last row.
    """

    frame: pl.DataFrame
    events: int
    lines: int
    bytes: int
    stored: int = 0
    continues: bool = False
    unparsed: list[tuple[str, int, str]] = field(default_factory=list)
    unparsed_count: int = 0
    foreign: Sequence[ForeignHeader] = ()
    lost: Sequence[tuple[str, str]] = ()
    impossible_times: Mapping[str, int] = field(default_factory=dict)
    derived: Mapping[str, pl.Expr] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    complete: bool = False
    failure: UnreadableInput | None = None
    rest: Sequence[Callable[[], Iterable[Callable[[], Chunk]]]] = ()
    encoded: Mapping[str, EncodedTexts] = field(default_factory=dict)
    settled: Sequence[pl.Expr] = ()
    last: Mapping[str, object] = field(default_factory=dict)
    older: int = 0


class SeenLines(Struct):
    """What was seen of the lines of a query so far, by all its readers.

    Attributes:
        rare: the literals that were looked for, with False once most lines of a block were found. To search others
            would take more time than it saves.
        tried: blocks that were read in pieces.
        failed: those of them for which it was in vain.
    """

    rare: dict[bytes | None, bool] = field(default_factory=dict)
    tried: int = 0
    failed: int = 0

    @property
    def are_plain(self) -> bool:
        """True if reading in pieces is hardly ever in vain: it then takes as long again."""
        return self.failed * _SELDOM <= self.tried


class BlockReader(Struct, frozen=True, dict=True):
    """Reads blocks of one line format and origin.

    Attributes:
        line_format: the line format.
        origin: log group, stream and owner of the events.
        fields: the fields of all events of the query.
        wanted: the columns to return.
        predicates: what events must match, besides a time range.
        required: texts that they must contain for that.
        since: epoch milliseconds: events of an earlier time are not wanted if they match; None if all are.
        counted: epoch milliseconds: those of this time or later match.
        seen: what was seen of the lines so far.
    """

    line_format: LineFormat
    origin: Origin
    fields: Mapping[str, Field]
    wanted: Collection[str]
    predicates: Sequence[pl.Expr] = ()
    required: Sequence[Requirement] = ()
    since: int | None = None
    counted: int | None = None
    seen: SeenLines = field(default_factory=SeenLines)

    @cached_property
    def _plan(self) -> LinePlan:
        return LinePlan(self.line_format, self.origin, self.fields, self.wanted)

    @cached_property
    def _search(self) -> LinePlan | None:
        """The plan that skips lines without a required literal, or of an earlier time; None if it would skip none."""
        search = replace(self._plan, literal=literal_of(self.required, self._plan.suffixes))
        if search.slots.get(TIMESTAMP) is ColumnKind.TIME and self._are_settled(search):
            search = replace(search, since=self.since, counted=self.counted)
        return None if search.literal is None and search.since is None else search

    def _are_settled(self, plan: LinePlan) -> bool:
        """Return True if all lines that a plan makes rows of match the predicates."""
        return {id(each) for each in self.predicates} <= {id(each) for each in self._settled(plan)}

    @property
    def _search_in_use(self) -> LinePlan | None:
        """The same, until most lines of a block have become rows."""
        search = self._search
        return search if search is not None and self.seen.rare.get(search.literal, True) else None

    @property
    def finds_few(self) -> bool:
        """True if most of the lines that were read made no rows."""
        return self._search is not None and self.seen.rare.get(self._search.literal, False)

    @cached_property
    def _plan_of_own(self) -> LinePlan:
        """The plan for events that may have their own time, which takes precedence over the record's."""
        return replace(self._plan, carries=False)

    def read(self, block: LineBlock) -> Chunk:
        """Return the events of a block."""
        plan, table, explained = self._searched(block) or self._whole(block)
        return self._chunk(block, plan, table, explained)

    def read_in_pieces(self, block: LineBlock, lines: Lines) -> Chunk | None:
        """Return the events of a block whose lines are still in their file, or as they were decompressed.

        Args:
            block: the block.
            lines: its lines.

        Returns:
            The events; None if their texts are kept, or for the reasons of ``tables.read_in_pieces``, so that the lines
            must be in memory.
        """
        search, seen = self._search_in_use, self.seen
        plan = self._plan if search is None else search
        if plan.native.keeps_lines or self.line_format.coloured or not seen.are_plain:
            return None
        table = read_in_pieces(plan.native, lines, block.parts[0])
        seen.tried += 1
        if table is None:
            seen.failed += 1
            return None
        if search is not None:
            self._note(search, table)
        return self._chunk(block, plan, table, Explained())

    def _chunk(self, block: LineBlock, plan: LinePlan, table: Table, explained: Explained) -> Chunk:
        at_once = (
            explained.unparsed_count or len(block.parts) > 1 or block.own is not None or not self.line_format.layouts
        )
        frame, derived = self._columns(plan, table, block.own), plan.derived
        if at_once:
            frame, derived = self._derived(frame, derived, block.parts), {}
        if block.own is not None:
            frame = _with_own(frame, block.own)
        frame = _without(explained.headers, frame)
        lines = table.report.lines
        return Chunk(
            carried(frame) if at_once else frame,
            lines - len(explained.headers),
            block.parts[0].first + lines,
            table.size,
            block.stored,
            block.continues,
            [(*locate(block.parts, line), reason) for line, reason in explained.unparsed],
            explained.unparsed_count,
            explained.foreign,
            block.lost,
            {block.parts[0].path: block.impossible_times},
            derived,
            table.span,
            not explained.unparsed_count and bool(self.line_format.layouts) and not _lacks_times(frame),
            settled=self._settled(plan) if len(block.parts) == 1 else (),
            older=table.report.older,
        )

    def _settled(self, plan: LinePlan) -> Sequence[pl.Expr]:
        """Return the predicates that lines with the literal of a plan match, if messages are whole lines."""
        if plan.literal is None or b"\r" in plan.literal or self.line_format.prefix.roles:
            return ()
        return settled_by(plan.literal, self.required, MESSAGE)

    def _searched(self, block: LineBlock) -> tuple[LinePlan, Table, Explained] | None:
        """Read only some lines; None if that is of no use, or events may take values from others."""
        search = self._search_in_use
        if block.own is not None or search is None:
            return None
        table = read_lines(search.native, *self._text(block))
        self._note(search, table)
        explained = explain(table, self.line_format, block.parts)
        takes = explained.unparsed_count and {LOG_STREAM, LOG}.intersection(self.wanted)
        return None if takes or explained.headers else (search, table, explained)

    def _note(self, search: LinePlan, table: Table) -> None:
        """Note whether a search, by its literal, finds few lines."""
        is_rare = table.report.rows * _COMMON <= table.report.lines
        self.seen.rare[search.literal] = is_rare and self.seen.rare.get(search.literal, True)

    def _whole(self, block: LineBlock) -> tuple[LinePlan, Table, Explained]:
        """Read all lines."""
        plan, own = self._plan if block.own is None else self._plan_of_own, block.own
        table = read_lines(plan.native, *self._text(block))
        explained = (
            explain(table, self.line_format, block.parts)
            if own is None
            else explain_events(table, self.line_format, own)
        )
        return plan, table, explained

    def _text(self, block: LineBlock) -> tuple[Memory, Sequence[FilePart]]:
        """Return the lines without colours, and the files that they come from with their sizes."""
        data, parts = block.data, block.parts
        if not self.line_format.coloured:
            return Memory.of(data) if isinstance(data, bytes) else data, parts
        whole = data if isinstance(data, bytes) else bytes(data.data)
        return joined([COLOUR.sub(b"", text) for text in split(whole, parts)], parts)

    def _columns(self, plan: LinePlan, table: Table, own: pl.DataFrame | None) -> pl.DataFrame:
        """Return one row per line, with the fields discovered in its message."""
        frame = pl.DataFrame([table.series(slot, name) for slot, name in enumerate(plan.slots)])
        if own is not None and MESSAGE in frame.columns:
            frame = frame.with_columns(_messages(own))
        if self.line_format.layouts:
            return frame
        return frame.with_columns(self.line_format.discovery.columns(frame[MESSAGE], self.wanted))

    def _derived(self, frame: pl.DataFrame, derived: Mapping[str, pl.Expr], parts: Sequence[FilePart]) -> pl.DataFrame:
        """Add derived columns; stream and log from a path apply to all lines only if the path also names the owner."""
        of_all = self.origin.owner is not None or not self.line_format.layouts
        if LOG_STREAM in derived and parts[0].stream is not None:
            streams = {part.file: part.stream for part in parts}
            derived = {**derived, LOG_STREAM: _FILE.replace_strict(streams, return_dtype=pl.String()).alias(LOG_STREAM)}
        return frame.with_columns(
            each if of_all or name not in (LOG, LOG_STREAM) else pl.when(RECORD).then(each).alias(name)
            for name, each in derived.items()
        )


def carried(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill stream and log of events that are not records from the previous record in their file (decided).

    What that record does not have is ``NOTHING``, so that it is not taken from one before it.
    """
    names = [name for name in (LOG_STREAM, LOG) if name in frame.columns and frame[name].has_nulls()]
    known = {name: pl.when(RECORD).then(pl.col(name).fill_null(NOTHING)).otherwise(name) for name in names}
    before = {name: column.forward_fill().over(_FILE) for name, column in known.items()}
    return frame.with_columns(pl.when(RECORD).then(name).otherwise(before[name]).alias(name) for name in names)


def _without(numbers: Sequence[int], frame: pl.DataFrame) -> pl.DataFrame:
    """Return the other rows than those with these numbers."""
    return frame.filter(~pl.int_range(len(frame), eager=True).is_in(list(numbers))) if numbers else frame


def _lacks_times(frame: pl.DataFrame) -> bool:
    return TIMESTAMP in frame.columns and frame[TIMESTAMP].has_nulls()


def _with_own(frame: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Prefer the events' own times and streams to those parsed from their messages."""
    names = [name for name in FACTS if name in frame.columns and name in own.columns]
    frame = frame.with_columns(pl.coalesce(own[name], pl.col(name)).alias(name) for name in names)
    if TIMESTAMP not in frame.columns:
        return frame
    return frame.with_columns(pl.col(TIMESTAMP).forward_fill())


def _messages(own: pl.DataFrame) -> pl.Expr:
    """Return the messages of the block; events that are not a line of it keep their own."""
    return pl.when(_is_line(own)).then(MESSAGE).otherwise(own[MESSAGE]).alias(MESSAGE)


def _is_line(own: pl.DataFrame) -> pl.Series:
    """Return a mask of the events that can be records: single-line ones without a reason."""
    single = ~own[MESSAGE].str.contains("\n", literal=True)
    return single & own[REASON].is_null() if REASON in own.columns else single


def block_of(own: pl.DataFrame) -> bytes:
    """Return the messages of events as lines of a block; a message that cannot be a record becomes a blank line."""
    lines = own.select(pl.when(_is_line(own)).then(MESSAGE))
    buffer = io.BytesIO()
    lines.write_csv(buffer, include_header=False, quote_style="never")
    return buffer.getvalue()
