"""The predicates that Polars hands to sources, and how they are asked of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from ipaddress import IPv4Network

import polars as pl
from msgspec import Struct

from flowlocal.native.distinct import distinct_texts
from flowlocal.native.matches import ShortPattern
from flowlocal.sources.records.literals import searched
from flowlocal.sources.records.patterns import simple_pattern, text_pattern
from flowlocal.values.addresses import in_networks, networks_of

_HOLDS = "@_holds"


class RowCondition(Struct, frozen=True):
    """A predicate that events must match.

    Attributes:
        predicate: the expression.
        columns: the columns that it asks.
        networks: the IPv4 networks in one of which the address in its only column must be; none for other predicates.
        pattern: what it searches the texts of its only column for, if that is simple.
        searches: True if it searches them for anything else, rather than compare them.
        answers: whether it holds for each number in its only column, if that has numbers of distinct texts.
    """

    predicate: pl.Expr
    columns: Set[str]
    networks: tuple[IPv4Network, ...] = ()
    pattern: ShortPattern | None = None
    searches: bool = False
    answers: pl.Series | None = None

    @classmethod
    def of(cls, predicate: pl.Expr, schema: Mapping[str, pl.DataType]) -> RowCondition:
        """Return the condition of a predicate on columns of a schema."""
        columns = frozenset(predicate.meta.root_names())
        if len(columns) != 1 or schema[min(columns)] != pl.String:
            return cls(predicate, columns)
        text, is_literal = searched(predicate)
        if networks := () if is_literal else networks_of(text):
            return cls(predicate, columns, networks)
        pattern = text_pattern(text) if is_literal else simple_pattern(text)
        return cls(predicate, columns, pattern=pattern, searches=".str." in str(predicate))

    def holds(self, frame: pl.DataFrame) -> pl.Series:
        """Return whether it holds for each row.

        Numbering addresses takes a tenth of the time of a regular expression, looking for a simple pattern a quarter,
        and numbering texts a third, if few of them are distinct; comparing texts takes less (measured).
        """
        if (found := self._found(frame)) is not None:
            return found
        distinct = distinct_texts(frame[min(self.columns)]) if self.searches else None
        if distinct is None:
            return self._evaluated(frame)
        numbers, texts = distinct
        return self._evaluated(texts.to_frame())[numbers]

    def asked_of(self, frame: pl.DataFrame) -> pl.Series:
        """Return whether it holds for each row, of which few have the same text."""
        found = self._found(frame)
        return self._evaluated(frame) if found is None else found

    def _found(self, frame: pl.DataFrame) -> pl.Series | None:
        """Return whether it holds for each row, as is known or the library finds out; None if it does not."""
        if self.answers is not None:
            return self.answers[frame[min(self.columns)]]
        if self.networks:
            return in_networks(frame[min(self.columns)], self.networks)
        return None if self.pattern is None else self.pattern.occurs_in(frame[min(self.columns)])

    def _evaluated(self, frame: pl.DataFrame) -> pl.Series:
        return frame.with_columns(self.predicate.alias(_HOLDS))[_HOLDS]


def conditions_of(predicate: pl.Expr | None, schema: Mapping[str, pl.DataType]) -> tuple[RowCondition, ...]:
    """Return the predicates that must all hold, cheap ones first."""
    predicates = [] if predicate is None else _conjuncts(predicate)
    conditions = [RowCondition.of(each, schema) for each in predicates]
    return tuple(sorted(conditions, key=lambda each: any(schema[name] == pl.String for name in each.columns)))


def are_all(conditions: Sequence[RowCondition], predicates: Iterable[pl.Expr]) -> bool:
    """Return True if conditions are all that predicates ask for; those that Polars has rewritten are not found."""
    asked = [each for predicate in predicates for each in _conjuncts(predicate)]
    found = [any(each.meta.eq(condition.predicate) for condition in conditions) for each in asked]
    return all(found) and len(found) == len(conditions)


def _conjuncts(predicate: pl.Expr) -> list[pl.Expr]:
    match predicate.meta.pop():
        case [right, left] if (left & right).meta.eq(predicate):
            return [*_conjuncts(left), *_conjuncts(right)]
    return [predicate]
