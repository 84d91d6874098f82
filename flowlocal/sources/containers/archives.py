"""Registry of archive formats, and the files in archives with the formats in which they are stored."""

from __future__ import annotations

import importlib
import io
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import BinaryIO, cast

from msgspec import Struct

from flowlocal.sources.containers.codec import Codec, Matches
from flowlocal.sources.containers.pieces import Opener, Piece, Pieces, Source

MOST_MEMBERS = 100_000
"""Largest number of files read from an archive: a longer list takes too much memory."""
_DEFINITIONS = ("tar_archives", "zip_archives")
"""Modules of this package that define archives."""


class Member(Struct, frozen=True):
    """A file in an archive.

    Attributes:
        name: its path in the archive, without components that would lead outside.
        opener: opens its stored bytes.
        size: number of stored bytes.
        codecs: the formats in which the archive stores it.
        problem: why it cannot be read; empty if it can.
    """

    name: str
    opener: Opener
    size: int
    codecs: tuple[Codec, ...] = ()
    problem: str = ""


class ArchiveError(Exception):
    """An archive is damaged: members after those already yielded are missing."""


class Archive(Struct, frozen=True):
    """An archive format.

    Attributes:
        name: for the user.
        matches: True if the first bytes of a file are in this format.
        members: yields the files of a seekable archive; raises ArchiveError after the last readable one.
    """

    name: str
    matches: Matches
    members: Callable[[Opener], Iterator[Member]]


_ARCHIVES: list[Archive] = []
Members = Callable[[Opener], Iterator[Member]]


def archive(name: str, matches: Matches) -> Callable[[Members], Members]:
    """Register an archive format; the decorated function yields the files in an archive.

    Args:
        name: for the user.
        matches: True if the first bytes of a file are in this format.
    """

    def decorate(members: Members) -> Members:
        _ARCHIVES.append(Archive(name, matches, members))
        return members

    return decorate


@cache
def _archives() -> tuple[Archive, ...]:
    for name in _DEFINITIONS:
        importlib.import_module(f"{__package__}.{name}")
    return tuple(_ARCHIVES)


def archive_of(first: bytes) -> Archive | None:
    """Return the archive format that matches the first bytes of a file; None if none does."""
    return next((each for each in _archives() if each.matches(first)), None)


def inner_path(name: str) -> str:
    """Return the path of a member without components that lead outside the archive."""
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in {"", ".", ".."}) or "unnamed"


def part_of(opener: Opener, start: int, size: int) -> Opener:
    """Return an opener for a byte range of a file."""
    return lambda: cast("BinaryIO", _Part(opener(), start, size))


class _Part(io.RawIOBase):
    """A read-only stream over a byte range of a file."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream = stream
        self._left = size
        stream.seek(start)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes and return their number."""
        data = self._stream.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        """Close the underlying file as well."""
        self._stream.close()
        super().close()


def checked(name: str, decode: Callable[[Source], Pieces], size: int, checksum: int | None = None) -> Codec:
    """Return a codec that checks a member's size and, if known, its CRC-32.

    Args:
        name: for the user.
        decode: decodes the stored pieces.
        size: expected number of decoded bytes.
        checksum: expected CRC-32 of the decoded bytes.
    """

    def decode_and_check(source: Source) -> Pieces:
        length = found = 0
        for piece in decode(source):
            yield piece
            if piece.warning:
                return
            length += len(piece.data)
            found = zlib.crc32(piece.data, found) if checksum is not None else 0
        if length < size:
            yield Piece(b"", 0, f"the {name} member ends too early; what was whole is kept")
        elif length > size or checksum not in {None, found}:
            yield Piece(b"", 0, f"the {name} member is damaged (wrong checksum); what came out of it is kept")

    return Codec(name, 0, lambda _: False, decode_and_check)
