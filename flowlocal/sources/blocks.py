"""From a block of lines to a chunk of events: records, message, file and line, all that a query wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import polars as pl

from flowlocal.events import LINE_BITS, RECORD, ROW, Field
from flowlocal.sources.records import (
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
    has_double_blank,
    lines_of,
)
from flowlocal.sources.suspects import Explained, explain

PART = "_part"
WRONG_TIME = "_wrong_time"
NOTHING_ODD = Explained(pl.DataFrame())
CARRIED = (TIMESTAMP, LOG_STREAM, LOG)
"""Columns that a line without a value of its own takes from the line before it in its file (decided)."""


@dataclass(frozen=True)
class Part:
    """The lines of one file in a block.

    Attributes:
        file: the number of the file.
        path: the file as the user named it.
        first: the 0-based number of the part's first line in its file; counted from the block's first
            line where the block continues a file.
        lines: how many lines; None for all of the block.
        stream: the log stream that the path tells.
    """

    file: int
    path: str
    first: int = 0
    lines: int | None = None
    stream: str | None = None


@dataclass(frozen=True)
class Block:
    """Whole lines of one file, or of several small files of the same form.

    Attributes:
        data: the lines.
        parts: the files they are from, in order.
        stored: stored bytes consumed for it.
        continues: whether it continues the file of the block before it.
        warnings: sentences on the files.
    """

    data: bytes
    parts: tuple[Part, ...]
    stored: int
    continues: bool = False
    warnings: tuple[str, ...] = ()


@dataclass
class Chunk:
    """Events of a block.

    Attributes:
        frame: the wanted columns, before any predicate.
        lines: the number of the line after the block, counted as ``Part.first`` is.
        bytes: bytes of log lines.
        stored: stored bytes consumed.
        continues: whether it continues the file of the chunk before it.
        odd: the first odd lines: path, 0-based line and reason.
        odd_count: how many odd lines.
        warnings: sentences on the files.
    """

    frame: pl.DataFrame
    lines: int
    bytes: int
    stored: int = 0
    continues: bool = False
    odd: list[tuple[str, int, str]] = field(default_factory=list)
    odd_count: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class BlockReader:
    """Reads blocks of one form and origin.

    Attributes:
        form: how the lines read.
        origin: where the events come from.
        fields: the fields of all events of the query.
        wanted: the columns to make.
    """

    form: Form
    origin: Origin
    fields: Mapping[str, Field]
    wanted: Collection[str]

    @cached_property
    def _readers(self) -> tuple[RecordReader, ...]:
        return tuple(RecordReader(layout, self.form.prefix, self.fields) for layout in self.form.layouts)

    @cached_property
    def _columns(self) -> list[str]:
        """The wanted columns that come from the values of a line."""
        return [name for name in self.wanted if name not in (ROW, RECORD, MESSAGE)]

    def read(self, block: Block) -> Chunk:
        """The events of a block."""
        frame, lines, explained = self._events(block.data)
        count = frame.height if lines is None else len(lines)
        frame = self._with_message(frame, block.data, lines)
        frame = self._place(frame, block.parts, count)
        odd = [(*_locate(block.parts, line), reason) for line, reason in explained.odd]
        return Chunk(
            frame.select(list(self.wanted)),
            block.parts[0].first + count,
            len(block.data),
            block.stored,
            block.continues,
            odd,
            explained.odd_count,
            [*block.warnings, *_foreign_warnings(block.parts, explained.foreign)],
        )

    def _events(self, data: bytes) -> tuple[pl.DataFrame, pl.Series | None, Explained]:
        """The events with ``LINE``, the lines if they had to be split, and what the suspects are.

        ``RECORD`` is there where not all are records.
        """
        if not self._readers:
            return self._lines_only(data)
        frame, lenient = self._scanned(data)
        good = frame.select(LINE, *self._columns)
        if not lenient and not frame[SUSPECT].any():
            return good, None, NOTHING_ODD
        lines = lines_of(data)
        at = self._suspects(frame, lines, lenient=lenient)
        if at.is_empty():
            return good, lines, NOTHING_ODD
        explained = explain(lines, at, self._readers, self._columns, self.origin)
        return _merged(good, explained.rows, at), lines, explained

    def _scanned(self, data: bytes) -> tuple[pl.DataFrame, bool]:
        """The rows of a block with ``SUSPECT``, and whether they were read leniently."""
        reader = self._readers[0]
        made = reader.columns(self._columns, self.origin)
        if not has_double_blank(data):
            try:
                rows = reader.scan(data).select(LINE, reader.suspect().alias(SUSPECT), *made)
                return rows.collect(engine="streaming"), False
            except pl.exceptions.ComputeError:  # somewhere an integer does not read
                pass
        flags = (reader.suspect(lenient=True).alias(SUSPECT), reader.wrong_time.alias(WRONG_TIME))
        rows = reader.scan(data, lenient=True).select(LINE, *flags, *made)
        return rows.collect(engine="streaming"), True

    def _suspects(self, frame: pl.DataFrame, lines: pl.Series, *, lenient: bool) -> pl.Series:
        """The numbers of the lines that need an explanation."""
        if not lenient:
            return frame[LINE].filter(frame[SUSPECT])
        suspect = frame[SUSPECT] | lines.str.contains("  ", literal=True)
        plain = lines.str.contains(self._readers[0].plain_pattern) & ~frame[WRONG_TIME]
        return frame[LINE].filter(suspect & ~plain)

    def _lines_only(self, data: bytes) -> tuple[pl.DataFrame, pl.Series | None, Explained]:
        """Lines of which no layout is known: events without fields."""
        lines = lines_of(data)
        empty = [pl.lit(None, column_type(self.fields[name])).alias(name) for name in self._columns]
        number = pl.int_range(len(lines), dtype=pl.UInt32, eager=True).alias(LINE)
        frame = number.to_frame().with_columns(pl.lit(False).alias(RECORD), *empty)
        return frame, lines, NOTHING_ODD

    def _with_message(self, frame: pl.DataFrame, data: bytes, lines: pl.Series | None) -> pl.DataFrame:
        if MESSAGE not in self.wanted:
            return frame
        lines = lines_of(data) if lines is None else lines
        if frame.height != len(lines):
            lines = lines.gather(frame[LINE])
        messages = lines.to_frame().select(self.form.prefix.message(pl.col(lines.name)).alias(MESSAGE))
        return frame.hstack(messages)

    def _place(self, frame: pl.DataFrame, parts: Sequence[Part], count: int) -> pl.DataFrame:
        """Add what depends on the file: ``ROW``, the path's stream, and values carried from line to line."""
        if RECORD not in frame.columns:
            frame = frame.with_columns(pl.lit(True).alias(RECORD))
        if len(parts) == 1:
            base = (parts[0].file << LINE_BITS) + parts[0].first
            return _carry(frame.with_columns((frame[LINE].cast(pl.Int64) + base).alias(ROW)), None)
        frame = frame.hstack(_per_line(parts).slice(0, count)[frame[LINE]])
        if LOG_STREAM in frame.columns and parts[0].stream is not None:
            frame = frame.with_columns(frame["_stream"].alias(LOG_STREAM))
        return _carry(frame.with_columns((frame[LINE].cast(pl.Int64) + frame[PART + "_base"]).alias(ROW)), PART)


