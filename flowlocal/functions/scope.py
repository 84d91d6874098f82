"""What an expression is compiled against: names, and the circumstances of the query."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import Span
from flowlocal.values import Timestamp, Value


@dataclass(frozen=True)
class Circumstances:
    """When and over what a query runs; the same for every stage.

    Attributes:
        text: the whole query.
        start: epoch milliseconds of the query's time range, or None where it is open.
        end: the same for its end, inclusive.
        now: epoch milliseconds at which the query started.
        called: names of log groups that the query and its subqueries use, as far as they were planned.
    """

    text: str
    now: int
    start: int | None = None
    end: int | None = None
    called: set[str] = field(default_factory=set, repr=False)
    _numbers: count[int] = field(default_factory=count, repr=False)

    def fresh(self, label: str = "column") -> str:
        """A name that no column has yet."""
        return f"#{next(self._numbers)}.{label}"

    def written(self, span: Span) -> str:
        """The text of the query at a span."""
        return self.text[span.start : span.end]


class Scope(Protocol):
    """The names that an expression may use."""

    @property
    def circumstances(self) -> Circumstances:
        """When and over what the query runs."""

    @property
    def aggregates(self) -> bool:
        """Can the expression call aggregates?"""

    @property
    def grouping(self) -> bool:
        """Is the expression the key of a group?"""

    def position(self) -> pl.Expr:
        """An integer that is larger the earlier a row stands; the same for all where the rows are in no order."""

    def field(self, name: str, span: Span) -> Value:
        """The value of a field; raises MalformedQuery where no such name can be used."""

    def column(self, expression: tree.Expression) -> Value | None:
        """The column that an earlier stage made of the very same expression, if there is one."""

    def hold(self, value: Value) -> Value:
        """The same value in columns of its own, so that it is computed once, however often it is used."""

    def timestamp(self, span: Span) -> Timestamp:
        """``@timestamp``; raises MalformedQuery after ``stats``, unless it was carried on."""

    def aggregated(self, call: tree.Call) -> Value:
        """The value of an aggregate; raises MalformedQuery where none can stand."""

    def in_subquery(self, node: tree.InSubquery) -> Value:
        """Membership in what a subquery finds; raises MalformedQuery where none can stand."""
