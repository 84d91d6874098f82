"""Files and lines of the events in a block, and what one line takes from the line before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from flowlocal.events import LINE_BITS, RECORD, ROW
from flowlocal.sources.records import LINE, LOG, LOG_STREAM, TIMESTAMP

_PART = "_part"
_BASE = "_base"
_STREAM = "_stream"
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


def place(frame: pl.DataFrame, parts: Sequence[Part], count: int) -> pl.DataFrame:
    """Add what depends on the file: ``ROW``, the path's stream, and values carried from line to line.

    Args:
        frame: events with ``LINE``, and ``RECORD`` unless all are records.
        parts: the files the block's lines are from.
        count: how many lines the block has.
    """
    if len(parts) == 1:
        base = (parts[0].file << LINE_BITS) + parts[0].first
        return _carry(frame.hstack([(frame[LINE].cast(pl.Int64) + base).alias(ROW)]), None)
    frame = frame.hstack(_per_line(parts).slice(0, count)[frame[LINE]])
    if LOG_STREAM in frame.columns and parts[0].stream is not None:
        frame = frame.with_columns(frame[_STREAM].alias(LOG_STREAM))
    return _carry(frame.hstack([(frame[LINE].cast(pl.Int64) + frame[_BASE]).alias(ROW)]), _PART)


def _per_line(parts: Sequence[Part]) -> pl.DataFrame:
    """For every line of a block: the number of its part, what to add for its row, and the stream."""
    counts = [part.lines or 0 for part in parts]
    starts = list(accumulate(counts, initial=0))[:-1]
    bases = [(part.file << LINE_BITS) + part.first - start for part, start in zip(parts, starts, strict=True)]
    table = pl.DataFrame(
        {_PART: range(len(parts)), _BASE: bases, _STREAM: [part.stream for part in parts], "n": counts},
        schema={_PART: pl.Int64, _BASE: pl.Int64, _STREAM: pl.String, "n": pl.Int64},
    )
    return table.select(pl.exclude("n").repeat_by("n").explode(empty_as_null=False))


def _carry(frame: pl.DataFrame, part: str | None) -> pl.DataFrame:
    """Give events without a time, and odd ones without stream and log, those of the line before."""
    carried = [name for name in CARRIED if name in frame.columns and frame[name].has_nulls()]
    carried = carried if RECORD in frame.columns else [name for name in carried if name == TIMESTAMP]
    if not carried:
        return frame
    return frame.with_columns(_carried(name, part) for name in carried)


def _carried(name: str, part: str | None) -> pl.Expr:
    filled = pl.col(name).forward_fill()
    filled = filled if part is None else filled.over(part)
    if name == TIMESTAMP:
        return filled
    return pl.when(RECORD).then(pl.col(name)).otherwise(filled).alias(name)


def locate(parts: Sequence[Part], line: int) -> tuple[str, int]:
    """The path and 0-based line of a line in a block."""
    for part in parts:
        if part.lines is None or line < part.lines:
            return part.path, line + part.first
        line -= part.lines
    return parts[-1].path, line
