"""The context in which an expression is compiled: the names it may use, and the query."""

from __future__ import annotations

from itertools import count
from typing import Protocol

import polars as pl
from msgspec import Struct, field

from flowlocal.language import tree
from flowlocal.language.errors import Span
from flowlocal.values import Timestamp, Value


class QueryContext(Struct, frozen=True):
    """Query-wide context: text, time range and ``now``; the same for every stage.

    Attributes:
        text: the whole query.
        start: start of the query's time range in epoch milliseconds, or None if it is open.
        end: its end, inclusive, or None if it is open.
        now: epoch milliseconds at which the query started.
        called: names of the log groups used by the query and by its subqueries planned so far.
        taken: names of columns that events have; a key of JSON may have any name.
    """

    text: str
    now: int
    start: int | None = None
    end: int | None = None
    called: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=count)

    def fresh(self, label: str = "column") -> str:
        """Return a column name that is not in use yet."""
        names = (f"#{number}.{label}" for number in self._numbers)
        return next(name for name in names if name not in self.taken)

    def written(self, span: Span) -> str:
        """Return the text of the query at a span."""
        return self.text[span.start : span.end]


class Scope(Protocol):
    """The names that an expression may use."""

    @property
    def query(self) -> QueryContext:
        """The query-wide context."""

    @property
    def aggregates(self) -> bool:
        """True if the expression may call aggregates."""

    @property
    def grouping(self) -> bool:
        """True if the expression is a group key."""

    def position(self) -> pl.Expr:
        """Return an integer that is larger for earlier rows; the same for all rows if they are unordered."""

    def field(self, name: str, span: Span) -> Value:
        """Return the value of a field; raise MalformedQuery if the name cannot be used."""

    def column(self, expression: tree.Expression) -> Value | None:
        """Return the column that an earlier stage made from the identical expression, or None."""

    def hold(self, value: Value) -> Value:
        """Return the same value in columns of its own, so that it is computed once."""

    def timestamp(self, span: Span) -> Timestamp:
        """Return ``@timestamp``; raise MalformedQuery after a ``stats`` that did not keep it."""

    def aggregated(self, call: tree.Call) -> Value:
        """Return the value of an aggregate; raise MalformedQuery if none is allowed here."""

    def in_subquery(self, node: tree.InSubquery) -> Value:
        """Return membership in a subquery's result; raise MalformedQuery if no subquery is allowed here."""
