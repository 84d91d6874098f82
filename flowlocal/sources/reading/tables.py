"""Read text with the native reader: whole blocks, and lines of files in pieces of which nothing is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.native.library import Block as Memory
from flowlocal.native.library import Plan, Table
from flowlocal.sources.files.local_files import Descriptor
from flowlocal.sources.records.row_ids import FilePart

_PIECE = 2 << 20
"""Bytes that stay in the cache of a processor with the columns made of them: reading takes a sixth less time than in
larger ones (measured)."""
_SHORTEST = 16
"""Bytes of a line, on average, below which rows take much more memory than their lines."""
_LONGEST = 16 << 10
"""Bytes at the end of a piece in which a line must end."""


class StoredLines(Struct, frozen=True):
    """Whole lines of an uncompressed file.

    Attributes:
        descriptor: the file.
        start: where they begin.
        size: how many bytes.
    """

    descriptor: Descriptor
    start: int
    size: int

    def whole(self) -> Memory:
        """Return the lines, fewer if the file ends before."""
        memory = Memory(self.size)
        filled = self._fill(memory.data, 0)
        return memory if filled == self.size else Memory.of(memory.data[:filled])

    def table(self, plan: Plan, part: FilePart) -> Table | None:
        """Return the columns of lines that are all records in ASCII, read piece by piece.

        Args:
            plan: the plan for the native reader; its columns must not refer to the lines.
            part: the file.

        Returns:
            The table; None if a line is something else, very short or very long, or the file ends before.
        """
        memory = Memory(min(_PIECE, self.size))
        table, at = Table(plan, memory), 0
        while at < self.size:
            piece = memory.data[: self.size - at]
            if self._fill(piece, at) < len(piece):
                return None
            end = len(piece) if at + len(piece) == self.size else _line_end(piece)
            at += end
            table.read(0, end, part.row + table.report.lines, after=self.size - at)
            report = table.report
            if not end or report.lines * _SHORTEST > at or report.unparsed or not report.is_ascii:
                return None
        return table

    def _fill(self, memory: memoryview, at: int) -> int:
        """Read the bytes from a position on; return how many there were."""
        filled, number = 0, self.descriptor.fileno()
        while filled < len(memory) and (more := os.preadv(number, [memory[filled:]], self.start + at + filled)):
            filled += more
        return filled


def _line_end(piece: memoryview) -> int:
    """Return the position after the last line end; 0 if there is none near the end."""
    end = bytes(piece[-_LONGEST:])
    return len(piece) - len(end) + end.rfind(b"\n") + 1 if b"\n" in end else 0


def read_lines(plan: Plan, text: Memory, parts: Sequence[FilePart]) -> Table:
    """Return the columns of all lines of a block; invalid UTF-8 is replaced.

    Args:
        plan: the plan for the native reader.
        text: the lines.
        parts: the files that they come from, with their sizes in bytes if there are several.
    """
    table = _table(plan, text, parts)
    if table.report.is_ascii or _is_utf8(text):
        return table
    valid = [each.decode("utf-8", "replace").encode() for each in split(bytes(text.data), parts)]
    return _table(plan, *joined(valid, parts))


def _sizes(size: int, parts: Sequence[FilePart]) -> list[int]:
    """Return the size of each file's text in a block of a size."""
    return [part.size or 0 for part in parts] if len(parts) > 1 else [size]


def split(text: bytes, parts: Sequence[FilePart]) -> list[bytes]:
    """Return the text of each file of a block."""
    sizes = _sizes(len(text), parts)
    return [text[end - size : end] for size, end in zip(sizes, accumulate(sizes), strict=True)]


def joined(texts: Sequence[bytes], parts: Sequence[FilePart]) -> tuple[Memory, Sequence[FilePart]]:
    """Return a block of the files' changed texts, and the files with their new sizes."""
    return Memory.of(*texts), [replace(part, size=len(text)) for part, text in zip(parts, texts, strict=True)]


def _table(plan: Plan, text: Memory, parts: Sequence[FilePart]) -> Table:
    table, start = Table(plan, text), 0
    for part, size in zip(parts, _sizes(text.size, parts), strict=True):
        table.read(start, start + size, part.row)
        start += size
    return table


def _is_utf8(text: Memory) -> bool:
    try:
        str(text.data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
