"""What a query may name, and what is known of each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.compiler.registry import find
from flowlocal.language import tree
from flowlocal.language.unparse import print_expression
from flowlocal.values import Json, Value, missing


class Bin(Struct, frozen=True):
    """How a group key cuts time: the period, and the milliseconds by which its bounds are moved."""

    period: tree.Duration
    offset: int = 0


class PlanNames(Struct, frozen=True):
    """The names that expressions may use.

    Attributes:
        values: the value of each name, over columns of the rows.
        aliases: other names of fields, such as ``dstport`` for ``dstPort``.
        discovered: the fields of the events.
        json: the discovered fields that are keys of JSON messages.
        ephemeral: names defined by stages, which cannot be defined again.
        listed: fields that a ``fields`` showed unchanged.
        lost: listed fields that a later ``fields`` defined; they are unknown to ``stats`` (recorded).
        sealed: maps and lists defined by the current ``fields``; their keys exist from the next stage on (recorded).
        expressions: the column that the last ``stats`` made of an expression, by the printed expression.
        groups: the group keys of the last ``stats``.
        bins: the group keys made by ``bin``.
        sides: the names of the sides of a ``join``, one of which is the prefix of every name.
    """

    values: Mapping[str, Value]
    aliases: Mapping[str, str] = field(default_factory=dict)
    discovered: frozenset[str] = frozenset()
    json: frozenset[str] = frozenset()
    ephemeral: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    sealed: frozenset[str] = frozenset()
    expressions: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    bins: Mapping[str, Bin] = field(default_factory=dict)
    sides: tuple[str, ...] = ()

    def known(self, name: str) -> Value | None:
        """Return the value of a name, an alias, or a path into a map; None if there is none."""
        value = self.values.get(name)
        if value is None and name in self.aliases:
            value = self.values.get(self.aliases[name])
        return value if value is not None else self._path(name)

    def _path(self, name: str) -> Value | None:
        for base in bases(name.rpartition(".")[0]):
            value = self.values.get(base)
            if isinstance(value, Json):
                return missing() if base in self.sealed else value.at(name[len(base) + 1 :])
        return None

    def canonical(self, name: str) -> str:
        """Return the field that an alias means, or the name itself."""
        return self.aliases.get(name, name)

    def is_of_events(self, name: str) -> bool:
        """Return True if the name is a discovered field that no stage has redefined, alone or within a map."""
        meant = {name, self.canonical(name)}
        made = any(each in self.ephemeral for found in meant for each in bases(found))
        return not made and any(each in self.discovered for each in meant)

    def column_name(self, expression: tree.Expression) -> str | None:
        """Return the column that the last ``stats`` made of the same expression, or None."""
        computed = isinstance(expression, (tree.Call, tree.Arithmetic))
        return self.expressions.get(canonical(expression)) if self.expressions and computed else None

    def with_values(self, values: Mapping[str, Value]) -> PlanNames:
        """Return the names with other values for some; a bin that gets another value is a bin no longer."""
        kept = {name: each for name, each in self.bins.items() if values.get(name) in (None, self.values.get(name))}
        return replace(self, values={**self.values, **values}, bins=kept)

    def after(self, earlier: PlanNames) -> PlanNames:
        """Return these names for rows that replace other rows, with what outlives the replacement."""
        return replace(
            self,
            ephemeral=self.ephemeral | earlier.ephemeral,
            listed=earlier.listed,
            lost=earlier.lost,
            sides=self.sides or earlier.sides,
        )


def bases(name: str) -> Iterator[str]:
    """Yield a name, and the names of the maps that may contain it, the longest first."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def canonical(expression: tree.Expression) -> str:
    """Return an expression as text, with functions by their documented names."""
    if isinstance(expression, tree.Call):
        function = find(expression.function)
        expression = replace(expression, function=function.name if function else expression.function)
    return print_expression(expression)