def _merged(good: pl.DataFrame, explained: pl.DataFrame, at: pl.Series) -> pl.DataFrame:
    """Put the explained events in the place of the rows that did not read rightly."""
    good = good.filter(~good[LINE].is_in(at.implode())).with_columns(pl.lit(True).alias(RECORD))
    return pl.concat([good, explained.select(good.columns)]).sort(LINE)


def _per_line(parts: Sequence[Part]) -> pl.DataFrame:
    """For every line of a block: the number of its part, what to add for its row, and the stream."""
    counts = [part.lines or 0 for part in parts]
    starts = list(accumulate(counts, initial=0))[:-1]
    bases = [(part.file << LINE_BITS) + part.first - start for part, start in zip(parts, starts, strict=True)]
    table = pl.DataFrame(
        {PART: range(len(parts)), PART + "_base": bases, "_stream": [part.stream for part in parts], "n": counts},
        schema={PART: pl.Int64, PART + "_base": pl.Int64, "_stream": pl.String, "n": pl.Int64},
    )
    return table.select(pl.exclude("n").repeat_by("n").explode(empty_as_null=False))


def _carry(frame: pl.DataFrame, part: str | None) -> pl.DataFrame:
    """Give events without a time, and odd ones without stream and log, those of the line before."""
    carried = [name for name in CARRIED if name in frame.columns and frame[name].has_nulls()]
    if not carried:
        return frame
    return frame.with_columns(_carried(name, part) for name in carried)


def _carried(name: str, part: str | None) -> pl.Expr:
    filled = pl.col(name).forward_fill()
    filled = filled if part is None else filled.over(part)
    if name == TIMESTAMP:
        return filled
    return pl.when(RECORD).then(pl.col(name)).otherwise(filled).alias(name)


def _locate(parts: Sequence[Part], line: int) -> tuple[str, int]:
    """The path and 0-based line of a line in a block."""
    for part in parts:
        if part.lines is None or line < part.lines:
            return part.path, line + part.first
        line -= part.lines
    return parts[-1].path, line


def _foreign_warnings(parts: Sequence[Part], foreign: Sequence[tuple[int, str]]) -> list[str]:
    places = ((*_locate(parts, line), text) for line, text in foreign)
    return [
        f"{path}: line {line + 1} is the header of another layout ({text[:60]}…); "
        "split the file there to read what follows"
        for path, line, text in places
    ]
