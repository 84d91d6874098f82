"""Open local files, and detect files that change while they are read."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, cast

from msgspec import Struct

from flowlocal.events import UnreadableInput
from flowlocal.positions import read_at
from flowlocal.sources.containers.pieces import Opener

_BEGINNING = 4 << 10
"""Bytes compared to check whether a file that has grown still begins as before."""


def file_opener(path: str, folder: str = "") -> Opener:
    """Return an opener for a local file, relative to a folder; it raises UnreadableInput instead of OSError."""

    def opener() -> BinaryIO:
        try:
            return open(os.path.join(folder, path), "rb", buffering=0)
        except OSError as error:
            raise UnreadableInput(f"{path}: {error.strerror}", path) from error

    return opener


class Descriptor(Struct):
    """A file descriptor that is closed when it is no longer referenced."""

    number: int

    @classmethod
    def of(cls, stream: BinaryIO) -> Descriptor:
        """Return a duplicate of a stream's descriptor; the stream may then be closed."""
        return cls(os.dup(stream.fileno()))

    def fileno(self) -> int:
        """Return the descriptor's number."""
        return self.number

    def __del__(self) -> None:
        os.close(self.number)


class SharedReader(io.RawIOBase):
    """Reads an open file from its start, with its own position."""

    def __init__(self, file: Descriptor | BinaryIO) -> None:
        self._file = file
        self._at = 0

    @classmethod
    def opener(cls, file: Descriptor | BinaryIO) -> Opener:
        """Return an opener for a file that is already open."""
        return lambda: cast("BinaryIO", cls(file))

    def readable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor's number."""
        return self._file.fileno()

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Change the position and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self.fileno()).st_size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with the next bytes and return their number."""
        data = read_at(self._file.fileno(), len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Stamp(Struct, frozen=True):
    """The state of a file when it was opened.

    Attributes:
        size: its size in bytes.
        modified: its modification time in ns.
        identity: device and inode.
        beginning: a hash of its first bytes.
        look: returns its current status.
        opener: opens the current file.
    """

    size: int
    modified: int
    identity: tuple[int, int]
    beginning: int
    look: Callable[[], os.stat_result]
    opener: Opener

    @classmethod
    def of(cls, stream: BinaryIO, path: str | None = None, folder: str = "") -> Stamp:
        """Return the stamp of an open file.

        Args:
            stream: the file.
            path: its path, which may later name another file; None if it has only the stream.
            folder: the folder to which the path is relative.
        """
        status = os.fstat(stream.fileno())
        look: Callable[[], os.stat_result] = (
            partial(os.fstat, stream.fileno()) if path is None else partial(os.stat, os.path.join(folder, path))
        )
        opener = SharedReader.opener(stream) if path is None else file_opener(path, folder)
        beginning = hash(read_at(stream.fileno(), _BEGINNING, 0))
        return cls(status.st_size, status.st_mtime_ns, (status.st_dev, status.st_ino), beginning, look, opener)

    def change(self) -> str:
        """Return a description of how the file changed while it was read; empty if it only grew or was deleted."""
        try:
            now = self.look()
            if (now.st_dev, now.st_ino) != self.identity:
                return "another file took its place while it was read; what was read may be of both"
            if now.st_size < self.size:
                return f"it was cut from {self.size:,} to {now.st_size:,} bytes while it was read; the rest is missing"
            if now.st_mtime_ns == self.modified or (now.st_size > self.size and self._begins_as_before()):
                return ""
        except (OSError, UnreadableInput):  # the file was deleted, after it was read
            return ""
        return "it was written over while it was read; what was read may be of both"

    def _begins_as_before(self) -> bool:
        with self.opener() as stream:
            return hash(stream.read(min(_BEGINNING, self.size))) == self.beginning
