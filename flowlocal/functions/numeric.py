"""Numeric functions.

If an argument is missing or not a number, the result is missing, with the exceptions named below.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl

from flowlocal.compiler.registry import BadArgument, FloatArg, WrittenNumber, function
from flowlocal.values import Number
from flowlocal.values.arithmetic import quotient
from flowlocal.values.distinct import by_distinct
from flowlocal.values.number import INT64_MAX, finite

_EARTH_RADIUS = 6371.0
"""Mean radius in kilometres (decided)."""
_INT32 = 2**31
_ROUNDING = Context(prec=800, rounding=ROUND_HALF_UP)
_MOST_DIGITS = 400
_QUICK_DIGITS, _QUICK_BOUND, _NEAR_HALF = 15, 2.0**40, 0.001
"""Bounds within which the rounding error of a product is smaller than the distance that is kept from a half."""

Extreme = Callable[..., pl.Expr]


def whole_number(real: pl.Expr) -> Number:
    """Return a double without fraction as an integer, and as a double if it does not fit in 64 bits."""
    return Number(real.cast(pl.Int64, strict=False), pl.when(real.is_finite()).then(real))


def _on_fractions(number: Number, change: Callable[[pl.Expr], pl.Expr]) -> Number:
    """Return a number whose integers are unchanged and whose fractions are made whole by ``change``."""
    if number.real is None:
        return number
    changed = whole_number(change(number.parts["real"]))
    if number.integer is None or changed.integer is None:
        return changed
    return Number(pl.coalesce(number.integer.cast(pl.Int64), changed.integer), changed.real)


@function("abs", examples=[("abs(-3)", "3"), ("abs('-')", None)])
def abs_(number: Number) -> Number:
    """Return the absolute value."""
    integer = None if number.integer is None else number.integer.cast(pl.Int64).abs()
    return Number(integer, None if number.real is None else number.real.abs(), number.maximum)


@function("ceil", examples=[("ceil(2.1)", "3"), ("ceil(-2.1)", "-2")])
def ceil(number: Number) -> Number:
    """Return the smallest whole number that is not less than the number."""
    return _on_fractions(number, lambda real: real.ceil())


@function("floor", examples=[("floor(2.9)", "2"), ("floor(-2.1)", "-3")])
def floor(number: Number) -> Number:
    """Return the largest whole number that is not greater than the number."""
    return _on_fractions(number, lambda real: real.floor())


@function("round", examples=[("round(2.5)", "3"), ("round(2.345, 2)", "2.35"), ("round(bytes, -2)", "900")])
def round_(number: Number, decimals: WrittenNumber = 0) -> Number:
    """Return the number rounded to a number of decimals (default: 0); halves are rounded away from zero (decided).

    The digits of the number's shortest decimal text are rounded, so ``round(2.345, 2)`` is 2.35, although the double is
    a little less than 2.345 (decided). Printing, by contrast, rounds the exact value of the double (recorded).
    Negative decimals round to tens, hundreds and so on (decided).
    """
    if decimals != int(decimals) or abs(decimals) > _MOST_DIGITS:
        raise BadArgument(f"decimals must be a whole number from -{_MOST_DIGITS} to {_MOST_DIGITS}", 1)
    if number.real is None and decimals >= 0:
        return number
    unit = Decimal(1).scaleb(-int(decimals))
    integer = None if number.integer is None else number.integer.cast(pl.Int64)
    rounded = None if integer is None else by_distinct(integer, lambda value: _round_whole(value, unit), pl.Int64)
    return Number(rounded, None if number.real is None else _round_real(number.parts["real"], int(decimals)))


def _round_real(real: pl.Expr, decimals: int) -> pl.Expr:
    """Return Float64 rounded as its shortest decimal text would be; only values near a half need that text."""
    unit = Decimal(1).scaleb(-decimals)
    slow = lambda value: float(_round(Decimal(repr(value)), unit))  # noqa: E731
    if abs(decimals) > _QUICK_DIGITS:
        return finite(by_distinct(real, slow, pl.Float64))
    power = 10.0 ** abs(decimals)
    scaled = (real * power if decimals >= 0 else quotient(real, pl.lit(power))).abs()
    sure = (scaled < _QUICK_BOUND) & ((scaled - scaled.floor() - 0.5).abs() > _NEAR_HALF)
    nearest = (scaled + 0.5).floor() * real.sign()
    quick = pl.when(sure).then(quotient(nearest, pl.lit(power)) if decimals >= 0 else nearest * power)
    return finite(pl.coalesce(quick, by_distinct(pl.when(~sure).then(real), slow, pl.Float64)))


def _round(value: Decimal, unit: Decimal) -> Decimal:
    return value.quantize(unit, context=_ROUNDING)


def _round_whole(value: int, unit: Decimal) -> int | None:
    rounded = value if unit <= 1 else int(_round(Decimal(value), unit))
    return rounded if abs(rounded) <= INT64_MAX else None


@function("sqrt", examples=[("sqrt(9)", "3"), ("sqrt(-1)", None)])
def sqrt(number: FloatArg) -> Number:
    """Return the square root; missing for a negative number (decided)."""
    return Number.fraction(number.sqrt())


@function("log", examples=[("log(1)", "0"), ("log(0)", None)])
def log(number: FloatArg) -> Number:
    """Return the natural logarithm; missing if the number is not above 0 (decided)."""
    return Number.fraction(number.log())


@function("greatest", examples=[("greatest(bytes, packets, 100)", "880"), ("greatest(nothing, 0)", "0")])
def greatest(*number: Number) -> Number:
    """Return the largest of the numbers. Missing ones are ignored, as queries in use rely on."""
    return _extreme(number, pl.max_horizontal)


@function("least", examples=[("least(bytes, packets, 100)", "20"), ("least(nothing, 0)", "0")])
def least(*number: Number) -> Number:
    """Return the smallest of the numbers. Missing ones are ignored."""
    return _extreme(number, pl.min_horizontal)


def _extreme(numbers: tuple[Number, ...], extreme: Extreme) -> Number:
    integers = [number.integer.cast(pl.Int64) for number in numbers if number.integer is not None]
    maximum = max(number.maximum for number in numbers)
    integer = extreme(integers) if integers else None
    if all(number.real is None for number in numbers):
        return Number(integer, maximum=maximum)
    real = extreme([number.as_real() for number in numbers])
    if integer is None:
        return Number.fraction(real)
    return Number(pl.when(integer.cast(pl.Float64) == real).then(integer), real, maximum)


@function(
    "haversine", examples=[("haversine(52.52, 13.405, 48.8566, 2.3522)", "877.4633"), ("haversine(1, 2, 3, 'x')", None)]
)
def haversine(lat1: FloatArg, lon1: FloatArg, lat2: FloatArg, lon2: FloatArg) -> Number:
    """Return the great-circle distance between two points on Earth in kilometres, on a radius of 6371 km (decided).

    Latitudes and longitudes are in degrees.
    """
    south, north = lat1.radians(), lat2.radians()
    across = ((north - south) / 2).sin() ** 2
    along = south.cos() * north.cos() * ((lon2 - lon1).radians() / 2).sin() ** 2
    return Number.fraction(2 * _EARTH_RADIUS * (across + along).clip(0, 1).sqrt().arcsin())


@function("toNumber", examples=[("toNumber('22.50')", "22.5"), ("toNumber(srcAddr)", None)])
def to_number(value: Number) -> Number:
    """Return the value as a number; missing if it does not read as a decimal number."""
    return value


@function("toInt", examples=[("toInt('3.9')", "3"), ("toInt(-3.9)", "-3"), ("toInt(3000000000)", None)])
def to_int(value: Number) -> Number:
    """Return the value as a 32-bit integer: a fraction is cut off, and a value that is not a number is missing.

    Both were observed on the service; a number that does not fit in 32 bits is missing (decided).
    """
    whole = value.as_integer()
    return Number.whole(pl.when(whole.is_between(-_INT32, _INT32 - 1)).then(whole), maximum=_INT32)


@function("toLong", examples=[("toLong('3.9')", "3"), ("toLong('x')", None)])
def to_long(value: Number) -> Number:
    """Return the value as a 64-bit integer: a fraction is cut off, and a value that is not a number is missing.

    Both were observed on the service; a number that does not fit in 64 bits is missing (decided).
    """
    return Number.whole(value.as_integer())


@function("toDouble", examples=[("toDouble('2.50')", "2.5"), ("toDouble('x')", None)])
def to_double(value: FloatArg) -> Number:
    """Return the value as a double; missing if it does not read as a number."""
    return Number.fraction(value)
