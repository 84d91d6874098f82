"""Buffer streams that can be read only once, such as standard input, so that they can be read again from the start."""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from threading import Event, Lock
from typing import BinaryIO, cast

from flowlocal.events import DiskFull, UnreadableInput
from flowlocal.positions import read_at, write_at
from flowlocal.sizes import SPOOL, SPOOL_VARIABLE, megabytes
from flowlocal.sources.containers.pieces import Opener
from flowlocal.sources.files.local_files import Descriptor

_SPARED = 0.9
"""Share of the free disk space that a stream may use."""
IN_MEMORY = 32 << 20
"""Bytes of a stream that are kept in memory; the rest is written to a temporary file."""
_STEP = 1 << 20
_WAIT = 100
"""Milliseconds between two checks whether the user has interrupted the wait for a silent stream."""


def kept(stream: BinaryIO, path: str, memory: int | None = None) -> Opener:
    """Read a stream to its end, and return an opener for its contents.

    Args:
        stream: the stream.
        path: its name in messages.
        memory: bytes kept in memory (default: ``IN_MEMORY``).

    Raises:
        UnreadableInput: it cannot be read, it is longer than ``--spool``, or the disk is full.
    """
    spool = Spool(stream, path, memory)
    spool.read_up_to(sys.maxsize)
    return spool.open


def is_whole_file(stream: BinaryIO) -> bool:
    """Return True if a stream is a regular file at its start."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.tell() == 0
    except OSError:  # also raised by streams in memory
        return False


class Pipe:
    """An open pipe with a descriptor of its own, so that the stream that opened it can be closed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._file = Descriptor.of(stream)

    def fileno(self) -> int:
        """Return the descriptor's number."""
        return self._file.fileno()

    def read(self, size: int, /) -> bytes:
        """Return the next bytes that are available, at most ``size``; empty at the end."""
        return os.read(self.fileno(), size)


class Spool:
    """A stream that is read as far as needed, and of which everything that was read is kept.

    The start is kept in memory, the rest in an unnamed temporary file, so that memory stays bounded and nothing needs
    to be removed.

    Attributes:
        interrupted: reads that wait for the stream end with an error if it is set.
    """

    def __init__(self, stream: BinaryIO | Pipe, path: str, memory: int | None = None) -> None:
        self._stream = stream
        self._path, self._memory = path, IN_MEMORY if memory is None else memory
        self._start = bytearray()
        self._spooled: SpoolFile | None = None
        self._ended = False
        self._lock = Lock()
        self.interrupted = Event()

    def open(self) -> BinaryIO:
        """Open the stream's contents from the start."""
        return cast("BinaryIO", BufferedReader(_SpoolReader(self)))

    def read_up_to(self, end: int) -> int:
        """Read the stream until ``end`` bytes are kept, or to its end; return the number of kept bytes.

        Raises:
            UnreadableInput: it cannot be read, it is longer than ``--spool``, the disk is full, or it was interrupted.
        """
        if self._size() >= end:  # without the lock, which a read that waits for the stream holds
            return self._size()
        with self._lock, _errors(self._path):
            while self._size() < end and not self._ended:
                data = self._next()
                self._ended = not data
                self._add(data)
            return self._size()

    def read(self, at: int, size: int) -> bytes:
        """Return the bytes from a position that are available, at most ``size``; empty at the end."""
        self.read_up_to(at + 1)
        if at < len(self._start) or self._spooled is None:
            return bytes(self._start[at : at + size])
        return self._spooled.read(at - len(self._start), size)

    def _next(self) -> bytes:
        """Return the next bytes of the stream as soon as there are any."""
        _wait(self._stream, self.interrupted)
        return getattr(self._stream, "read1", self._stream.read)(_STEP) or b""

    def _size(self) -> int:
        return len(self._start) + (self._spooled.size if self._spooled else 0)

    def _add(self, data: bytes) -> None:
        if self._spooled is None and len(self._start) + len(data) <= self._memory:
            self._start += data
            return
        if self._spooled is None:
            self._spooled = SpoolFile(self._path)
        self._spooled.add(data)


class SpoolFile:
    """A temporary file that takes as much of a stream as ``--spool`` and the disk allow."""

    def __init__(self, path: str) -> None:
        """Create the file.

        Raises:
            OSError: it cannot be created.
        """
        import shutil  # noqa: PLC0415 - slow, and only for long streams
        import tempfile  # noqa: PLC0415

        self._path, self.size = path, 0
        self._limit, self._room = _limit(), int(shutil.disk_usage(tempfile.gettempdir()).free * _SPARED)
        with tempfile.TemporaryFile() as file:
            self._file = Descriptor.of(file)

    def read(self, at: int, size: int) -> bytes:
        """Return the bytes from a position."""
        return read_at(self._file.fileno(), size, at)

    def add(self, data: bytes) -> None:
        """Write the next bytes.

        Raises:
            OSError: the disk is full.
            UnreadableInput: they exceed ``--spool``.
        """
        if self.size + len(data) > min(self._limit, self._room):
            raise self._too_long() if self._limit <= self._room else OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        while data:
            written = write_at(self._file.fileno(), data, self.size)
            data, self.size = data[written:], self.size + written

    def _too_long(self) -> UnreadableInput:
        message = f"{self._path}: the stream is longer than {self._limit // 10**6:,} MB, the limit of --spool"
        hint = (
            "the newest events come first, so a stream is read to its end; only a query with `limit any N` stops when "
            "it has found N rows; read less of it (`head -n`), or give a larger --spool"
        )
        return UnreadableInput(message, self._path, hint=hint)


class _SpoolReader(RawIOBase):
    """Reads a spool from its start, with its own position."""

    def __init__(self, spool: Spool) -> None:
        self._spool, self._at = spool, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Change the position and return it; only the end needs the whole stream."""
        end = self._spool.read_up_to(sys.maxsize) if whence == os.SEEK_END else 0
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: end}[whence] + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes and return their number."""
        data = self._spool.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _wait(stream: BinaryIO | Pipe, interrupted: Event) -> None:
    """Wait until a stream has bytes or has ended.

    Raises:
        InterruptedError: the user has interrupted the wait.
    """
    try:
        number = stream.fileno()
    except OSError:  # raised by streams in memory
        return
    if not hasattr(select, "poll"):  # on Windows, where only sockets can be waited for
        return
    poll = select.poll()
    poll.register(number, select.POLLIN)
    while not poll.poll(_WAIT):
        if interrupted.is_set():
            raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))


@contextmanager
def _errors(path: str) -> Iterator[None]:
    """Raise UnreadableInput instead of OSError."""
    try:
        yield
    except OSError as error:
        import tempfile  # noqa: PLC0415 - slow, and only for errors

        hint = f"a long stream is kept in {tempfile.gettempdir()}; set TMPDIR to a folder with room, or name a file"
        kind = DiskFull if error.errno in {errno.ENOSPC, errno.EDQUOT} else UnreadableInput
        raise kind(f"{path}: {error.strerror}", path, hint=hint) from error


def _limit() -> int:
    try:
        return megabytes(os.environ.get(SPOOL_VARIABLE, SPOOL)) * 10**6
    except ValueError as error:
        raise UnreadableInput(f"{SPOOL_VARIABLE}: {error}", SPOOL_VARIABLE) from None
