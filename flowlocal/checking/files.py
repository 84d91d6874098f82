"""Files that may hold queries: named, or found in folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flowlocal.checking.hosts import suffixes
from flowlocal.checking.source import Host
from flowlocal.events import SkipReason, UnreadableInput
from flowlocal.small_files import read_small
from flowlocal.walking import Walk, hidden, identity, is_pattern

_ASIDE = frozenset({"node_modules", "__pycache__", "__snapshots__", "venv", "site-packages"})
"""Folders that contain nothing of the user's own; they are left out, as hidden ones are."""
_ONLY_BY_NAME = (".txt",)
"""A folder's files of this kind are rarely queries."""
_LARGEST = 16 << 20
"""Bytes that a file with queries may have: templates and dashboards can be far larger than a query."""


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


def read(path: Path) -> Host:
    """A file's text.

    Raises:
        UnreadableInput: it cannot be read, or is no UTF-8 text.
    """
    try:
        return Host(str(path), read_small(path, _LARGEST).decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise UnreadableInput(error.strerror or str(error), str(path)) from error
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"this is no UTF-8 text (byte {error.start})", str(path)) from error
