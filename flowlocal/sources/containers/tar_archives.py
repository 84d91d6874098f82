"""Tar archives: a sequence of members, each after a header."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from flowlocal.sources.containers import archives
from flowlocal.sources.containers.archives import (
    ArchiveError,
    Member,
    archive,
    checked,
    inner_path,
    part_of,
)
from flowlocal.sources.containers.pieces import READ_BYTES, Opener

if TYPE_CHECKING:
    from tarfile import TarInfo

_BLOCK = 512
_LARGEST_HEADER = 1 << 20
"""Maximum size of an extended header in bytes."""
_CHECKSUM = re.compile(rb" *[0-7]+[ \0]")


def _is_header(block: bytes) -> bool:
    """Return True if a block has the checksum of a header."""
    field = block[148:156]
    if len(block) < _BLOCK or not block[0] or not _CHECKSUM.match(field):
        return False
    return int(field.split(b"\0")[0].split()[0], 8) == sum(block[:148]) + sum(block[156:_BLOCK]) + 8 * ord(" ")


@archive("tar", _is_header)
def tar_members(opener: Opener) -> Iterator[Member]:
    """Yield the members, including those of archives concatenated in the same file."""
    with opener() as stream:
        limited, start, count = cast("BinaryIO", _Limited(stream)), 0, 0
        while True:
            stream.seek(start)
            end = start
            for after, entry in _entries(limited):
                end = after
                count += 1
                if count > archives.MOST_MEMBERS:
                    raise ArchiveError(
                        f"it has more than {archives.MOST_MEMBERS:,} files; those after them are not read"
                    )
                if entry is not None:
                    yield from _member(opener, entry)
            start = _next_archive(stream, end)
            if not start:
                return


def _entries(stream: BinaryIO) -> Iterator[tuple[int, TarInfo | None]]:
    """Yield the end position and header of each member of one archive; finally the end position and None."""
    import tarfile  # noqa: PLC0415 - imported only for tar files

    try:
        tar = tarfile.TarFile(fileobj=stream)
        while (entry := tar.next()) is not None:
            tar.members.clear()  # type: ignore[attr-defined]  # it keeps all of them
            yield tar.offset, entry
        yield tar.offset, None
    except (tarfile.TarError, OSError, ValueError, OverflowError) as error:
        raise ArchiveError(f"it is damaged ({error}); files before that are read") from error


def _next_archive(stream: BinaryIO, end: int) -> int:
    """Return the position of another archive after the end of one; 0 if there is none.

    Raises:
        ArchiveError: the end is missing, or other data follows it.
    """
    stream.seek(end)
    block = stream.read(_BLOCK)
    if len(block) < _BLOCK:
        raise ArchiveError("it ends too early; files before that are read")
    if block.strip(b"\0"):
        raise ArchiveError(f"it is damaged at byte {end:,}; files before that are read")
    at = end + _BLOCK
    while data := stream.read(READ_BYTES):
        if rest := data.lstrip(b"\0"):
            at += (len(data) - len(rest)) // _BLOCK * _BLOCK
            stream.seek(at)
            if not _is_header(stream.read(_BLOCK)):
                raise ArchiveError("bytes after its end were ignored")
            return at
        at += len(data)
    return 0


def _member(opener: Opener, entry: TarInfo) -> Iterator[Member]:
    if entry.isdir():
        return
    name, part = inner_path(entry.name), part_of(opener, entry.offset_data, entry.size)
    if not entry.isreg() or entry.issparse():
        kind = "a link" if entry.issym() or entry.islnk() else "a sparse file" if entry.issparse() else "a device"
        yield Member(name, part, 0, (), f"it is {kind}, which is not read from an archive")
    else:
        yield Member(name, part, entry.size, (checked("tar", lambda source: source(), entry.size),))


class _Limited(io.RawIOBase):
    """A file that refuses large reads, so that a header with a huge size does not exhaust memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            OSError: more bytes were requested than a header has.
        """
        if not 0 <= size <= _LARGEST_HEADER:
            raise OSError("a header is too large")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Change the position."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell()
