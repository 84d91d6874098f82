"""Columns that the native library takes and makes: the keys and values of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from flowlocal.compiler.registry import Rank, Total
from flowlocal.native.groups import MOST_COLUMNS, MOST_KEYS, Reduction
from flowlocal.planning.group_columns import FIRST

REDUCTIONS = {
    "count": Reduction.SUM,
    "sum": Reduction.SUM,
    "least": Reduction.LEAST,
    "largest": Reduction.LARGEST,
}
"""What the library makes of values for each kind of ``Total``; of sums it knows how many values they have."""
_COUNTS = frozenset({"rows", "count"})
_LARGER = (pl.UInt64, pl.Int128, pl.UInt128)
_NARROW = (pl.Boolean, pl.UInt8, pl.UInt16, pl.UInt32)


def integer_columns(rows: pl.LazyFrame, keys: Sequence[str], values: Iterable[pl.Expr]) -> dict[str, pl.Expr] | None:
    """Return the columns of keys and of values, in dtypes that the library takes; None if it cannot take them.

    Args:
        rows: the rows, with columns for the keys.
        keys: the names of the keys.
        values: the values; their columns have names of ``value_name``.
    """
    columns = {name: pl.col(name) for name in keys}
    columns |= {value_name(place): column for place, column in enumerate(values)}
    dtypes = rows.select(**columns).collect_schema()
    if len(keys) > MOST_KEYS or len(columns) - len(keys) > MOST_COLUMNS or not all(map(_is_integer, dtypes.values())):
        return None
    return {name: column.cast(pl.UInt32 if dtypes[name] in _NARROW else pl.Int64) for name, column in columns.items()}


def first_column(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """Return ``FIRST`` as the library takes it, if groups of a schema have it."""
    return [pl.col(FIRST).cast(pl.Int64 if schema[FIRST] == pl.Int64 else pl.Int128)] if FIRST in schema else []


def value_name(place: int) -> str:
    """Return the name of a column of values, which no field has."""
    return f"\0value {place}"


def place_of(values: Sequence[pl.Expr], wanted: pl.Expr) -> int | None:
    """Return the place of an equal expression, or None."""
    return next((place for place, each in enumerate(values) if each.meta.eq(wanted)), None)


def is_size(made: Rank | Total) -> bool:
    """Return True for the number of rows of a group."""
    return isinstance(made, Total) and made.made == "rows"


def with_counts(schema: Mapping[str, pl.DataType], made: Mapping[str, Rank | Total]) -> dict[str, pl.DataType]:
    """Return the dtypes of groups with those of their counts as the library makes them, which may exceed 32 bits."""
    counts = {name: pl.Int64() for name, each in made.items() if isinstance(each, Total) and each.made in _COUNTS}
    return {**schema, **counts}


def _is_integer(dtype: pl.DataType) -> bool:
    """Return True if values have a place in 64 bits with a sign."""
    return dtype in (pl.Boolean, pl.Datetime) or (dtype.is_integer() and dtype not in _LARGER)
