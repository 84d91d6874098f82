"""Read the small text files that people write: queries, cases, settings, tables, templates. None of them is trusted.

Whatever the command line, a folder or another file names is read here: a regular file of a bounded size, UTF-8, and, if
it was not the user who named it, inside of the folders that the user named. All else is an ``OSError`` whose
``strerror`` says why, and which has nothing of the content.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

LARGEST = 1 << 20
"""Bytes that a file may have unless the caller says otherwise; a query has at most 10,000 characters."""

OUTSIDE = "outside of the folders that were named"
PathLike = str | os.PathLike[str]


def read_text(
    path: PathLike, *, within: Iterable[PathLike] | None = None, streams: bool = False, largest: int = LARGEST
) -> str:
    """Return the text of a file, without a byte order mark.

    Args:
        path: the file.
        within: the folders in one of which the file must be after links are resolved; None for any folder.
        streams: whether a pipe or a device is read, too; for what the user names on the command line.
        largest: the most bytes that it may have.

    Raises:
        OSError: it cannot be read, is too large, not UTF-8, not a regular file, or outside of the folders.
    """
    return decode(read_bytes(path, within=within, streams=streams, largest=largest), path)


def read_bytes(
    path: PathLike,
    *,
    within: Iterable[PathLike] | None = None,
    streams: bool = False,
    largest: int = LARGEST,
    largest_file: int = 0,
) -> bytes:
    """Return the bytes of a file; arguments and errors are those of ``read_text``.

    Args:
        path: see ``read_text``.
        within: see ``read_text``.
        streams: see ``read_text``.
        largest: see ``read_text``.
        largest_file: the most bytes that a regular file may have, if that is more than ``largest``.
    """
    if within is not None:
        check_inside(path, within)
    with _opened(path, streams) as file:
        status = os.fstat(file.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else 0
        if size > max(largest, largest_file):
            raise _refused(path, errno.EFBIG, f"larger than {max(largest, largest_file) >> 20:,} MB")
        return _whole(file, path, max(largest, size))


def read_end(path: PathLike, size: int, *, within: Iterable[PathLike] | None = None) -> bytes:
    """Return the last bytes of a regular file; nothing of a pipe or device. Raise OSError as ``read_bytes`` does."""
    if within is not None:
        check_inside(path, within)
    if not stat.S_ISREG(os.stat(_valid(path)).st_mode):
        return b""
    with _opened(path, streams=False) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - size))
        return file.read(size)


def read_stream(stream: BinaryIO, name: str, *, largest: int = LARGEST) -> str:
    """Return the text of a stream, such as standard input; errors are those of ``read_text``."""
    return decode(_whole(stream, name, largest), name)


def write_bytes(path: PathLike, data: bytes, *, within: Iterable[PathLike]) -> None:
    """Write a file, and make its folder if need be.

    Raises:
        OSError: it cannot be written, or a link leads out of the folders.
    """
    check_inside(path, within)
    target = Path(path)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(data)


def _whole(stream: BinaryIO, name: PathLike, largest: int) -> bytes:
    data = stream.read(largest + 1)
    if len(data) > largest:
        raise _refused(name, errno.EFBIG, f"larger than {largest >> 20:,} MB")
    return data


def decode(data: bytes, path: PathLike) -> str:
    """Return bytes of a file as text, without a byte order mark; raise OSError if they are not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(path, errno.EILSEQ, f"not UTF-8 text (byte {error.start})") from None


def check_inside(path: PathLike, folders: Iterable[PathLike]) -> None:
    """Raise OSError unless a file is inside of one of the folders after links are resolved; it need not exist."""
    if not is_inside(path, folders):
        raise _refused(path, errno.EPERM, OUTSIDE)


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text says.

    Raises:
        ValueError: it is not TOML, is nested too deeply, or has a number that is too long.
    """
    import tomllib  # noqa: PLC0415 - slow, and mostly there is nothing to parse

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python refuses integers of more than 4,300 digits
        raise ValueError("a number in it has too many digits") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_inside(path: PathLike, folders: Iterable[PathLike]) -> bool:
    """Return True if a file is one of the folders, or inside of one, after links are resolved."""
    real = os.path.realpath(_valid(path))
    return any(_contains(os.path.realpath(folder), real) for folder in folders)


def _contains(folder: str, real: str) -> bool:
    same_drive = os.path.splitdrive(folder)[0] == os.path.splitdrive(real)[0]
    return same_drive and os.path.commonpath([folder, real]) == folder


def _opened(path: PathLike, streams: bool) -> BinaryIO:
    if not streams and not stat.S_ISREG(os.stat(_valid(path)).st_mode):  # opening a pipe would wait for a writer
        raise _refused(path, errno.EINVAL, "not a regular file")
    return open(_valid(path), "rb")


def _valid(path: PathLike) -> PathLike:
    if "\0" in os.fspath(path):
        raise _refused(path, errno.EINVAL, "not a valid name of a file")
    return path


def _refused(path: PathLike, number: int, reason: str) -> OSError:
    return OSError(number, reason, os.fspath(path))
