"""Log groups and lookup tables that a query names, which exist only on the machine that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import dropwhile
from typing import Any, TypeVar

import polars as pl
from msgspec.structs import replace

from flowlocal.language import tree
from flowlocal.planning.registry import Command

N = TypeVar("N", bound=tree.Node)


class _Every(tuple[str, ...]):
    """A collection that contains every name."""

    __slots__ = ()

    def __contains__(self, _name: object) -> bool:
        return True


class AnyFields(frozenset[str]):
    """The fields of unknown events: every name may be one."""

    __slots__ = ()

    def __contains__(self, _name: object) -> bool:
        return True


@dataclass(frozen=True)
class AnyTables:
    """Lookup tables of every name, empty, with every column that the query could mean.

    Attributes:
        columns: the names of the columns.
    """

    columns: tuple[str, ...]

    @classmethod
    def of(cls, query: tree.Query) -> AnyTables:
        """Return tables for every name in a query."""
        names = (getattr(node, "name", None) for node in tree.walk(query))
        return cls(tuple(dict.fromkeys(name for name in names if isinstance(name, str))))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name."""
        return _Every()

    def read(self, _name: str) -> pl.DataFrame:
        """Return a table without rows."""
        return pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String))


def without_sources(node: N) -> N:
    """Return a query without the stages at its start that name log groups; in subqueries, too."""
    changed: dict[str, Any] = {name: _without_sources(getattr(node, name)) for name in node.__struct_fields__}
    return replace(node, **changed)


def _without_sources(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_without_sources(each) for each in dropwhile(_is_source, value))
    return without_sources(value) if isinstance(value, tree.Node) else value


def _is_source(node: object) -> bool:
    return isinstance(node, Command) and node.definition.name.lower() == "source"
