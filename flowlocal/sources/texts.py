"""Columns of texts that come from JSON."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.values.document import clean


def text_column(name: str, values: Sequence[str | None]) -> pl.Series:
    """Return a ``String`` column; halves of surrogate pairs, which JSON can escape but no column hold, are replaced."""
    try:
        return pl.Series(name, values, pl.String())
    except UnicodeEncodeError:
        return pl.Series(name, [value and clean(value) for value in values], pl.String())
