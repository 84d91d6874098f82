"""Cut text into blocks of whole lines, and files into ranges of whole lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from msgspec import Struct

from flowlocal.positions import read_at
from flowlocal.sources.containers.pieces import Piece, Pieces

BLOCK_BYTES = 8 << 20
"""Text bytes of a block: large enough for Polars, small enough for memory and parallel reading (measured)."""
LONGEST_LINE = 8 << 20
"""Longer lines (in bytes) are cut so that memory stays bounded; the service accepts events up to 1 MB."""
TOO_LONG = f"a line is longer than {LONGEST_LINE >> 20} MiB; the rest of it is not read"
_SHORT_LINE = 32
"""Minimum weight of a line in bytes, because rows take memory too."""
_SAMPLE = 512
"""Bytes of each piece of a sample; to take single bytes far from each other costs many times as much."""
_STRIDE = 64
"""How many times as many bytes as the sample a text has."""
_MOST_PIECES = 64
_READ = 64 << 10
_WINDOW = 16 << 10


def whole_lines(pieces: Pieces, size: int = BLOCK_BYTES, end: bytes = b"\n") -> Pieces:
    """Join pieces to blocks of about ``size`` bytes that end at a line end.

    Args:
        pieces: the text.
        size: bytes of a block.
        end: the line terminator.
    """
    return (Piece(b"".join(block.parts), block.stored, block.warning) for block in whole_parts(pieces, size, end))


class Parts(Struct, frozen=True):
    """A block of whole lines that is not joined yet: the thread that decompresses has no time for it.

    Attributes:
        parts: text bytes, one after the other.
        stored: see ``Piece``.
        warning: see ``Piece``.
    """

    parts: list[bytes]
    stored: int
    warning: str


def whole_parts(pieces: Pieces, size: int = BLOCK_BYTES, end: bytes = b"\n") -> Iterator[Parts]:
    """Yield the blocks of ``whole_lines`` in parts."""
    parts: list[bytes] = []
    weight, stored, ended, warnings = 0, 0, False, dict[str, None]()
    for piece in _shortened(pieces, end):
        parts.append(piece.data)
        ended = ended or end in piece.data
        weight += weight_of(piece.data)
        stored += piece.stored
        warnings |= {piece.warning: None} if piece.warning else {}
        if weight >= size and ended:
            block, rest = _to_line_end(parts, end)
            yield Parts(block, stored, "; ".join(warnings))
            parts, weight, stored, ended, warnings = [rest], len(rest), 0, False, {}
    if weight or stored or warnings:
        yield Parts(parts, stored, "; ".join(warnings))


def weight_of(text: bytes | memoryview) -> int:
    """Return the size of a text in bytes, or more if it has many short lines.

    Lines are counted in a sample, because counting all of them takes a tenth of the reading time. Its pieces are at
    random places, so that no file can be constructed to defeat it.
    """
    pieces = min(len(text) // (_STRIDE * _SAMPLE) + 1, _MOST_PIECES)
    if len(text) <= pieces * _SAMPLE:
        return max(len(text), bytes(text).count(b"\n") * _SHORT_LINE)
    starts = (place % (len(text) - _SAMPLE) for place in memoryview(os.urandom(4 * pieces)).cast("I"))
    lines = b"".join(text[start : start + _SAMPLE] for start in starts).count(b"\n")
    return max(len(text), lines * len(text) // (pieces * _SAMPLE) * _SHORT_LINE)


def _shortened(pieces: Pieces, end: bytes) -> Pieces:
    """Cut lines that are too long; only lines that continue from piece to piece can be."""
    length = 0
    for piece in pieces:
        first = piece.data.find(end)
        line = len(piece.data) if first < 0 else first
        rest = max(0, LONGEST_LINE - length)
        if line <= rest:
            yield piece
        else:
            yield Piece(piece.data[:rest] + piece.data[line:], piece.stored, piece.warning or TOO_LONG)
        length = length + line if first < 0 else len(piece.data) - piece.data.rfind(end) - 1


def _to_line_end(parts: list[bytes], end: bytes) -> tuple[list[bytes], bytes]:
    """Return the parts up to the last line end, and the bytes after it."""
    for index in range(len(parts) - 1, -1, -1):
        at = parts[index].rfind(end) + 1
        if at:
            return [*parts[:index], parts[index][:at]], b"".join([parts[index][at:], *parts[index + 1 :]])
    return parts, b""


class LineRange(Struct, frozen=True):
    """Whole lines of a file.

    Attributes:
        start: the first byte.
        end: the byte after the last one to read.
        next: the byte after the lines; greater than ``end`` if the rest of an overlong line is skipped.
    """

    start: int
    end: int
    next: int


def line_ranges(descriptor: int, size: int, start: int, steps: Iterable[int]) -> Iterator[LineRange]:
    """Split an uncompressed file into ranges that end at line ends; read only around them.

    Args:
        descriptor: the file.
        size: its bytes.
        start: where the first range begins.
        steps: about how many bytes each range has, without an end.
    """
    for step in steps:
        if start >= size:
            return
        end = min(start + step, size)
        after = size if end == size else _line_end(descriptor, start, end, size)
        yield LineRange(start, min(after, start + max(LONGEST_LINE, step)), after)
        start = after


def _line_end(descriptor: int, start: int, end: int, size: int) -> int:
    """Return the position after the last line end in a range, or after the first one that follows it."""
    low = end
    while low > start:
        low = max(start, low - _WINDOW)
        found = read_at(descriptor, _WINDOW, low)[: end - low].rfind(b"\n")
        if found >= 0:
            return low + found + 1
    return _line_end_after(descriptor, end, size)


def _line_end_after(descriptor: int, end: int, size: int) -> int:
    while end < size:
        found = read_at(descriptor, _READ, end).find(b"\n")
        if found >= 0:
            return end + found + 1
        end += _READ
    return size
