"""Canonical equality keys, so that ``join`` and ``in`` can hash instead of comparing pairs of rows."""

from __future__ import annotations

import polars as pl

from flowlocal.values.value import Value

_EXACT = 2**53
"""Whole doubles of smaller magnitude equal the integer of the same value exactly."""


def equality_key(value: Value) -> pl.Expr:
    """Return a String expression that is the same for two values if and only if they are equal.

    Values that read as finite decimal numbers are equal as numbers, others as texts (decided). The key is null for a
    missing value, a map and a list, which equal nothing.
    """
    number = value.number()
    keys = []
    if number.integer is not None:
        keys.append(pl.lit("n") + number.integer.cast(pl.Int64).cast(pl.String))
    if number.real is not None:
        keys.append(pl.lit("n") + _real_key(number.parts["real"]))
    if not value.numeric:
        keys.append(pl.lit("t") + value.text())
    return pl.coalesce(keys)


def _real_key(real: pl.Expr) -> pl.Expr:
    """Return the key of a double; a whole double has the key of the integer."""
    whole = (real == real.floor()) & (real.abs() < _EXACT)
    return pl.when(whole).then(real.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(real.cast(pl.String))
