"""The only expressions that convert integers to times, so that every time fits in a Python datetime.

Polars stores any integer as a ``Datetime``, and panics if it prints a time outside Python's calendar or converts it.
"""

from __future__ import annotations

import polars as pl

from flowlocal.epoch import EARLIEST, LATEST, MICROSECONDS_BELOW, MILLISECONDS_BELOW, SECONDS_BELOW

DATETIME = pl.Datetime("ms")
"""Milliseconds in UTC, without a zone."""
_DAY = 86_400_000
PER_MILLISECOND = {"ms": 1, "us": 1000, "ns": 1_000_000}
"""The number of Polars' time units in a millisecond."""


def in_calendar(time: pl.Expr) -> pl.Expr:
    """Return epoch milliseconds; null for a time before the year 1 or after the year 9999.

    Args:
        time: Int64, or Float64 without a fraction.
    """
    return pl.when(time.is_between(EARLIEST, LATEST)).then(time)


def to_datetime(time: pl.Expr) -> pl.Expr:
    """Return ``Datetime("ms")`` of epoch milliseconds; null for a time outside the years 1 to 9999."""
    return in_calendar(time).cast(DATETIME)


def physical_milliseconds(column: pl.Expr, dtype: pl.Datetime | pl.Date) -> pl.Expr:
    """Return Int64 epoch milliseconds of dates or datetimes of any unit and zone, without a check of their range.

    Args:
        column: Date or Datetime.
        dtype: its dtype.
    """
    if isinstance(dtype, pl.Datetime):
        return column.to_physical().floordiv(PER_MILLISECOND[dtype.time_unit])
    return column.to_physical().cast(pl.Int64) * _DAY


def possible(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a column of any dtype in which dates and datetimes outside the years 1 to 9999 are null, also nested ones.

    Args:
        column: the column.
        dtype: its dtype.
    """
    match dtype:
        case pl.Date() | pl.Datetime():
            time = physical_milliseconds(column, dtype)
            return pl.when(time.is_between(EARLIEST, LATEST)).then(column)
        case pl.Struct():
            members = [
                possible(column.struct.field(each.name), _instance(each.dtype)).alias(each.name)
                for each in dtype.fields
            ]
            return pl.when(column.is_not_null()).then(pl.struct(members) if members else column)
        case pl.List():
            return column.list.eval(possible(pl.element(), _instance(dtype.inner)))
        case pl.Array():
            return column.arr.eval(possible(pl.element(), _instance(dtype.inner)))
    return column


def _instance(dtype: pl.DataType | pl.datatypes.DataTypeClass) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype


def epoch_milliseconds(number: pl.Expr) -> pl.Expr:
    """Return epoch milliseconds of times of unknown unit; null for a time outside the years 1 to 9999.

    The unit follows from the magnitude, see ``flowlocal.epoch.milliseconds``.

    Args:
        number: Int64, or Float64 without a fraction.
    """
    scaled = (
        pl.when(_below(number, SECONDS_BELOW))
        .then(number * 1000)
        .when(_below(number, MILLISECONDS_BELOW))
        .then(number)
        .when(_below(number, MICROSECONDS_BELOW))
        .then(number.floordiv(1000))
        .otherwise(number.floordiv(1_000_000))
    )
    return in_calendar(scaled)


def epoch_milliseconds_of_real(number: pl.Expr) -> pl.Expr:
    """Return epoch milliseconds of Float64 times of unknown unit; null for a time outside the years 1 to 9999.

    Seconds are rounded to microseconds first, because most decimal fractions differ slightly from their doubles.
    """
    fine = in_calendar((number * 1_000_000).round().floordiv(1000))
    whole = epoch_milliseconds(number.floor())
    return pl.when(_below(number, SECONDS_BELOW)).then(fine).otherwise(whole).cast(pl.Int64)


def _below(number: pl.Expr, size: int) -> pl.Expr:
    return number.is_between(-size, size, closed="none")
