"""Python functions over columns, called once for each distinct value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl


def by_distinct(column: pl.Expr, convert: Callable[[Any], str | None]) -> pl.Expr:
    """Any column to String by a function of one value; null stays null."""
    return column.map_batches(lambda series: _convert(series, convert), return_dtype=pl.String)


def _convert(series: pl.Series, convert: Callable[[Any], str | None]) -> pl.Series:
    distinct = series.drop_nulls().unique()
    if distinct.len() * 2 > series.len():
        return pl.Series([None if value is None else convert(value) for value in series], dtype=pl.String)
    converted = pl.Series([convert(value) for value in distinct], dtype=pl.String)
    return series.replace_strict(distinct, converted, default=None, return_dtype=pl.String)
