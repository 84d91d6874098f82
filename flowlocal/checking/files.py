"""Files that may contain queries: named, or found in folders."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from flowlocal.checking.hosts import suffixes
from flowlocal.checking.source import Host
from flowlocal.events import SkipReason, UnreadableInput
from flowlocal.small_files import OUTSIDE, is_inside, read_stream, read_text
from flowlocal.walking import Walk, hidden, identity, is_pattern

_ASIDE = frozenset({"node_modules", "__pycache__", "__snapshots__", "venv", "site-packages"})
"""Folders that contain nothing of the user's own; they are left out, as hidden ones are."""
_ONLY_BY_NAME = (".txt",)
"""A folder's files of this kind are rarely queries."""


def search(ends: tuple[str, ...] | None = None) -> Walk:
    """Return a search for files whose names end so; by default for all that may contain queries."""
    return Walk(_unwanted, ends or tuple(each for each in suffixes() if each not in _ONLY_BY_NAME))


def _unwanted(name: str) -> SkipReason | None:
    return SkipReason.HIDDEN if name in _ASIDE else hidden(name)


def notes(walk: Walk) -> Iterator[str]:
    """Yield a sentence for each path that was skipped, but for hidden ones."""
    yield from (str(each) for each in walk.skipped if each.reason is not SkipReason.HIDDEN)


def expand(names: Sequence[str], walk: Walk | None = None) -> Iterator[Path]:
    """Yield the files of paths, folders and glob patterns, each once.

    Raises:
        UnreadableInput: a path does not exist.
    """
    seen, walk = set[object](), walk or search()
    for name in names:
        for path in _expanded(name, walk):
            known = identity(str(path), path.stat())
            if known not in seen:
                seen.add(known)
                yield path


def _expanded(name: str, walk: Walk) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        yield from (Path(entry.path) for entry in walk.files(name))
    elif path.exists():
        yield path
    elif is_pattern(name) and (matches := walk.matches(name)):
        for match in matches:
            yield from _matched(match, walk)
    else:
        raise UnreadableInput("there is no such file or folder", name)


def _matched(match: str, walk: Walk) -> Iterator[Path]:
    if Path(match).is_dir():
        yield from (Path(entry.path) for entry in walk.files(match))
    elif (entry := walk.regular(match)) is not None:
        yield Path(entry.path)


@dataclass(frozen=True)
class Allowed:
    """The files and folders that the command line allows to read.

    Attributes:
        files: the files named, wherever links lead.
        folders: the folders named, and those of the files and patterns named.
    """

    files: frozenset[str]
    folders: tuple[Path, ...]

    @property
    def places(self) -> tuple[str | Path, ...]:
        """All of them."""
        return (*self.folders, *sorted(self.files))

    @classmethod
    def by(cls, names: Iterable[str]) -> Allowed:
        """Return what names allow."""
        named = tuple(names)
        return cls(frozenset(named), tuple(dict.fromkeys(map(_folder, named))))


def _folder(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        return path
    return path.parent if path.exists() else Path(*takewhile(lambda part: not is_pattern(part), path.parent.parts))


def read(path: Path, allowed: Allowed | None = None) -> Host:
    """Return a file with its text; without any if it was found, not named, and is too large or linked from elsewhere.

    Args:
        path: the file.
        allowed: what may be read; by default the file as if it was named.

    Raises:
        UnreadableInput: it cannot be read, is too large, or is not UTF-8.
    """
    allowed = allowed or Allowed.by([str(path)])
    named = str(path) in allowed.files
    if not named and not is_inside(path, allowed.folders):
        return Host(str(path), "", allowed.folders, refused=f"it is a link to a file {OUTSIDE}")
    try:
        text = read_text(path, streams=named)
    except OSError as error:
        if error.errno == errno.EFBIG and not named:
            return Host(str(path), "", allowed.folders, refused=f"the file is {error.strerror}")
        raise UnreadableInput(error.strerror or str(error), str(path)) from error
    return Host(str(path), text.replace("\r\n", "\n"), allowed.folders)


def read_standard_input(name: str) -> Host:
    """Return what standard input has as a file of that name, which may name files beside it unless it is ``-``.

    Raises:
        UnreadableInput: it is too large, or not UTF-8.
    """
    try:
        text = read_stream(sys.stdin.buffer, name)
    except OSError as error:
        raise UnreadableInput(error.strerror or str(error), name) from error
    return Host(name, text.replace("\r\n", "\n"), () if name == "-" else (Path(name).parent,))
