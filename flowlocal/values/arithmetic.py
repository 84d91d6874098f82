"""Arithmetic: exact in 64-bit integers if both operands are integers, otherwise in doubles (decided).

If an operand is missing, the divisor is 0, or the result is not a finite number, the result is missing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import polars as pl

from flowlocal.values.distinct import by_rows
from flowlocal.values.number import INT64_MAX, Number, finite

Operator = Callable[[pl.Expr, pl.Expr], pl.Expr]


def add(left: Number, right: Number) -> Number:
    """Return the sum."""
    return _exact(operator.add, left, right, left.maximum + right.maximum)


def subtract(left: Number, right: Number) -> Number:
    """Return the difference."""
    return _exact(operator.sub, left, right, left.maximum + right.maximum)


def multiply(left: Number, right: Number) -> Number:
    """Return the product."""
    return _exact(operator.mul, left, right, left.maximum * right.maximum)


def negate(number: Number) -> Number:
    """Return the number with the opposite sign; a literal stays a literal."""
    return Number.of(-number.literal) if number.literal is not None else subtract(Number.of(0), number)


def divide(left: Number, right: Number) -> Number:
    """Return the quotient as a double: 7 / 2 is 3.5."""
    return Number.fraction(quotient(left.as_real(), right.as_real()))


def quotient(dividend: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """Return the double nearest to the quotient (Float64).

    Polars multiplies by the inverse of a constant divisor, so that 3 / 10 would become more than 0.3. The added term
    of the dividend makes the divisor look like a column.
    """
    return dividend / (dividend * 0 + divisor)


def remainder(left: Number, right: Number) -> Number:
    """Return the remainder of the division, with the sign of the dividend (decided)."""
    if left.integer is None or right.integer is None:
        return Number.fraction(_real_remainder(left.as_real(), right.as_real()))
    wide = _remainder(left.integer.cast(pl.Int128), right.integer.cast(pl.Int128)).cast(pl.Int64)
    if left.real is None and right.real is None:
        return Number.whole(wide, right.maximum)
    both = left.integer.is_not_null() & right.integer.is_not_null()
    real = _real_remainder(pl.when(~both).then(left.as_real()), right.as_real())
    return Number(wide, finite(real), right.maximum)


def _real_remainder(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Return the exact remainder of doubles (Float64); that of Polars is not exact."""
    return by_rows([left, pl.when(right != 0).then(right)], math.fmod, pl.Float64)


def _remainder(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    magnitude = left.abs() % pl.when(right != 0).then(right.abs())
    return pl.when(left < 0).then(0 - magnitude).otherwise(magnitude)  # 128 bits cannot be negated


def power(left: Number, right: Number) -> Number:
    """Return ``left`` to the power of ``right``; exact if both are integers and the result fits in 64 bits."""
    real = left.as_real().pow(right.as_real())
    if left.integer is None or right.integer is None:
        return Number.fraction(real)
    whole = pl.struct(left.integer.cast(pl.Int64).alias("base"), right.integer.cast(pl.Int64).alias("exponent"))
    exact = pl.when(real.abs() < 2.0**63).then(whole.map_batches(_whole_power, return_dtype=pl.Int64))
    return Number(exact, finite(real))


def _whole_power(series: pl.Series) -> pl.Series:
    pairs = zip(series.struct.field("base"), series.struct.field("exponent"), strict=True)
    return pl.Series([_one_power(base, exponent) for base, exponent in pairs], dtype=pl.Int64)


def _one_power(base: int | None, exponent: int | None) -> int | None:
    if base is None or exponent is None or exponent < 0:
        return None
    if abs(base) > 1 and exponent > 63:
        return None
    result: int = base ** (exponent if abs(base) > 1 else min(exponent, 2 + exponent % 2))
    return result if abs(result) <= INT64_MAX else None


def _exact(op: Operator, left: Number, right: Number, maximum: int) -> Number:
    real = op(left.as_real(), right.as_real())
    if left.integer is None or right.integer is None:
        return Number.fraction(real)
    fits = maximum <= INT64_MAX
    width = pl.Int64 if fits else pl.Int128
    whole = op(left.integer.cast(width), right.integer.cast(width))
    exact = whole if fits else _in_64_bits(whole)
    if fits and left.real is None and right.real is None:
        return Number.whole(exact, maximum)
    return Number(exact, finite(real), min(maximum, INT64_MAX))


def _in_64_bits(wide: pl.Expr) -> pl.Expr:
    """Return Int64; null if the value does not fit. The smallest 64-bit number counts as not fitting."""
    return pl.when(wide.abs() <= INT64_MAX).then(wide).cast(pl.Int64, strict=False)
