"""Find queries in files: one module for each kind of file, found by its presence.

A module has ``SUFFIXES``, the ends of the names of its files, and ``find``, which yields the queries in a file.
If several modules could read a file, the one with the longest suffix does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from flowlocal.checking.source import Host, SourceText, TooLong


@dataclass(frozen=True)
class Found:
    """A query in a file.

    Attributes:
        source: its text.
        name: its name in a file that contains several; may be empty.
    """

    source: SourceText
    name: str = ""


@dataclass(frozen=True)
class NotChecked:
    """Something in a file that is, or contains, a query, and that could not be read.

    Attributes:
        host: the file.
        reason: why not, in words.
        fix: what to do about it; may be empty.
        source: its text; None for the file as a whole.
        name: what it is called; may be empty.
    """

    host: Host
    reason: str
    fix: str = ""
    source: SourceText | None = None
    name: str = ""


Finder = Callable[[Host], Iterator[Found | NotChecked]]


@cache
def _finders() -> dict[str, Finder]:
    """Return the finder for each suffix."""
    names = [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return {suffix: module.find for module in modules for suffix in module.SUFFIXES}


def suffixes() -> tuple[str, ...]:
    """Return the ends of the names of all files that can contain queries, longest first."""
    return tuple(sorted(_finders(), key=len, reverse=True))


def find(host: Host) -> Iterator[Found | NotChecked]:
    """Yield the queries in a file, by the end of its name; a file of an unknown kind is one query."""
    if host.refused:
        yield NotChecked(host, host.refused, "name the file itself to check it")
        return
    lower = host.path.lower()
    suffix = next((each for each in suffixes() if lower.endswith(each)), ".insights")
    try:
        yield from _finders()[suffix](host)
    except RecursionError:  # whatever the format, deeper than any file that people or tools write
        yield NotChecked(host, "the file is nested too deeply", "check its queries with `flowlocal check -q`")
    except TooLong:
        yield NotChecked(
            host, "a text in it is too long when put together", "check its queries with `flowlocal check -q`"
        )
