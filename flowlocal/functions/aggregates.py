"""Aggregates of a group.

These functions are allowed in ``stats``. If a group has no values, the cell is left out, with the exceptions named
below (recorded).
"""

from __future__ import annotations

import polars as pl

from flowlocal.compiler.registry import SHUFFLED, Aggregation, Columns, Merge, Total, aggregate
from flowlocal.language import tree
from flowlocal.values import FlowInteger, Mixed, Number, Value
from flowlocal.values.natural import text_of_key
from flowlocal.values.number import INT64_MAX, finite


def added(made: Columns) -> Columns:
    """Return the sum of each column over the parts of a group; counts do not overflow."""
    return {name: (column.cast(pl.Int64) if name == "count" else column).sum() for name, column in made.items()}


def _nonzero(count: pl.Expr) -> Number:
    return Number.whole(pl.when(count > 0).then(count).cast(pl.Int64))


@aggregate("count", implied=tree.Star(), examples=[("stats count(*)", "3")])
def count(value: Value | None = None) -> Aggregation:
    """Return the number of events, or of events that have a value. ``count(*)`` and ``count()`` count all events.

    If no event of a group has a value, the count is left out of the row, as the service does (recorded).
    """
    if value is None:
        return Aggregation(
            {"count": Total("rows")}, lambda made: Number.whole(made["count"].cast(pl.Int64)), Merge(added)
        )
    present = pl.when(value.present()).then(1)
    return Aggregation({"count": Total("count", present)}, lambda made: _nonzero(made["count"]), Merge(added))


@aggregate("countDistinct", examples=[("stats countDistinct(action)", "2")])
def count_distinct(value: Value) -> Aggregation:
    """Return the number of distinct values; missing ones do not count.

    The count is exact at every size (decided; the service approximates large counts).
    """
    keys = list(value.keys().values())
    key = keys[0] if len(keys) == 1 else pl.struct([key.alias(str(place)) for place, key in enumerate(keys)])
    distinct = pl.when(value.present()).then(key).drop_nulls().n_unique()
    return Aggregation({"count": distinct}, lambda made: _nonzero(made["count"]), SHUFFLED)


@aggregate("sum", examples=[("stats sum(bytes)", "5169")])
def sum_(number: Number) -> Aggregation:
    """Return the sum of the values that are numbers. It is exact up to 64 bits, and a double beyond."""
    columns: dict[str, pl.Expr | Total] = {}
    if number.integer is not None:
        columns["whole"] = Total("sum", number.integer)
    if number.integer is not None and number.real is None:
        columns["count"] = Total("count", number.integer)
    else:
        columns["count"] = number.present().sum()
    if number.real is not None:
        columns["real"] = number.parts["real"].sum()
    return Aggregation(columns, _sum_value, Merge(added))


def _sum_value(made: Columns) -> Number:
    some = made["count"] > 0
    if "whole" not in made:
        return Number(real=finite(pl.when(some).then(made["real"])))
    total = pl.when(some).then(made["whole"])
    whole = pl.when(total.abs() <= INT64_MAX).then(total).cast(pl.Int64, strict=False)
    if "real" not in made:
        return Number(whole, finite(total.cast(pl.Float64)))
    fractions = made["real"] != 0
    return Number(pl.when(~fractions).then(whole), finite(total.cast(pl.Float64) + made["real"]))


@aggregate("avg", examples=[("stats avg(bytes)", "1723")])
def avg(number: Number) -> Aggregation:
    """Return the mean of the values that are numbers."""
    total = sum_(number)

    def value(made: Columns) -> Number:
        return Number.fraction(_sum_value(made).as_real() / made["count"])

    return Aggregation(total.columns, value, total.merge)


@aggregate("min", examples=[("stats min(bytes)", "40")])
def min_(value: Value) -> Aggregation:
    """Return the smallest number; if a group has none, the first text in the order of ``sort`` (decided)."""
    return _extreme(value, descending=False)


@aggregate("max", examples=[("stats max(bytes)", "4249")])
def max_(value: Value) -> Aggregation:
    """Return the largest number; if a group has none, the last text in the order of ``sort`` (decided)."""
    return _extreme(value, descending=True)


def _extreme(value: Value, *, descending: bool) -> Aggregation:
    def end(column: pl.Expr) -> pl.Expr:
        return column.max() if descending else column.min()

    number, words = value.number(), value.words()
    columns: dict[str, pl.Expr | Total] = {}
    if number.integer is not None:
        columns["integer"] = Total("largest" if descending else "least", number.integer)
    if number.real is not None:
        columns["real"] = end(number.as_real())
    if words is not None and isinstance(value, FlowInteger):
        columns["dashes"] = Total("count", pl.when(words.is_not_null()).then(1))
    elif words is not None:
        columns["words"] = end(words)

    def merged(made: Columns) -> Columns:
        return {name: column.cast(pl.Int64).sum() if name == "dashes" else end(column) for name, column in made.items()}

    return Aggregation(columns, lambda made: _extreme_value(made, number.maximum), Merge(merged))


def _extreme_value(made: Columns, maximum: int) -> Value:
    integer, real = made.get("integer"), made.get("real")
    if integer is not None and real is not None:
        integer = pl.when(integer.cast(pl.Float64) == real).then(integer)
    number = Number(integer, real, maximum)
    if "dashes" in made:
        return Mixed(number, pl.when(~number.present() & (made["dashes"] > 0)).then(pl.lit("-")))
    if "words" in made:
        return Mixed(number, pl.when(~number.present()).then(text_of_key(made["words"])))
    return number
