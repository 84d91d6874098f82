"""Zip archives: members anywhere in the file, listed at its end."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from flowlocal.sources.containers import archives
from flowlocal.sources.containers.archives import (
    ArchiveError,
    Member,
    archive,
    checked,
    inner_path,
    part_of,
)
from flowlocal.sources.containers.codec import Codec
from flowlocal.sources.containers.compressions import bzip2, deflate, raw_zlib, xz, zstd
from flowlocal.sources.containers.members import Compression, Decompressor
from flowlocal.sources.containers.pieces import Opener

if TYPE_CHECKING:
    from zipfile import ZipInfo

_HEADER = struct.Struct("<4s2xHH4xIIIHH")
_SIGNATURE = b"PK\x03\x04"
_STORED = 0
_DECOMPRESSORS: dict[int, tuple[Callable[[], Decompressor], Callable[[], Decompressor]]] = {
    8: (deflate, raw_zlib),
    12: (bzip2, bzip2),
    93: (zstd, zstd),
    95: (xz, xz),
}
"""Decompressors by compression method: a fast one, and one for damaged data."""
_METHODS = {9: "Deflate64", 14: "LZMA", 98: "PPMd", 99: "AES encryption"}
_ENCRYPTED = 1
_STREAMED = 8


@archive("zip", lambda first: first.startswith((_SIGNATURE, b"PK\x05\x06")))
def zip_members(opener: Opener) -> Iterator[Member]:
    """Yield the members listed at the end of the file; without a list, those found from the start on."""
    import zipfile  # noqa: PLC0415 - imported only for zip files

    with opener() as stream:
        try:
            entries = zipfile.ZipFile(stream).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError):
            yield from _unlisted(stream, opener)
            raise ArchiveError("the list of its files is cut off or damaged; files before that are read") from None
        if len(entries) > archives.MOST_MEMBERS:
            raise ArchiveError(f"it lists more than {archives.MOST_MEMBERS:,} files; none is read")
        end = 0
        for entry in sorted(entries, key=lambda each: each.header_offset):
            if entry.is_dir():
                continue
            if entry.header_offset < end:
                raise ArchiveError("files in it overlap, so that a few bytes hold any number of files; unpack it first")
            found = _header_at(stream, entry.header_offset)
            if found is None:
                raise ArchiveError(f"{inner_path(entry.filename)} and what follows it is damaged")
            end = found.start + entry.compress_size
            yield _member(opener, _listed(entry, found.start))


class _Found(Struct, frozen=True):
    """The header of a member and the position of its data."""

    name: str
    flags: int
    method: int
    checksum: int | None
    stored: int
    size: int
    start: int


def _listed(entry: ZipInfo, start: int) -> _Found:
    name, sizes = entry.orig_filename, (entry.compress_size, entry.file_size)
    return _Found(name, entry.flag_bits, entry.compress_type, entry.CRC, *sizes, start)


def _header_at(stream: BinaryIO, offset: int) -> _Found | None:
    """Return the member whose header is at a position in the file; None if it is not one."""
    stream.seek(offset)
    data = stream.read(_HEADER.size)
    if len(data) < _HEADER.size:
        return None
    signature, flags, method, checksum, stored, size, name_size, extra_size = _HEADER.unpack(data)
    if signature != _SIGNATURE:
        return None
    name = stream.read(name_size).decode("utf-8", "replace")
    return _Found(name, flags, method, checksum, stored, size, offset + _HEADER.size + name_size + extra_size)


def _unlisted(stream: BinaryIO, opener: Opener) -> Iterator[Member]:
    """Yield consecutive members from the start of the file, up to the first invalid header."""
    end = stream.seek(0, 2)
    offset = 0
    while (found := _header_at(stream, offset)) is not None:
        if found.flags & _STREAMED:  # its size is stored only after it
            rest = _Found(found.name, found.flags, found.method, None, end - found.start, 0, found.start)
            yield _member(opener, rest)
            return
        if not found.name.endswith("/"):
            yield _member(opener, found)
        offset = found.start + found.stored


def _member(opener: Opener, found: _Found) -> Member:
    part = part_of(opener, found.start, found.stored)
    name, problem = inner_path(found.name), ""
    if found.flags & _ENCRYPTED:
        problem = "it is encrypted; unpack it first"
    elif found.method != _STORED and found.method not in _DECOMPRESSORS:
        method = _METHODS.get(found.method, f"method {found.method}")
        problem = f"it is stored with {method}, which is not supported; unpack it first"
    return Member(name, part, found.stored, () if problem else (_codec(found),), problem)


def _codec(found: _Found) -> Codec:
    if found.method == _STORED:
        return checked("zip", lambda source: source(), found.size, found.checksum)
    compression = Compression("zip", lambda _: False, *_DECOMPRESSORS[found.method])
    return checked("zip", compression.decode, found.size, found.checksum)
