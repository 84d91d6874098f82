"""From what the user named (files, directories, globs) to files in a steady order."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowlocal.events import UnreadableInput

if TYPE_CHECKING:
    from flowlocal.sources.remote import RemoteFile

STDIN = "-"
MANIFEST = "flowlocal-dataset.json"
"""The file that makes a directory a dataset."""
REMOTE = "s3://"
"""What begins the addresses of objects."""
WRITE_TEST = "aws-logs-write-test"
"""An object that an export task leaves beside the exported logs."""
_GLOB = re.compile(r"[*?\[]")
_STRAY_SUFFIXES = (".md5", ".sha256", ".crc", ".tmp", ".part")
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class NamedFile:
    """A file to read.

    Attributes:
        path: as the user named it, or its path below the directory the user named.
        walked: whether it was found in a directory, so that it may be something else than a log.
        remote: the object, where it is one of S3.
    """

    path: str
    walked: bool = False
    remote: RemoteFile | None = None


def is_dataset(path: str | os.PathLike[str]) -> bool:
    """Is this directory a dataset?"""
    return os.path.isfile(os.path.join(path, MANIFEST))


def only_dataset(paths: Iterable[str | os.PathLike[str]]) -> str | None:
    """The dataset that paths name, or None where they name none.

    Raises:
        UnreadableInput: they name a dataset and something beside it.
    """
    named = [os.fspath(path) for path in paths]
    found = [path for path in named if is_dataset(path)]
    if found and len(named) > 1:
        hint = f"add the other logs to it with `flowlocal import -o {found[0]}`"
        raise UnreadableInput("a dataset is queried by itself", found[0], hint=hint)
    return found[0] if found else None


def expand(
    paths: Sequence[str | os.PathLike[str]], *, start: int | None = None, end: int | None = None
) -> list[NamedFile]:
    """The files that paths stand for, each once, in the order given and by name within a directory.

    Objects of a delivery in S3 that by their dates cannot hold events between ``start`` and ``end`` (epoch ms) are left
    out. Files at hand are not: reading them costs little, and a name may not tell what was put together in a file.

    Raises:
        UnreadableInput: where a path does not exist or a glob finds nothing.
    """
    found: dict[str, NamedFile] = {}
    for path in paths or [STDIN]:
        for file in _files(os.fspath(path), start, end):
            found.setdefault(file.path, file)
    return list(found.values())


def _files(path: str, start: int | None, end: int | None) -> Iterator[NamedFile]:
    if path.startswith(REMOTE):
        yield from _remote(path, start, end)
    elif path == STDIN or os.path.isfile(path):
        _refuse_dataset(path)
        yield NamedFile(path)
    elif os.path.isdir(path):
        yield from _walk(path)
    elif os.path.lexists(path):
        yield NamedFile(path)  # a pipe or a device
    elif _GLOB.search(path):
        yield from _globbed(path)
    else:
        raise UnreadableInput(f"{path}: no such file or directory", path)


def _remote(url: str, start: int | None, end: int | None) -> Iterator[NamedFile]:
    from flowlocal.sources.remote import remote_files  # noqa: PLC0415 - files at hand need none of it

    empty = True
    for file in remote_files(url, start, end):
        empty = False
        if file.url == url or not _is_stray(os.path.basename(file.url)):
            yield NamedFile(file.url, file.url != url, file)
    if empty and start is None and end is None:
        raise UnreadableInput(f"{url}: no object there", url)


def _globbed(pattern: str) -> Iterator[NamedFile]:
    matches = sorted(glob.glob(pattern, recursive=True), key=_natural)
    if not matches:
        raise UnreadableInput(f"{pattern}: no file matches", pattern)
    directories = [match for match in matches if os.path.isdir(match)]
    for match in matches:
        if match in directories:
            yield from _walk(match)
        else:
            _refuse_dataset(match)
            yield NamedFile(match, walked=True)


def _walk(directory: str) -> Iterator[NamedFile]:
    """The files below a directory, without hidden and obviously stray ones."""
    for folder, folders, files in os.walk(directory, onerror=_refuse):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=_natural)
        for name in sorted(files, key=_natural):
            if not _is_stray(name):
                path = os.path.join(folder, name)
                _refuse_dataset(path)
                yield NamedFile(path, walked=True)


def _refuse_dataset(path: str) -> None:
    """Refuse the manifest of a dataset among logs: its parts hold what may lie beside it as text, too."""
    if os.path.basename(path) == MANIFEST:
        folder = os.path.dirname(path) or os.curdir
        hint = f"query {folder} by itself, or name the other files and folders"
        raise UnreadableInput(f"{folder}: a dataset of `flowlocal import` among logs", folder, hint=hint)


def _refuse(error: OSError) -> None:
    raise UnreadableInput(f"{error.filename}: {error.strerror}", str(error.filename)) from error


def _is_stray(name: str) -> bool:
    return name.startswith((".", "_SUCCESS")) or name == WRITE_TEST or name.endswith(_STRAY_SUFFIXES)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that puts 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name)]


_EXPORT_FILE = re.compile(r"^\d{6}(?:\.gz)?$")


def export_stream(path: str) -> str | None:
    """The log stream that the path of an export task's file names, as ``…/<task>/<stream>/000000.gz``."""
    folder, name = os.path.split(path)
    stream = os.path.basename(folder)
    return stream if _EXPORT_FILE.match(name) and stream else None
