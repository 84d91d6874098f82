"""Time-series functions.

These functions are allowed in ``stats``, usually with ``by bin(…)``.
"""

from __future__ import annotations

import polars as pl

from flowlocal.compiler.event_age import age
from flowlocal.compiler.periods import period_milliseconds
from flowlocal.compiler.registry import Aggregation, BadArgument, Columns, Merge, WrittenNumber, aggregate, function
from flowlocal.compiler.scope import Scope
from flowlocal.functions import aggregates
from flowlocal.language import tree
from flowlocal.values import Number, Value, arithmetic


@aggregate("countOverTime", implied=tree.Star(), examples=[("stats countOverTime(*) by bin(1h)", "3")])
def count_over_time(value: Value | None = None) -> Aggregation:
    """Return the number of events, or of events that have a value: the same as ``count``, as observed live."""
    return aggregates.count(value)


@aggregate("sumOverTime", examples=[("stats sumOverTime(bytes) by bin(1h)", "5169")])
def sum_over_time(number: Number) -> Aggregation:
    """Return the sum of the values: the same as ``sum``, as observed on the service."""
    return aggregates.sum_(number)


@aggregate(
    "rate",
    examples=[("stats rate(bytes, 1m) by bin(1h)", "-56.15"), ("stats rate(protocol, 1m) by bin(1h)", "0")],
    source="documented; recorded: 0 for constants, the change over the seconds of the period",
)
def rate(number: Number, period: tree.Duration, *, context: Scope) -> Aggregation:
    """Return the change of a number: its latest value minus its earliest, divided by the seconds of the period.

    The documentation describes the change per period without its formula. On the service, a counter of
    milliseconds gave about 5000 for ``rate(ms, 1m)`` in groups of five minutes, which is the change of 300,000 over the
    60 seconds of the period; constants gave 0.
    """
    seconds = Number.of(period_milliseconds(period) / 1000)
    key = age(number.present(), context)
    columns = {f"first.{name}": part.min_by(key) for name, part in number.parts.items()}
    columns |= {f"last.{name}": part.max_by(key) for name, part in number.parts.items()}

    def value(made: Columns) -> Number:
        first, last = (number.rebuild({part: made[f"{end}.{part}"] for part in number.parts}) for end in _ENDS)
        return arithmetic.divide(arithmetic.subtract(last, first), seconds)

    ages = {"first.age": key.min(), "last.age": key.max()}
    return Aggregation(columns, value, Merge(_merged_rate, ages))


_ENDS = ("first", "last")


def _merged_rate(made: Columns) -> Columns:
    first, last = ({name: each for name, each in made.items() if name.startswith(end)} for end in _ENDS)
    earliest = {name: column.min_by(made["first.age"]) for name, column in first.items()}
    return earliest | {name: column.max_by(made["last.age"]) for name, column in last.items()}


@function(
    "histogram",
    grouping=True,
    examples=[("stats count(*) by histogram(bytes, 1000) as from | sort from | display from", "0")],
    source="recorded: the second argument is a width",
)
def histogram(number: Number, width: WrittenNumber) -> Number:
    """Return the lower bound of the number's range, as a group key; it is only allowed after ``by``.

    The documentation calls the second argument the number of ranges; on the service, it is the width of each
    (recorded).
    """
    if width <= 0:
        raise BadArgument("the width of a range must be greater than 0", 1)
    if number.integer is not None and isinstance(width, int):
        low = number.integer.cast(pl.Int64).floordiv(width) * width
        if number.real is None:
            return Number.whole(low)
        bounds = _bounds(number.parts["real"], width)
        return Number(pl.coalesce(low, bounds.cast(pl.Int64, strict=False)), bounds)
    return Number.fraction(_bounds(number.as_real(), width))


def _bounds(real: pl.Expr, width: float) -> pl.Expr:
    return arithmetic.quotient(real, pl.lit(float(width))).floor() * width
