"""When the events of a group happened, in one number."""

from __future__ import annotations

import polars as pl

from flowlocal.functions.scope import Scope
from flowlocal.language.tree import NOWHERE
from flowlocal.values.calendar import in_calendar

_BEYOND_RANK = 2**65
"""More than the rank of an event can differ from that of another at the same time."""


def age(counts: pl.Expr, context: Scope) -> pl.Expr:
    """Int128: larger the later an event happened, and of those at one time, the later it was read.

    Args:
        counts: Boolean; where it is false there is no answer.
        context: where the aggregate stands.

    Raises:
        MalformedQuery: where there is no ``@timestamp``.
    """
    time = in_calendar(context.timestamp(NOWHERE).milliseconds)
    return pl.when(counts).then(time.cast(pl.Int128) * _BEYOND_RANK - context.position())
