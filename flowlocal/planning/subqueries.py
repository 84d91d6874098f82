"""Subqueries: ``filter FIELD in (SOURCE … | fields FIELD)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.planning.evaluation import Memberships, evaluate
from flowlocal.planning.registry import Command
from flowlocal.values.equality import equality_key

if TYPE_CHECKING:
    from flowlocal.planning.frame import Frame


def with_subqueries(frame: Frame, condition: tree.Expression) -> tuple[Frame, Memberships]:
    """Return the frame, and for every subquery of a condition a Boolean: True if its subject is in the result."""
    memberships = dict[tree.InSubquery, pl.Expr]()
    for node in tree.walk(condition, into_queries=False):
        if isinstance(node, tree.InSubquery):
            memberships[node], frame = _membership(frame, node, memberships)
    return frame, memberships


def _membership(frame: Frame, node: tree.InSubquery, earlier: Memberships) -> tuple[pl.Expr, Frame]:
    subject, frame = evaluate(frame, node.subject, earlier)
    found = _answers(frame, node.query)
    key, mark = frame.query.fresh("subject"), frame.query.fresh("member")
    left = frame.lazy.with_columns(equality_key(subject).alias(key))
    lazy = left.join(found.rename({"key": key}).with_columns(pl.lit(value=True).alias(mark)), on=key, how="left")
    member = pl.col(mark).fill_null(value=False)
    if node.negated:
        member = pl.lit(value=False) if subject.structured else ~member
    return member, frame.with_lazy(lazy)


def _answers(frame: Frame, query: tree.Query) -> pl.LazyFrame:
    """Return the values of a subquery's result, each once."""
    check_flat(query)
    answer = frame.hooks.run(query, frame.query)
    columns = _selected(answer)
    if len(columns) != 1:
        raise MalformedQuery(
            f"a subquery must answer with one column, not with {', '.join(columns) or 'none'}",
            query.span,
            hint="end it with `| fields FIELD`, or `| display FIELD` after `stats`",
        )
    key = equality_key(answer.values[columns[0]]).alias("key")
    return answer.lazy.select(key).drop_nulls().unique()


def _selected(answer: Frame) -> tuple[str, ...]:
    """Return the columns of a subquery: those of ``fields`` or ``display`` after ``stats``, else all that it shows.

    A documented sample ends ``stats … by requestId | … | fields requestId`` and means only that field.
    """
    names = list[str]()
    for stage in answer.stages:
        if isinstance(stage, Command):
            names = stage.selected(names)
    return tuple(dict.fromkeys(names)) or answer.output.columns


def check_flat(query: tree.Query) -> None:
    """Refuse a subquery in a subquery (documented)."""
    for node in tree.walk(query):
        if isinstance(node, tree.Query | tree.InSubquery) and node is not query:
            raise MalformedQuery("a subquery cannot contain another subquery", node.span)
