"""Files of cases and query files, named or found in folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowlocal.checking.files import in_folder
from flowlocal.events import UnreadableInput
from flowlocal.testing.snapshots import SUFFIXES

CASES = ".insights.toml"
"""The end of the names of files of cases, as folders are searched for them."""


@dataclass(frozen=True)
class Found:
    """What there is to run.

    Attributes:
        cases: files of cases.
        queries: query files, whose answers are recorded beside them.
        named: those of the query files that were named, not found in a folder.
    """

    cases: tuple[Path, ...]
    queries: tuple[Path, ...]
    named: tuple[Path, ...]


def discover(names: Sequence[str]) -> Found:
    """The files of paths and folders.

    Raises:
        UnreadableInput: a path does not exist.
    """
    paths = [path for name in names for path in _expanded(Path(name))]
    paths = list(dict.fromkeys(paths))
    queries = tuple(path for path in paths if path.name.lower().endswith(SUFFIXES))
    named = frozenset(Path(name) for name in names)
    cases = tuple(path for path in paths if path not in queries)
    return Found(cases, queries, tuple(path for path in queries if path in named))


def _expanded(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from in_folder(path, (CASES, *SUFFIXES))
    elif path.exists():
        yield path
    else:
        raise UnreadableInput("there is no such file or folder", str(path))
