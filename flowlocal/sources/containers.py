"""Stored bytes: what they are (by their first bytes, never by the name), and how lines come out of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Protocol, cast

BLOCK_BYTES = 8 << 20
"""Text bytes of a block: large enough for Polars, small enough for memory and overlap (measured)."""
HEAD_BYTES = 64 << 10
"""Text bytes looked at to tell what a file holds."""
LONGEST_LINE = 32 << 20
"""A line longer than this many bytes is cut, so that memory stays bounded; the service takes events up to 1 MB."""
_READ = 64 << 10
_WINDOW = 16 << 10
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Container(Enum):
    """How bytes are stored."""

    PLAIN = "plain"
    GZIP = "gzip"
    ZSTD = "zstd"


def container_of(first: bytes) -> Container:
    """What a file is, by its first bytes."""
    if first.startswith(_GZIP_MAGIC):
        return Container.GZIP
    return Container.ZSTD if first.startswith(_ZSTD_MAGIC) else Container.PLAIN


@dataclass(frozen=True)
class Piece:
    """Text bytes with what they cost.

    Attributes:
        data: text bytes.
        stored: stored bytes consumed for them.
        warning: what went wrong after them; then no more pieces follow.
    """

    data: bytes
    stored: int
    warning: str = ""


class Inflater(Protocol):
    """A decompressor of one member."""

    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, /) -> bytes:
        """Text bytes for stored bytes."""
        ...


def new_inflater(container: Container) -> Inflater:
    """A decompressor for one member or frame."""
    if container is Container.GZIP:
        return cast("Inflater", _gzip_library().decompressobj(31))
    import zstandard  # noqa: PLC0415 - only its files pay for it

    return cast("Inflater", zstandard.ZstdDecompressor(max_window_size=2**31).decompressobj())


@cache
def _gzip_library() -> ModuleType:
    """The ISA-L library, several times faster than zlib, where it is installed."""
    try:
        return import_module("isal.isal_zlib")
    except ImportError:
        return import_module("zlib")


def inflate(stream: Readable, container: Container) -> Iterator[Piece]:
    """Decompress all members of a stream, in pieces of bounded size.

    Bytes that cannot be decompressed end the stream with a warning; everything before them is kept.
    """
    inflater: Inflater | None = None
    while stored := stream.read(_READ):
        rest, consumed = stored, len(stored)
        while rest:
            try:
                inflater = inflater or new_inflater(container)
                data = inflater.decompress(rest)
            except Exception as error:  # noqa: BLE001 - zlib.error, ZstdError and isal's own
                yield Piece(b"", consumed, _broken(inflater, error))
                return
            rest = inflater.unused_data if inflater.eof else b""
            yield Piece(data, consumed)
            consumed = 0
            if inflater.eof:
                inflater, rest = None, _next_member(rest, stream)
                if not _is_member(rest, container):
                    yield Piece(
                        b"", 0, "bytes after the end of the compressed data were ignored" if rest.strip(b"\0") else ""
                    )
                    return
    if inflater is not None:
        yield Piece(b"", 0, "the compressed data end too early; what was whole is kept")


def _next_member(rest: bytes, stream: Readable) -> bytes:
    """What follows a member: enough of it to see whether it is another one."""
    return rest if len(rest) >= 4 else rest + stream.read(_READ)


def _is_member(data: bytes, container: Container) -> bool:
    return not data or container_of(data) is container


def _broken(_: Inflater | None, error: Exception) -> str:
    return f"the compressed data are damaged ({error}); what was whole before is kept"


def plain_pieces(stream: Readable) -> Iterator[Piece]:
    """The bytes of an uncompressed stream."""
    while data := stream.read(_READ):
        yield Piece(data, len(data))


def pieces(stream: Readable, container: Container) -> Iterator[Piece]:
    """The text bytes of a stream."""
    return plain_pieces(stream) if container is Container.PLAIN else inflate(stream, container)


def whole_lines(stream: Iterator[Piece], size: int = BLOCK_BYTES) -> Iterator[Piece]:
    """Join pieces to blocks of about ``size`` bytes that end where lines end."""
    parts: list[bytes] = []
    length, stored, ended = 0, 0, False
    for piece in stream:
        parts.append(piece.data)
        ended = ended or b"\n" in piece.data
        length += len(piece.data)
        stored += piece.stored
        if piece.warning:
            yield Piece(b"".join(parts), stored, piece.warning)
            return
        if length >= size and (ended or length >= LONGEST_LINE):
            block, rest = _to_line_end(parts)
            yield Piece(block, stored)
            parts, length, stored, ended = [rest], len(rest), 0, False
    if length or stored:
        yield Piece(b"".join(parts), stored)


def _to_line_end(parts: list[bytes]) -> tuple[bytes, bytes]:
    """What parts hold up to the last end of a line, in one, and what follows; all in one where no line ends.

    Only the part in which the line ends is cut: another copy of everything would make reading of gzip 8 % slower.
    """
    for index in range(len(parts) - 1, -1, -1):
        end = parts[index].rfind(b"\n") + 1
        if end:
            return b"".join([*parts[:index], parts[index][:end]]), b"".join([parts[index][end:], *parts[index + 1 :]])
    return b"".join(parts), b""


def line_ranges(descriptor: int, size: int, start: int = 0, step: int = BLOCK_BYTES) -> Iterator[tuple[int, int]]:
    """Cut a plain file into ranges of bytes that end where lines end, without reading it."""
    while start < size:
        end = min(start + step, size)
        end = size if end == size else _line_end(descriptor, start, end, size)
        yield start, end
        start = end


def _line_end(descriptor: int, start: int, end: int, size: int) -> int:
    """The last end of a line in a range, or the first one after it."""
    low = end
    while low > start:
        low = max(start, low - _WINDOW)
        found = os.pread(descriptor, _WINDOW, low)[: end - low].rfind(b"\n")
        if found >= 0:
            return low + found + 1
    return _line_end_after(descriptor, start, end, size)


def _line_end_after(descriptor: int, start: int, end: int, size: int) -> int:
    limit = min(size, start + LONGEST_LINE)
    while end < limit:
        found = os.pread(descriptor, _READ, end).find(b"\n")
        if found >= 0:
            return min(end + found + 1, limit)
        end += _READ
    return limit


def head(stream: Readable, first: bytes, size: int = HEAD_BYTES) -> tuple[bytes, bool]:
    """The first text bytes of a stream whose first stored bytes were read, and whether that is all of it."""
    container = container_of(first)
    data = b""
    for piece in pieces(_Rejoined(first, stream), container):
        data += piece.data
        if len(data) >= size:
            return data, False
    return data, True


class Readable(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``; none at the end."""
        ...


class _Rejoined:
    """A stream of which the first bytes were read already."""

    def __init__(self, first: bytes, stream: Readable) -> None:
        self._first = first
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``."""
        if self._first:
            data, self._first = self._first[:size], self._first[size:]
            return data
        return self._stream.read(size)
