"""Convert columns of doubles to decimal text, rounding half up on their exact binary value.

A double is the exact sum of a whole number and a fraction. The product of the fraction and a power of ten is the exact
sum of a double and its rounding error, so it can be compared with a half in double precision (T. J. Dekker,
"A floating-point technique for extending the available precision", 1971).
"""

from __future__ import annotations

import polars as pl

_SPLITTER = 2.0**27 + 1
"""Factor that splits the 53 bits of a double into two halves."""
PLAIN = 1e15
"""Numbers of at least this magnitude print in plain digits (decided)."""
_SMALLEST = 1e-15
"""Numbers of smaller magnitude would need powers of ten beyond 64 bits."""
_PLACES = 4
"""Number of decimals from 1 up, and of significant digits below 1 (recorded)."""


def decimal_texts(reals: pl.Series) -> pl.Series:
    """Return doubles as text: four decimals from 1 up, four significant digits below 1, without trailing zeros.

    Args:
        reals: Float64.

    Returns:
        String; null for null, for values that are not finite, and for magnitudes from 1e15 up or below 1e-15 (except
        0).
    """
    magnitude = reals.abs()
    covered = (magnitude == 0) | magnitude.is_between(_SMALLEST, PLAIN, closed="left")
    frame = pl.select(size=pl.when(covered).then(magnitude), negative=reals < 0)
    frame = frame.with_columns(pl.col("size").floor().cast(pl.Int64).alias("whole"), _unit().alias("unit"))
    fractions = frame["size"] - frame["size"].floor()
    digits = _rounded_products(fractions, frame["unit"].cast(pl.Float64))
    return frame.with_columns(digits.alias("digits")).select(_text()).to_series()


def _unit() -> pl.Expr:
    """Return ten to the power of the number's decimals (Int64).

    The logarithm may be wrong just below a power of ten; the number rounds up to that power in either case.
    """
    size = pl.col("size")
    below_one = (size > 0) & (size < 1)
    places = pl.when(below_one).then(_PLACES - 1 - size.log10().floor()).otherwise(_PLACES)
    return pl.lit(10, pl.Int64).pow(places.cast(pl.Int64))


def _rounded_products(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the exact products of doubles, rounded half up, as Int64."""
    product = left * right
    whole = product.floor()
    above_half = (product - whole - 0.5) + _error(left, right, product)
    return whole.cast(pl.Int64) + (above_half >= 0).cast(pl.Int64)


def _error(left: pl.Series, right: pl.Series, product: pl.Series) -> pl.Series:
    """Return the rounding errors of the products of doubles."""
    (high, low), (other_high, other_low) = _halves(left), _halves(right)
    return low * other_low - (((product - high * other_high) - low * other_high) - high * other_low)


def _halves(reals: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return two doubles of at most 27 bits for each double, which is their sum."""
    scaled = reals * _SPLITTER
    high = scaled - (scaled - reals)
    return high, reals - high


def _text() -> pl.Expr:
    """Return the text: sign, whole number and decimals; digits that round up to their unit carry into the former."""
    digits, unit = pl.col("digits"), pl.col("unit")
    whole = pl.col("whole") + (digits == unit).cast(pl.Int64)
    decimals = (digits + unit).cast(pl.String).str.slice(1).str.strip_chars_end("0")
    sign = pl.when(pl.col("negative")).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(decimals != "").then(pl.lit(".")).otherwise(pl.lit(""))
    return pl.concat_str(sign, whole.cast(pl.String), point, decimals)
