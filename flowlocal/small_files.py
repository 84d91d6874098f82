"""Read the files that people write, such as queries and cases, whole; one that never ends is refused, not read."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

MOST = 1 << 20
"""Bytes that such a file may have; a query has at most 10,000 characters."""


def read_small(path: str | os.PathLike[str], most: int = MOST) -> bytes:
    """Return the bytes of a file.

    Raises:
        OSError: it cannot be read, or is larger than ``most`` bytes.
    """
    with Path(path).open("rb") as file:
        return whole(file, os.fspath(path), most)


def whole(stream: BinaryIO, name: str, most: int = MOST) -> bytes:
    """Return all bytes of a stream, whose name is for error messages.

    Raises:
        OSError: it cannot be read, or is larger than ``most`` bytes.
    """
    data = stream.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MB", name)
    return data
