"""Cut text into blocks of whole lines, and files into ranges of whole lines."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from flowlocal.sources.containers.pieces import Piece, Pieces

BLOCK_BYTES = 8 << 20
"""Text bytes of a block: large enough for Polars, small enough for memory and overlap (measured)."""
LONGEST_LINE = 8 << 20
"""A line longer than this many bytes is cut, so that memory stays bounded; the service takes events up to 1 MB."""
TOO_LONG = f"a line is longer than {LONGEST_LINE >> 20} MiB; the rest of it is not read"
_SHORT_LINE = 32
"""Bytes that a line counts as at least: rows take memory, too."""
_STRIDE = 61
_READ = 64 << 10
_WINDOW = 16 << 10


def whole_lines(pieces: Pieces, size: int = BLOCK_BYTES, end: bytes = b"\n") -> Pieces:
    """Join pieces to blocks of about ``size`` bytes that end where lines end.

    Args:
        pieces: the text.
        size: bytes of a block.
        end: what ends a line.
    """
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
            yield Piece(block, stored, "; ".join(warnings))
            parts, weight, stored, ended, warnings = [rest], len(rest), 0, False, {}
    if weight or stored or warnings:
        yield Piece(b"".join(parts), stored, "; ".join(warnings))


def weight_of(text: bytes | memoryview) -> int:
    """Return the bytes of a text, or more if it has many short lines.

    Lines are counted in a sample, for counting all takes as long as a tenth of the reading. Its phase changes, so that
    no text can be made for it.
    """
    sample = bytes(text[time.perf_counter_ns() % _STRIDE :: _STRIDE])
    return max(len(text), sample.count(b"\n") * _STRIDE * _SHORT_LINE)


def _shortened(pieces: Pieces, end: bytes) -> Pieces:
    """Cut lines that are too long. Only those that go on from piece to piece can be."""
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


def _to_line_end(parts: list[bytes], end: bytes) -> tuple[bytes, bytes]:
    """Return what parts hold up to the last end of a line, joined, and what follows it.

    Only the part in which the line ends is cut: another copy of everything would make reading of gzip 8 % slower.
    """
    for index in range(len(parts) - 1, -1, -1):
        at = parts[index].rfind(end) + 1
        if at:
            return b"".join([*parts[:index], parts[index][:at]]), b"".join([parts[index][at:], *parts[index + 1 :]])
    return b"".join(parts), b""


@dataclass(frozen=True)
class LineRange:
    """Whole lines of a file.

    Attributes:
        start: the first byte.
        end: the byte after the last one to read.
        next: the byte after the lines; after ``end`` if the rest of a line that is too long lies between.
    """

    start: int
    end: int
    next: int


def line_ranges(descriptor: int, size: int, start: int = 0, step: int = BLOCK_BYTES) -> Iterator[LineRange]:
    """Cut a plain file into ranges of about ``step`` bytes, reading only where they end."""
    while start < size:
        end = min(start + step, size)
        after = size if end == size else _line_end(descriptor, start, end, size)
        yield LineRange(start, min(after, start + max(LONGEST_LINE, step)), after)
        start = after


def _line_end(descriptor: int, start: int, end: int, size: int) -> int:
    """Return the last end of a line in a range, or the first one after it."""
    low = end
    while low > start:
        low = max(start, low - _WINDOW)
        found = os.pread(descriptor, _WINDOW, low)[: end - low].rfind(b"\n")
        if found >= 0:
            return low + found + 1
    return _line_end_after(descriptor, end, size)


def _line_end_after(descriptor: int, end: int, size: int) -> int:
    while end < size:
        found = os.pread(descriptor, _READ, end).find(b"\n")
        if found >= 0:
            return end + found + 1
        end += _READ
    return size
