"""Files that may hold queries: named, or found in folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from flowlocal.checking.hosts import suffixes
from flowlocal.checking.source import Host
from flowlocal.events import UnreadableInput

_ASIDE = frozenset({"node_modules", "__pycache__", "__snapshots__", "venv", "site-packages"})
"""Folders that hold nothing of the user's own; like folders with a leading dot they are passed over."""
_ONLY_BY_NAME = (".txt",)
"""A folder's files of this kind are rarely queries."""


def expand(names: Sequence[str]) -> Iterator[Path]:
    """The files of paths, folders and glob patterns, each once.

    Raises:
        UnreadableInput: a path does not exist.
    """
    seen = set[Path]()
    for name in names:
        for path in _expanded(name):
            if path not in seen:
                seen.add(path)
                yield path


def _expanded(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        yield from in_folder(path, tuple(each for each in suffixes() if each not in _ONLY_BY_NAME))
    elif path.exists():
        yield path
    elif has_magic(name) and (matches := sorted(glob(name, recursive=True))):
        yield from (Path(match) for match in matches if Path(match).is_file())
    else:
        raise UnreadableInput("there is no such file or folder", name)


def in_folder(folder: Path, ends: tuple[str, ...]) -> Iterator[Path]:
    """The files below a folder whose names end so, in order."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _ASIDE)
        yield from (Path(here, name) for name in sorted(names) if name.lower().endswith(ends))


def read(path: Path) -> Host:
    """A file's text.

    Raises:
        UnreadableInput: it cannot be read, or is no UTF-8 text.
    """
    try:
        return Host(str(path), path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise UnreadableInput(error.strerror or str(error), str(path)) from error
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"this is no UTF-8 text (byte {error.start})", str(path)) from error
