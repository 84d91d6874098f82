"""How numbers and times are printed, in one place.

A computed number prints with at most four decimals where its magnitude is 1 or more, and with four significant digits
below that; trailing zeros are dropped, there is no exponent, and halves are rounded up (all recorded). From 1e15 up it
prints in plain digits (decided). A raw Lambda number prints as Java prints a double (recorded).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl

from flowlocal.values.distinct import by_distinct

_DECIMALS = Decimal("0.0001")
_SIGNIFICANT = Context(prec=4, rounding=ROUND_HALF_UP)
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_EPOCH = datetime(1970, 1, 1)


def format_real(value: float) -> str:
    """A computed number as Insights prints it."""
    decimal = Decimal(repr(value))
    small = abs(decimal) < 1
    rounded = _SIGNIFICANT.plus(decimal) if small else decimal.quantize(_DECIMALS, context=_EXACT)
    return _plain(rounded)


def _plain(decimal: Decimal) -> str:
    text = format(decimal, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def format_double(value: float) -> str:
    """A number as Java's ``Double.toString`` prints it: ``3.0``, ``1.28E8``, ``5.0E-4``."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{power}"


def format_time(milliseconds: int) -> str:
    """Epoch milliseconds as ``YYYY-MM-DD HH:MM:SS.mmm`` in UTC; times no calendar holds print as the number."""
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return str(milliseconds)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}".rjust(23, "0")


def real_text(real: pl.Expr) -> pl.Expr:
    """Float64 to String by ``format_real``; null stays null."""
    return by_distinct(real, format_real)


def double_text(real: pl.Expr) -> pl.Expr:
    """Float64 to String by ``format_double``; null stays null."""
    return by_distinct(real, format_double)


def time_text(milliseconds: pl.Expr) -> pl.Expr:
    """Int64 to String by ``format_time``; null stays null."""
    return by_distinct(milliseconds, format_time)
