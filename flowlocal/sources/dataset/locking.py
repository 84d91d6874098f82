"""Lock a dataset, so that two imports cannot write it at the same time."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowlocal.events import UnreadableInput

LOCK = ".flowlocal-dataset.lock"
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a dataset.

    The operating system releases the lock when the process ends, even after a crash, so a lock is never stale. The lock
    file is not removed: otherwise two processes could lock two files of the same name.

    Raises:
        UnreadableInput: another process holds the lock.
    """
    with (directory / LOCK).open("ab") as file:
        _lock(file.fileno(), directory)
        yield


def _lock(descriptor: int, directory: Path) -> None:
    try:
        _try_lock(descriptor)
    except OSError as error:
        if error.errno not in _HELD:
            raise OSError(error.errno, f"cannot lock the dataset: {error.strerror}", str(directory)) from None
        raise UnreadableInput(
            "another import is writing this dataset",
            str(directory),
            hint="wait until it has ended; an import then adds the files that are still missing",
        ) from None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
