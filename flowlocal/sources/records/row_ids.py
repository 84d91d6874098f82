"""Row ids: files and lines of the events in a block, and the values carried from line to line."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct

from flowlocal.events import LINE_BITS, ROW
from flowlocal.sources.records.schema import LINE, LOG, LOG_STREAM, TIMESTAMP

CARRIED = (TIMESTAMP, LOG_STREAM, LOG)
"""Columns that a line without its own value takes from the previous line in its file (decided)."""
NOTHING = "\0"
"""The stream or log that a line takes from a record without one, until all lines have theirs."""


class FilePart(Struct, frozen=True):
    """The lines of one file in a block.

    Attributes:
        file: the number of the file.
        path: the file as the user named it.
        first: the 0-based number of its first line in the file; counted from the block's first line if the block
            continues a file.
        lines: number of lines; None for all of the block.
        size: bytes of lines; None for all of the block.
        stream: the log stream named by the path.
    """

    file: int
    path: str
    first: int = 0
    lines: int | None = None
    size: int | None = None
    stream: str | None = None

    @property
    def row(self) -> int:
        """The row id of its first line."""
        return (self.file << LINE_BITS) + self.first


def place(frame: pl.DataFrame, part: FilePart) -> pl.DataFrame:
    """Add ``ROW``, and fill missing times from the previous line.

    Args:
        frame: events with ``LINE``.
        part: the file that they come from.
    """
    frame = frame.hstack([(frame[LINE].cast(pl.Int64) + part.row).alias(ROW)])
    return frame.with_columns(pl.col(TIMESTAMP).forward_fill()) if TIMESTAMP in frame.columns else frame


def locate(parts: Sequence[FilePart], line: int) -> tuple[str, int]:
    """Return path and 0-based line number of a line in a block."""
    for part in parts:
        if part.lines is None or line < part.lines:
            return part.path, line + part.first
        line -= part.lines
    return parts[-1].path, line
