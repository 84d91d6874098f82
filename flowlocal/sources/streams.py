"""Streams that can be read but once, such as standard input: kept, so that they can be read from the start again."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from typing import BinaryIO

from flowlocal.events import DiskFull, UnreadableInput
from flowlocal.sizes import SPOOL, SPOOL_VARIABLE, megabytes
from flowlocal.sources.containers.stored import bytes_opener
from flowlocal.sources.local_files import Descriptor, SharedReader

_SPARED = 0.9
"""Share of the free space of a disk that a stream may fill."""
IN_MEMORY = 32 << 20
"""Bytes of a stream that are kept in memory; a longer one goes to a temporary file."""


def kept(stream: BinaryIO, path: str, memory: int | None = None) -> Callable[[], BinaryIO]:
    """Read a stream to its end, and give what opens it from where it stood.

    A file behind the stream (``flowlocal query … < flow.log``) is read in place. A long stream is kept in a temporary
    file without a name, so that memory stays bounded and nothing is left behind.

    Args:
        stream: the stream.
        path: what the user calls it.
        memory: bytes from which it counts as long; ``IN_MEMORY`` if None.

    Raises:
        UnreadableInput: it cannot be read, it does not end within ``--spool``, or there is no room for it.
    """
    if is_whole_file(stream):
        return SharedReader.opener(stream)
    try:
        memory = IN_MEMORY if memory is None else memory
        start = _start(stream, memory)
        return bytes_opener(start) if len(start) < memory else SharedReader.opener(_spooled(start, stream, path))
    except OSError as error:
        hint = f"a long stream is kept in {tempfile.gettempdir()}; set TMPDIR to a folder with room, or name a file"
        kind = DiskFull if error.errno in {errno.ENOSPC, errno.EDQUOT} else UnreadableInput
        raise kind(f"{path}: {error.strerror}", path, hint=hint) from error


def is_whole_file(stream: BinaryIO) -> bool:
    """Return whether a stream is a regular file of which nothing was read yet."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.tell() == 0
    except OSError:  # also what streams in memory raise
        return False


def _start(stream: BinaryIO, size: int) -> bytes:
    """The first bytes of a stream, which may give a few at a time."""
    start = bytearray()
    while len(start) < size and (data := stream.read(1 << 20)):
        start += data
    return bytes(start)


def _spooled(start: bytes, stream: BinaryIO, path: str) -> Descriptor:
    """Write a stream to a temporary file.

    Raises:
        UnreadableInput: it is longer than ``--spool`` says, or than nearly all free space of the disk.
    """
    limit, room = _limit(), int(shutil.disk_usage(tempfile.gettempdir()).free * _SPARED)
    with tempfile.TemporaryFile() as file:
        data = start
        while data and file.tell() + len(data) <= min(limit, room):
            file.write(data)
            data = stream.read(1 << 20)
        if data and limit <= room:
            message = f"{path}: the stream is longer than {limit // 10**6:,} MB, the limit of --spool"
            raise UnreadableInput(message, path, hint="read less of it, give a larger --spool, or name a file")
        if data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.flush()
        return Descriptor.of(file)


def _limit() -> int:
    try:
        return megabytes(os.environ.get(SPOOL_VARIABLE, SPOOL)) * 10**6
    except ValueError as error:
        raise UnreadableInput(f"{SPOOL_VARIABLE}: {error}", SPOOL_VARIABLE) from None
