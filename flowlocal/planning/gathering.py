"""Groups of which percentiles are asked, and totals: the native library gathers their values while events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.collecting import part
from flowlocal.compiler.registry import Rank, Total
from flowlocal.memory_limits import budget
from flowlocal.native.groups import Groups, Of
from flowlocal.planning.deferred import lazy
from flowlocal.planning.group_columns import FIRST
from flowlocal.planning.native_columns import (
    REDUCTIONS,
    first_column,
    integer_columns,
    is_size,
    place_of,
    value_name,
    with_counts,
)
from flowlocal.planning.table_pool import TablePool

_PART = 2
"""The values may take this part of what a query may hold in memory; then Polars sorts them by group, in files."""
_SURE = 100_000
"""Rows after which groups that are hardly fewer are left to Polars, which makes them in less time and memory."""


class Gathering(Struct, frozen=True):
    """Rows of which groups are made.

    Attributes:
        rows: the rows: keys, values (``Int64`` or ``UInt32``), and ``FIRST`` (or ``Int128``) if groups have it.
        keys: the names of the keys.
        values: the names of the values.
        made: what is made of values, by name; ranks become lists of at most one value.
        places: which values it is made of, by name.
        schema: the dtypes of the groups.
        otherwise: makes the same groups, with all values in the lists, in Polars.
    """

    rows: pl.LazyFrame
    keys: Sequence[str]
    values: Sequence[str]
    made: Mapping[str, Rank | Total]
    places: Mapping[str, int]
    schema: Mapping[str, pl.DataType]
    otherwise: Callable[[pl.LazyFrame], pl.LazyFrame]

    def groups(self) -> pl.LazyFrame:
        """Return the groups."""
        return lazy(self._frames, self.schema)

    def _frames(self) -> Iterator[pl.DataFrame]:
        new = partial(Groups, len(self.keys), len(self.values), has_first=FIRST in self.schema)
        pool = TablePool(new, partial(_are_too_many, budget() * 1_000_000 // _PART))
        rest = pool.rest_of(self.rows)
        if first := list(islice(rest, 1)):
            rows = self._rows(_merged(*pool.all()), pool.rows)
            yield from self._otherwise(chain(rows, first, rest))
        else:
            yield self._made(_merged(*pool.all())).select(self._columns())

    def _otherwise(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Yield the same groups of rows that are there only once, made by Polars."""
        schema = self.rows.cast(dict.fromkeys((*self.keys, *self.values), pl.Int64)).collect_schema()
        rows = (frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items()) for frame in frames)
        groups = self.otherwise(lazy(lambda: rows, schema))
        yield from part(groups.select(self._columns()))

    def _columns(self) -> list[pl.Expr]:
        return [pl.col(name).cast(dtype) for name, dtype in self.schema.items()]

    def _made(self, groups: Groups) -> pl.DataFrame:
        made = [self._column(groups, name, each).alias(name) for name, each in self.made.items()]
        lists = [pl.concat_list(name) for name, each in self.made.items() if isinstance(each, Rank)]
        return self._gathered(groups).with_columns(made).with_columns(lists)

    def _column(self, groups: Groups, name: str, made: Rank | Total) -> pl.Series:
        if isinstance(made, Rank):
            return groups.ranked(self.places[name], made.part)
        if is_size(made):
            return groups.column(Of.ROWS)
        return groups.total(Of.COUNT if made.made == "count" else Of.TOTAL, self.places[name], REDUCTIONS[made.made])

    def _rows(self, groups: Groups, rows: int) -> Iterator[pl.DataFrame]:
        """Yield the rows of groups again."""
        step = max(1, len(groups) * _SURE // rows)
        for start in range(0, len(groups), step):
            some = range(start, min(start + step, len(groups)))
            values = [groups.column(Of.VALUES, at, some).alias(name) for at, name in enumerate(self.values)]
            yield self._gathered(groups, some).with_columns(values)

    def _gathered(self, groups: Groups, rows_of: range | None = None) -> pl.DataFrame:
        """Return the keys and ``first`` of each group, or of the rows of some."""
        columns = [groups.column(Of.KEY, at, rows_of).alias(name) for at, name in enumerate(self.keys)]
        if FIRST in self.schema:
            columns.append(groups.column(Of.FIRST, 0, rows_of).alias(FIRST))
        return pl.DataFrame(columns)


def _are_too_many(most: int, pool: TablePool[Groups]) -> bool:
    """Return True if groups take more bytes than that, or are hardly fewer than rows, as far as each thread can see."""
    hardly_fewer = pool.rows > _SURE * len(pool) and pool.groups * 2 > pool.rows
    return hardly_fewer or pool.bytes > most


def _merged(groups: Groups, *others: Groups) -> Groups:
    for each in others:
        groups.merge(each)
    return groups


def gathered(
    rows: pl.LazyFrame,
    keys: Sequence[str],
    made: Mapping[str, Rank | Total],
    schema: pl.Schema,
    otherwise: Callable[[pl.LazyFrame, list[pl.Expr]], pl.LazyFrame],
) -> pl.LazyFrame | None:
    """Return groups of rows with the lists of ranks, of at most one value each; None if the library cannot make them.

    Args:
        rows: the rows, with columns for the keys.
        keys: the names of the keys.
        made: what is made of the rows of a group, by name.
        schema: the dtypes of the groups: of the keys, what is made, and ``FIRST`` if they have it.
        otherwise: makes the same groups of rows whose keys are Int64 with aggregates, in Polars.
    """
    values: list[pl.Expr] = []
    for each in made.values():
        if isinstance(each, Rank) and place_of(values, each.values) is None:
            values.append(each.values)
    found = {name: 0 if is_size(each) else place_of(values, each.values) for name, each in made.items()}
    places = {name: place for name, place in found.items() if place is not None}
    if len(places) < len(made):  # values of totals alone would take memory, too
        return None
    columns = integer_columns(rows, keys, values)
    if columns is None:
        return None
    first = first_column(schema)
    given = {name: replace(each, values=pl.col(value_name(places[name]))) for name, each in made.items()}
    of_values = [each.column.alias(name) for name, each in given.items()] + [pl.col(FIRST).max() for _ in first]
    named = [column.alias(name) for name, column in columns.items()]
    lists = {name: pl.List(pl.Int64()) for name, each in made.items() if isinstance(each, Rank)}
    return Gathering(
        rows.select(*named, *first),
        keys,
        list(columns)[len(keys) :],
        made,
        places,
        {**with_counts(schema, made), **lists},
        lambda rows: otherwise(rows, of_values),
    ).groups()
