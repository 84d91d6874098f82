"""Compile the expressions of a stage over the rows of a frame."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from flowlocal.compiler.compile import compile_expression
from flowlocal.compiler.scope import QueryContext
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.planning.frame import Frame
from flowlocal.values import Boolean, Timestamp, Value

Memberships = Mapping[tree.InSubquery, pl.Expr]
_NONE: Memberships = {}


class RowScope:
    """The names of a frame as a scope. It collects the columns that expressions add to the frame.

    Attributes:
        frame: the frame with these columns.
        grouping: True if the expression is a group key.
        memberships: Boolean columns for the subqueries that the expression may contain.
    """

    aggregates = False

    def __init__(self, frame: Frame, *, grouping: bool = False, memberships: Memberships = _NONE) -> None:
        self.frame = frame
        self.grouping = grouping
        self.memberships = memberships

    @property
    def query(self) -> QueryContext:
        """The query-wide context."""
        return self.frame.query

    def position(self) -> pl.Expr:
        """Return the rank of the rows."""
        return self.frame.rows.position()

    def field(self, name: str, span: Span) -> Value:
        """Return the value of a name."""
        return self.frame.field(name, span)

    def column(self, expression: tree.Expression) -> Value | None:
        """Return the column that an earlier ``stats`` made of the same expression, or None."""
        return self.frame.column(expression)

    def hold(self, value: Value) -> Value:
        """Return a value over columns of its own, which the frame then has."""
        held, self.frame = self.frame.hold(value, "held")
        return held

    def timestamp(self, span: Span) -> Timestamp:
        """Return ``@timestamp``."""
        return self.frame.timestamp(span)

    def aggregated(self, call: tree.Call) -> Value:
        """Refuse an aggregate."""
        raise MalformedQuery(f"aggregate functions such as `{call.function}` are only allowed in `stats`", call.span)

    def in_subquery(self, node: tree.InSubquery) -> Value:
        """Return membership in the result of a subquery; only ``filter`` has it."""
        if node not in self.memberships:
            raise MalformedQuery("a subquery is only allowed in `filter`", node.span)
        return Boolean(self.memberships[node])


def evaluate(frame: Frame, expression: tree.Expression, memberships: Memberships = _NONE) -> tuple[Value, Frame]:
    """Return the value of an expression in every row, and the frame with the columns that it needs."""
    scope = RowScope(frame, memberships=memberships)
    return compile_expression(expression, scope), scope.frame


def keep_if(frame: Frame, expression: tree.Expression, memberships: Memberships = _NONE) -> Frame:
    """Return the frame with the rows for which an expression counts as true."""
    value, frame = evaluate(frame, expression, memberships)
    return frame.filter(value.condition())
