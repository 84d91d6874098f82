"""Text columns from JSON."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.values.document import clean


def text_column(name: str, values: Sequence[str | None]) -> pl.Series:
    """Return a ``String`` column; unpaired surrogates, which JSON can escape but UTF-8 cannot encode, are replaced."""
    try:
        return pl.Series(name, values, pl.String())
    except UnicodeEncodeError:
        return pl.Series(name, [value and clean(value) for value in values], pl.String())
