"""Buffer streams that can be read only once, such as standard input, so that they can be read again from the start."""

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
from flowlocal.sources.files.local_files import Descriptor, SharedReader

_SPARED = 0.9
"""Share of the free disk space that a stream may use."""
IN_MEMORY = 32 << 20
"""Bytes of a stream that are kept in memory; a longer one is written to a temporary file."""


def kept(stream: BinaryIO, path: str, memory: int | None = None) -> Callable[[], BinaryIO]:
    """Read a stream to its end, and return an opener for its contents.

    A redirected file (``flowlocal query … < flow.log``) is read in place. A long stream is written to an unnamed
    temporary file, so that memory stays bounded and nothing needs to be removed.

    Args:
        stream: the stream.
        path: its name in messages.
        memory: bytes kept in memory (default: ``IN_MEMORY``).

    Raises:
        UnreadableInput: it cannot be read, it is longer than ``--spool``, or the disk is full.
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
    """Return True if a stream is a regular file at its start."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.tell() == 0
    except OSError:  # also raised by streams in memory
        return False


def _start(stream: BinaryIO, size: int) -> bytes:
    """Return the first bytes of a stream, which may return a few at a time."""
    start = bytearray()
    while len(start) < size and (data := stream.read(1 << 20)):
        start += data
    return bytes(start)


def _spooled(start: bytes, stream: BinaryIO, path: str) -> Descriptor:
    """Write a stream to a temporary file.

    Raises:
        UnreadableInput: it is longer than ``--spool``.
        OSError: it is longer than nearly all free disk space.
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
