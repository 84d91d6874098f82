"""Read and write open files at positions, in threads that share them, also on Windows, which has no calls for that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_moving = Lock()
"""Held while the position of a file is another one."""


def read_at(descriptor: int, size: int, at: int) -> bytes:
    """Return up to so many bytes from a position on; none at the end of the file."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, at)
    with _moved(descriptor, at):
        return os.read(descriptor, size)


def read_into(descriptor: int, memory: memoryview, at: int) -> int:
    """Fill memory with bytes from a position on; return how many there were, which may be fewer."""
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [memory], at)
    data = read_at(descriptor, len(memory), at)
    memory[: len(data)] = data
    return len(data)


def write_at(descriptor: int, data: bytes, at: int) -> int:
    """Write bytes at a position; return how many were written."""
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, data, at)
    with _moved(descriptor, at):
        return os.write(descriptor, data)


@contextmanager
def _moved(descriptor: int, at: int) -> Iterator[None]:
    """Move the position of a file for a moment."""
    with _moving:
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, at, os.SEEK_SET)
        try:
            yield
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)
