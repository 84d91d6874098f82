"""Check that the parts of a dataset are unchanged before they are read.

Polars does not detect most damage to the values in a Parquet file, and some damage to its metadata makes it panic. A
part is therefore compared with its checksum, unless its modification time is unchanged.
"""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

from flowlocal.events import UnreadableInput
from flowlocal.sources.dataset.manifest import REPAIR, Part

_STEP = 1 << 20


def checksum(path: Path) -> int:
    """Return the CRC-32 of a file.

    Raises:
        OSError: the file cannot be read.
    """
    total = 0
    with path.open("rb", buffering=0) as file:
        while data := file.read(_STEP):
            total = zlib.crc32(data, total)
    return total


def check_part(root: Path, part: Part) -> None:
    """Raise UnreadableInput unless a part, whose name has no directory, is an unchanged regular file; not a link."""
    path = root / part.name
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            message = "a part of a dataset must be a regular file in its directory"
            raise UnreadableInput(message, str(path), hint=REPAIR)
        if not _is_as_written(path, status, part):
            raise UnreadableInput("a part of this dataset has changed since it was written", str(path), hint=REPAIR)
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read"
        message = f"a part of this dataset {reason}: {error.strerror}"
        raise UnreadableInput(message, str(path), hint=REPAIR) from None


def _is_as_written(path: Path, status: os.stat_result, part: Part) -> bool:
    if part.stored is not None and part.stored != status.st_size:
        return False
    return part.checksum is None or part.modified == status.st_mtime_ns or part.checksum == checksum(path)
