"""Round times in epoch milliseconds (UTC) to periods."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.values.calendar import DATETIME, in_calendar, to_datetime

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_CAPS = {"ms": 1000, "s": 60, "m": 60, "h": 24}
_PARENTS = {"ms": 1000, "s": 60_000, "m": 3_600_000, "h": 86_400_000}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_FIRST_SUNDAY = 3 * 86_400_000
"""1970-01-04 in epoch milliseconds, from which weeks are counted (decided)."""
MOST_STARTS = 1_000_000
"""Maximum number of period starts in a list."""


def period_milliseconds(period: tree.Duration) -> int:
    """Return the length of a period in milliseconds; months, quarters and years have no fixed one.

    Raises:
        MalformedQuery: for those, and if the period is not a whole number of units above 0.
    """
    if period.unit in _MONTHS:
        raise MalformedQuery("this period has no fixed length", period.span, hint="use days or weeks")
    return int(_amount(period) * _MILLISECONDS[period.unit])


def floor_time(time: pl.Expr, period: tree.Duration) -> pl.Expr:
    """Return Int64 milliseconds rounded down to a period; null if that is before the year 1.

    n units of ms, s, m and h are counted inside the next larger unit, and more of them than it contains count as that
    unit (recorded, documented). Days are counted from the epoch, weeks from the first Sunday, months and years from
    year 0 (decided).
    """
    amount = _amount(period)
    if period.unit in _MONTHS:
        return _floor_months(time, amount * _MONTHS[period.unit])
    if period.unit in _CAPS:
        step = min(amount, _CAPS[period.unit]) * _MILLISECONDS[period.unit]
        if _PARENTS[period.unit] % step == 0:  # the common case: the parent does not matter
            return time.floordiv(step) * step
        parent = time.floordiv(_PARENTS[period.unit]) * _PARENTS[period.unit]
        return parent + (time - parent).floordiv(step) * step
    origin = _FIRST_SUNDAY if period.unit == "w" else 0
    step = amount * _MILLISECONDS[period.unit]
    return in_calendar((time - origin).floordiv(step) * step + origin)


def _amount(period: tree.Duration) -> int:
    amount = int(period.amount)
    if amount != period.amount or not 1 <= amount <= 1_000_000:
        raise MalformedQuery("a period must be a whole number of units, 1 or more", period.span)
    return amount


def _floor_months(time: pl.Expr, months: int) -> pl.Expr:
    return months_to_time(_months(time).floordiv(months) * months)


def _months(time: pl.Expr) -> pl.Expr:
    date = to_datetime(time)
    return date.dt.year().cast(pl.Int64) * 12 + date.dt.month().cast(pl.Int64) - 1


def months_to_time(count: pl.Expr) -> pl.Expr:
    """Return Int64 milliseconds of the start of a month, counted from year 0; null outside the years 1 to 9999."""
    month = pl.when(count.is_between(12, 12 * 9999 + 11)).then(count)
    return pl.datetime(month.floordiv(12), month % 12 + 1, 1, time_unit="ms").cast(pl.Int64)


def round_up(time: pl.Expr, period: tree.Duration) -> pl.Expr:
    """Return Int64 milliseconds rounded up to a period; null if that is after the year 9999.

    A time at the start of a period is returned unchanged.
    """
    start = floor_time(time, period)
    return pl.when(start == time).then(time).otherwise(in_calendar(_following(start, period)))


def _following(start: pl.Expr, period: tree.Duration) -> pl.Expr:
    amount = _amount(period)
    if period.unit in _MONTHS:
        return months_to_time(_months(start) + amount * _MONTHS[period.unit])
    step = min(amount, _CAPS.get(period.unit, amount)) * _MILLISECONDS[period.unit]
    if period.unit not in _PARENTS:
        return start + step
    parent = _PARENTS[period.unit]
    return pl.min_horizontal(start + step, start.floordiv(parent) * parent + parent)


def period_starts(first: int, last: int, period: tree.Duration) -> pl.Series:
    """Return every start of a period from ``first`` to ``last``, as Int64 epoch milliseconds.

    Args:
        first: a time rounded down by ``floor_time``.
        last: another one, not before ``first``.
        period: the period to which both were rounded down.

    Returns:
        The starts in ascending order; empty if there would be more than ``MOST_STARTS``.
    """
    amount = _amount(period)
    if period.unit in _MONTHS:
        return _month_starts(first, last, amount * _MONTHS[period.unit])
    step = min(amount, _CAPS.get(period.unit, amount)) * _MILLISECONDS[period.unit]
    if (last - first) // step >= MOST_STARTS:
        return pl.Series(dtype=pl.Int64)
    parent = _PARENTS.get(period.unit)
    if parent is None:
        return pl.select(pl.int_range(first, last + 1, step)).to_series()
    parents = pl.LazyFrame({"parent": range(first // parent * parent, last + 1, parent)}, {"parent": pl.Int64})
    inside = pl.LazyFrame({"inside": range(0, parent, step)}, {"inside": pl.Int64})
    starts = parents.join(inside, how="cross").select(pl.col("parent") + pl.col("inside"))
    return starts.filter(pl.first().is_between(first, last)).collect().to_series().sort()


def _month_starts(first: int, last: int, months: int) -> pl.Series:
    times = pl.Series([first, last], dtype=pl.Int64).cast(DATETIME)
    low, high = (times.dt.year().cast(pl.Int64) * 12 + times.dt.month() - 1).to_list()
    counts = pl.LazyFrame({"count": range(low, high + 1, months)}, {"count": pl.Int64})
    return counts.select(months_to_time(pl.col("count"))).collect().to_series()
