"""Statistics of a group.

These functions are allowed in ``stats``. Values that are not numbers are ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import polars as pl

from flowlocal.compiler.registry import (
    SHUFFLED,
    Aggregation,
    BadArgument,
    Columns,
    Merge,
    Rank,
    WrittenNumber,
    aggregate,
)
from flowlocal.values import Number

_FINEST = 10**15


@aggregate(
    "pct",
    "percentile",
    examples=[
        ("stats pct(bytes, 50)", "880"),
        ("stats percentile(bytes, 95)", "4249"),
        ("stats pct(nothing, 95)", "0"),
    ],
    source="documented; decided: nearest rank; recorded: 0 for no values",
)
def pct(number: Number, percent: WrittenNumber) -> Aggregation:
    """Return a percentile from 0 to 100: ``pct(bytes, 95)`` is the value that 95 of 100 values do not exceed.

    The result is always one of the values, by nearest rank, as the service does for small groups (recorded); for
    large ones it returns a number within 0.1 to 1.6 % of it. Without values the result is 0 (recorded). ``pct(x,
    0.95)`` is the percentile 0.95, not 95 (recorded). With ``by`` whole numbers take about 9 bytes each in memory; if
    that is more than half of ``--memory``, events are sorted by group, on disk if they do not fit. Without ``by`` all
    values are held in memory, about 35 bytes per event.
    """
    if not 0 <= percent <= 100:
        raise BadArgument("a percentile must be from 0 to 100", 1, hint="write `pct(bytes, 95)`")
    return _nearest_rank(number, (Fraction(repr(percent)) / 100).limit_denominator(_FINEST))


@aggregate("median", examples=[("stats median(bytes)", "880")], source="recorded; not documented")
def median(number: Number) -> Aggregation:
    """Return the percentile 50: ``median(bytes)`` is ``pct(bytes, 50)``, the lower of two middle values (recorded)."""
    return _nearest_rank(number, Fraction(1, 2))


def _nearest_rank(number: Number, part: Fraction) -> Aggregation:
    whole = number.real is None
    value = number.integer if whole else pl.struct(number.as_real().alias("real"), number.as_integer().alias("integer"))
    assert value is not None  # noqa: S101 - a number without a double has an integer
    values = Rank(value, part) if whole else value.filter(number.present()).implode()

    def answer(made: Columns) -> Number:
        values = made["values"].list
        # The rank is exact: the count times a fraction, rounded up.
        scaled = values.len().cast(pl.Int128) * part.numerator + (part.denominator - 1)
        rank = scaled.floordiv(part.denominator).cast(pl.Int64)
        found = values.sort().list.get(rank.clip(1) - 1, null_on_oob=True)
        if whole:
            return Number.whole(found.cast(pl.Int64).fill_null(0), number.maximum)
        real = found.struct.field("real").fill_null(0.0)
        integer = found.struct.field("integer")
        return Number(pl.when(integer.cast(pl.Float64) == real).then(integer), real)

    return Aggregation({"values": values}, answer, SHUFFLED, holds=True)


@aggregate("stddev", examples=[("stats stddev(bytes)", "1818.7738")], source="documented; decided: of the population")
def stddev(number: Number) -> Aggregation:
    """Return the population standard deviation of the values: the sum of squares is divided by n (decided)."""
    return _of_variance(number, lambda variance: variance.sqrt())


@aggregate("variance", examples=[("stats variance(bytes)", "3307938")])
def variance(number: Number) -> Aggregation:
    """Return the population variance of the values: the sum of squares is divided by n."""
    return _of_variance(number, lambda variance: variance)


def _of_variance(number: Number, value: Callable[[pl.Expr], pl.Expr]) -> Aggregation:
    real = number.as_real()
    return Aggregation(
        {"variance": real.var(ddof=0)},
        lambda made: Number.fraction(value(made["variance"])),
        Merge(_merged_variance, {"count": real.count(), "mean": real.mean()}),
    )


def _merged_variance(made: Columns) -> Columns:
    """Return the variance of the whole group: that within its parts, and that between their means (Chan et al.)."""
    count, mean, variance = made["count"].cast(pl.Float64), made["mean"], made["variance"]
    total = count.sum()
    whole = (count * mean).sum() / total
    squares = (count * (variance + (mean - whole) ** 2)).sum()
    some = pl.when(total > 0)
    return {
        "count": made["count"].cast(pl.Int64).sum(),
        "mean": some.then(whole),
        "variance": some.then(squares / total),
    }
