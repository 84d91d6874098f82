"""Steps over lazy rows that need to know nothing of a query."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from flowlocal.functions.scope import QueryContext
from flowlocal.values import Key, Value


def can_travel(condition: pl.Expr) -> bool:
    """Can a condition be handed to the source of the rows? One that calls Python cannot be written down for that."""
    try:
        condition.meta.serialize()
    except pl.exceptions.ComputeError:
        return False
    return True


def sort_lazy(lazy: pl.LazyFrame, order: Iterable[Key]) -> pl.LazyFrame:
    """Rows by keys; nulls stand first where a key ascends, last where it descends."""
    keys = tuple(order)
    if not keys:
        return lazy
    descending = [key.descending for key in keys]
    return lazy.sort([key.expression for key in keys], descending=descending, nulls_last=descending)


def hold(lazy: pl.LazyFrame, value: Value, circumstances: QueryContext, label: str) -> tuple[Value, pl.LazyFrame]:
    """A value as columns of its own, and the frame with them."""
    columns = {part: circumstances.fresh(f"{label}.{part}") for part in value.parts}
    lazy = lazy.with_columns(value.parts[part].alias(column) for part, column in columns.items())
    return value.rebuild({part: pl.col(column) for part, column in columns.items()}), lazy
