"""Files of cases and query files, named or found in folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowlocal.checking.files import Allowed, notes, search
from flowlocal.events import UnreadableInput
from flowlocal.testing.case import Places
from flowlocal.testing.snapshots import SUFFIXES
from flowlocal.walking import Walk

CASES = ".insights.toml"
"""The end of the names of files of cases, as folders are searched for them."""


@dataclass(frozen=True)
class Discovered:
    """What there is to run.

    Attributes:
        cases: files of cases.
        queries: query files, whose answers are recorded beside them.
        named: those of the query files that were named, not found in a folder.
        notes: sentences on what was found and is not read.
        within: where files must be that are read or written: what was named, and the working directory.
    """

    cases: tuple[Path, ...]
    queries: tuple[Path, ...]
    named: tuple[Path, ...]
    notes: tuple[str, ...]
    within: Places


def discover(names: Sequence[str]) -> Discovered:
    """Return the files of paths and folders.

    Raises:
        UnreadableInput: a path does not exist.
    """
    walk = search((CASES, *SUFFIXES))
    paths = [path for name in names for path in _expanded(Path(name), walk)]
    paths = list(dict.fromkeys(paths))
    queries = tuple(path for path in paths if path.name.lower().endswith(SUFFIXES))
    named = frozenset(Path(name) for name in names)
    cases = tuple(path for path in paths if path not in queries)
    within = (*Allowed.by(names).places, Path.cwd())
    return Discovered(cases, queries, tuple(path for path in queries if path in named), tuple(notes(walk)), within)


def _expanded(path: Path, walk: Walk) -> Iterator[Path]:
    if path.is_dir():
        yield from (Path(entry.path) for entry in walk.files(str(path)))
    elif path.exists():
        yield path
    else:
        raise UnreadableInput("there is no such file or folder", str(path))
