"""Files of this machine: how they are opened, and whether they are still what was opened."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

from flowlocal.events import UnreadableInput
from flowlocal.sources.containers.pieces import Opener

_BEGINNING = 4 << 10
"""Bytes that show whether a file that has grown begins as it did."""


def file_opener(path: str) -> Opener:
    """Return what opens a file's stored bytes; an operating system's refusal becomes a sentence."""

    def opener() -> BinaryIO:
        try:
            return open(path, "rb", buffering=0)
        except OSError as error:
            raise UnreadableInput(f"{path}: {error.strerror}", path) from error

    return opener


@dataclass
class Descriptor:
    """A descriptor of the operating system, closed when nothing reads it any more."""

    number: int

    @classmethod
    def of(cls, stream: BinaryIO) -> Descriptor:
        """Return one for the file of a stream, which may then be closed."""
        return cls(os.dup(stream.fileno()))

    def fileno(self) -> int:
        """Return its number."""
        return self.number

    def __del__(self) -> None:
        os.close(self.number)


class SharedReader(io.RawIOBase):
    """Reads an open file from its start, with a position of its own."""

    def __init__(self, file: Descriptor | BinaryIO) -> None:
        self._file = file
        self._at = 0

    @classmethod
    def opener(cls, file: Descriptor | BinaryIO) -> Opener:
        """Return what opens a file that is open already."""
        return lambda: cast("BinaryIO", cls(file))

    def readable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file.fileno()

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to another place and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self.fileno()).st_size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer with the next bytes and return how many there were."""
        data = os.pread(self._file.fileno(), len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@dataclass(frozen=True)
class Stamp:
    """What a file was when it was opened.

    Attributes:
        size: its bytes.
        modified: when it was written to last, in ns.
        identity: device and inode.
        beginning: a hash of its first bytes.
        look: asks the system for its status as it is now.
        opener: opens it as it is now.
    """

    size: int
    modified: int
    identity: tuple[int, int]
    beginning: int
    look: Callable[[], os.stat_result]
    opener: Opener

    @classmethod
    def of(cls, stream: BinaryIO, path: str | None = None) -> Stamp:
        """Return the stamp of an open file that is read from its start.

        Args:
            stream: the file.
            path: its path, to which another file can be moved; None for one that only the stream leads to.
        """
        status = os.fstat(stream.fileno())
        look: Callable[[], os.stat_result] = (
            partial(os.fstat, stream.fileno()) if path is None else partial(os.stat, path)
        )
        opener = SharedReader.opener(stream) if path is None else file_opener(path)
        beginning = hash(os.pread(stream.fileno(), _BEGINNING, 0))
        return cls(status.st_size, status.st_mtime_ns, (status.st_dev, status.st_ino), beginning, look, opener)

    def change(self) -> str:
        """Return how the file has changed while it was read, in words; nothing if it has only grown or is gone."""
        try:
            now = self.look()
            if (now.st_dev, now.st_ino) != self.identity:
                return "another file took its place while it was read; what was read may be of both"
            if now.st_size < self.size:
                return f"it was cut from {self.size:,} to {now.st_size:,} bytes while it was read; the rest is missing"
            if now.st_mtime_ns == self.modified or (now.st_size > self.size and self._begins_as_before()):
                return ""
        except (OSError, UnreadableInput):  # all that was read was there
            return ""
        return "it was written over while it was read; what was read may be of both"

    def _begins_as_before(self) -> bool:
        with self.opener() as stream:
            return hash(stream.read(min(_BEGINNING, self.size))) == self.beginning
