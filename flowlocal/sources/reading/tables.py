"""Read text with the native reader: in whole blocks, or in pieces of which nothing is kept."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.native.library import Block as Memory
from flowlocal.native.library import Plan, Table
from flowlocal.positions import read_into
from flowlocal.sources.files.local_files import Descriptor
from flowlocal.sources.records.row_ids import FilePart

_PIECE = 1 << 20
"""Bytes that stay in the cache of a processor with the columns made of them: reading takes a sixth less time than in
larger ones (measured)."""
_SHORTEST = 16
"""Bytes of a line, on average, below which rows take much more memory than their lines."""
_SAMPLE = 4 << 10
"""Bytes of a piece, at a random place, in which lines are counted: all of them would take as long as reading."""
_LONGEST = 16 << 10
"""Bytes at the end of a piece in which a line must end."""


class Lines(Protocol):
    """Whole lines that are not in memory of the native library yet."""

    @property
    def size(self) -> int:
        """How many bytes."""

    def fill(self, memory: memoryview, at: int) -> int:
        """Read the bytes from a position on; return how many there were, fewer if a file has shrunk."""


class StoredLines(Struct, frozen=True):
    """Lines of an uncompressed file.

    Attributes:
        descriptor: the file.
        start: where they begin.
        size: how many bytes.
    """

    descriptor: Descriptor
    start: int
    size: int

    def fill(self, memory: memoryview, at: int) -> int:
        """See ``Lines``."""
        filled, number = 0, self.descriptor.fileno()
        while filled < len(memory) and (more := read_into(number, memory[filled:], self.start + at + filled)):
            filled += more
        return filled


class PartedLines(Struct, frozen=True, dict=True):
    """Lines in parts, as a decompressor made them.

    Attributes:
        parts: the bytes.
        skip: how many to leave out at the beginning.
    """

    parts: Sequence[bytes]
    skip: int = 0

    @cached_property
    def _ends(self) -> Sequence[int]:
        return list(accumulate(map(len, self.parts)))

    @property
    def size(self) -> int:
        """How many bytes."""
        return max(0, (self._ends or [0])[-1] - self.skip)

    def fill(self, memory: memoryview, at: int) -> int:
        """See ``Lines``."""
        start, filled = at + self.skip, 0
        for index in range(bisect_right(self._ends, start), len(self.parts)):
            if filled == len(memory):
                break
            part = memoryview(self.parts[index])
            data = part[start + filled - self._ends[index] + len(part) :][: len(memory) - filled]
            memory[filled : filled + len(data)] = data
            filled += len(data)
        return filled


def whole(lines: Lines) -> Memory:
    """Return all lines, fewer if their file has shrunk."""
    memory = Memory(lines.size)
    filled = lines.fill(memory.data, 0)
    return memory if filled == lines.size else Memory.of(memory.data[:filled])


def read_in_pieces(plan: Plan, lines: Lines, part: FilePart) -> Table | None:
    """Return the columns of lines that are all records in ASCII, read piece by piece.

    Args:
        plan: the plan for the native reader; its columns must not refer to the lines.
        lines: the lines.
        part: the file that they come from.

    Returns:
        The table; None if a line is something else, very short or very long, or the file has shrunk.
    """
    memory = Memory(min(_PIECE, lines.size))
    table, at = Table(plan, memory), 0
    while at < lines.size:
        piece = memory.data[: lines.size - at]
        is_whole = lines.fill(piece, at) == len(piece)
        end = len(piece) if at + len(piece) == lines.size else _line_end(piece)
        if not is_whole or not end or _has_short_lines(piece):
            return None
        at += end
        table.read(0, end, part.row + table.report.lines, after=lines.size - at)
        if table.report.unparsed or not table.report.is_ascii:
            return None
    return table


def _line_end(piece: memoryview) -> int:
    """Return the position after the last line end; 0 if there is none near the end."""
    end = bytes(piece[-_LONGEST:])
    return len(piece) - len(end) + end.rfind(b"\n") + 1 if b"\n" in end else 0


def _has_short_lines(piece: memoryview) -> bool:
    place = int.from_bytes(os.urandom(4)) % max(1, len(piece) - _SAMPLE)
    sample = bytes(piece[place : place + _SAMPLE])
    return sample.count(b"\n") * _SHORTEST > len(sample)


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
