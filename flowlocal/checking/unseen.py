"""What a query names and what is there only where it is run: log groups and lookup tables."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import polars as pl

from flowlocal.commands.registry import Command
from flowlocal.language import tree

N = TypeVar("N", bound=tree.Node)


class _Every(tuple[str, ...]):
    """Names, among which is every name."""

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
        """Tables for all that a query can name."""
        names = (getattr(node, "name", None) for node in tree.walk(query))
        return cls(tuple(dict.fromkeys(name for name in names if isinstance(name, str))))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name."""
        return _Every()

    def read(self, _name: str) -> pl.DataFrame:
        """A table without rows."""
        return pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String))


def without_sources(node: N) -> N:
    """A query without the stages that name log groups, in subqueries, too."""
    changed = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, tuple):
            changed[each.name] = tuple(
                without_sources(item) if isinstance(item, tree.Node) else item for item in value if not _source(item)
            )
        elif isinstance(value, tree.Node):
            changed[each.name] = without_sources(value)
    return replace(node, **changed) if changed else node


def _source(node: object) -> bool:
    return isinstance(node, Command) and node.definition.name.lower() == "source"
