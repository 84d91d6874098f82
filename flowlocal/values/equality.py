"""Values by what equals them: one key each, so that joins and lists of any length need no comparison row by row."""

from __future__ import annotations

import polars as pl

from flowlocal.values.value import Value

_EXACT = 2**53
"""Doubles below it that are whole are the integer of that size."""


def equality_key(value: Value) -> pl.Expr:
    """String: the same for two values exactly where they are equal; null where nothing equals the value.

    Values that read as finite decimal numbers are equal as numbers, others as texts (decided); a missing value, a map
    and a list equal nothing.
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
    """A whole double as the integer prints."""
    whole = (real == real.floor()) & (real.abs() < _EXACT)
    return pl.when(whole).then(real.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(real.cast(pl.String))
