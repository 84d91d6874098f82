"""Files for what a query cannot hold in memory and Polars does not write itself."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from threading import Lock
from types import TracebackType
from typing import IO

from flowlocal import memory_limits
from flowlocal.events import DiskFull

_POSIX = "/var/tmp"  # noqa: S108 - where Polars writes, too; /tmp may be kept in memory


class SpillFile:
    """Bytes in a file that has no name, and is gone when it is closed or the process ends.

    It is in the folder that the variables name to Polars, and takes no more of the disk than they allow.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._size = 0
        self._reading = Lock()
        self._most = os.environ.get(memory_limits.DISK, "")

    def append(self, data: memoryview) -> None:
        """Add bytes.

        Raises:
            DiskFull: the disk is full, or may not hold more, or the folder cannot be made.
        """
        self._size += len(data)
        if self._most.isdecimal() and self._size > int(self._most) * 1_000_000:
            raise _disk_full(f"{memory_limits.DISK} is {self._most}")
        try:
            self._file = self._file or _new_file()
            self._file.seek(0, os.SEEK_END)
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            raise _disk_full(str(error)) from error

    def read(self, at: int, size: int) -> bytes:
        """Return so many bytes from a place on; fewer where the file ends.

        Raises:
            OSError: they cannot be read.
        """
        if self._file is None:
            return b""
        with self._reading:  # the place in the file is one for all threads
            self._file.seek(at)
            data = self._file.read(size)  # all of it, unless a signal comes between
            while len(data) < size and (piece := self._file.read(size - len(data))):
                data += piece
        return data

    def __enter__(self) -> SpillFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _new_file() -> IO[bytes]:
    folder = _folder()
    Path(folder).mkdir(parents=True, exist_ok=True)  # as Polars does
    return TemporaryFile(buffering=0, dir=folder)


def _folder() -> str:
    given = os.environ.get(memory_limits.FOLDER)
    return given or (_POSIX if Path(_POSIX).is_dir() else gettempdir())


def _disk_full(reason: str) -> DiskFull:
    return DiskFull(f"{memory_limits.DISK_FULL}: {reason}", _folder(), hint=memory_limits.full_disk_hint())
