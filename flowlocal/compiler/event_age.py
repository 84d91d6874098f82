"""A sort key for the time and position of events."""

from __future__ import annotations

import polars as pl

from flowlocal.compiler.scope import Scope
from flowlocal.language.tree import NOWHERE
from flowlocal.values.calendar import in_calendar

_BEYOND_RANK = 2**65
"""More than the ranks of two events can differ."""


def age(counts: pl.Expr, context: Scope) -> pl.Expr:
    """Return an Int128 key: larger for later events, and for later read ones among events at the same time.

    Args:
        counts: Boolean; the key is null if it is false.
        context: the scope of the aggregate.

    Raises:
        MalformedQuery: if there is no ``@timestamp``.
    """
    time = in_calendar(context.timestamp(NOWHERE).milliseconds)
    return pl.when(counts).then(time.cast(pl.Int128) * _BEYOND_RANK - context.position())
