"""How numbers and times are printed, in one place.

A computed number prints with at most four decimals if its magnitude is 1 or more, and with four significant digits
below that: the exact binary value of the double, rounded half up, without trailing zeros or exponent (all recorded).
From 1e15 up it prints in plain digits, the shortest that identify the double (decided). A raw Lambda number prints as
Java prints a double (recorded).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl

from flowlocal.values.calendar import DATETIME, in_calendar
from flowlocal.values.decimals import PLAIN, decimal_texts
from flowlocal.values.distinct import by_distinct

_DECIMALS = Decimal("0.0001")
_SIGNIFICANT = Context(prec=4, rounding=ROUND_HALF_UP)
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)


def format_real(value: float) -> str:
    """Return a computed number as Insights prints it; ``real_text`` does the same for whole columns."""
    decimal = Decimal(value) if abs(value) < PLAIN else Decimal(repr(value))
    small = abs(decimal) < 1
    rounded = _SIGNIFICANT.plus(decimal) if small else decimal.quantize(_DECIMALS, context=_EXACT)
    return _plain(rounded)


def _plain(decimal: Decimal) -> str:
    text = format(decimal, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def format_double(value: float) -> str:
    """Return a number as Java's ``Double.toString`` prints it: ``3.0``, ``1.28E8``, ``5.0E-4``."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{power}"


def real_text(real: pl.Expr) -> pl.Expr:
    """Return String: a Float64 column as ``format_real`` prints each number; null stays null."""
    return real.map_batches(_real_texts, return_dtype=pl.String, is_elementwise=True)


def _real_texts(reals: pl.Series) -> pl.Series:
    texts = decimal_texts(reals)
    rest = texts.is_null() & reals.is_not_null()
    return texts.scatter(rest.arg_true(), list(map(format_real, reals.filter(rest)))) if rest.any() else texts


def double_text(real: pl.Expr) -> pl.Expr:
    """Return Float64 as String by ``format_double``; null stays null."""
    return by_distinct(real, format_double)


def time_text(milliseconds: pl.Expr) -> pl.Expr:
    """Return Int64, epoch milliseconds, as ``YYYY-MM-DD HH:MM:SS.mmm`` in UTC; null stays null.

    A time outside the calendar is its number.
    """
    within = in_calendar(milliseconds).cast(DATETIME).dt.strftime("%Y-%m-%d %H:%M:%S%.3f")
    return pl.coalesce(within, milliseconds.cast(pl.String))
