"""Groups of which only percentiles are asked: the native library gathers their values while the events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import polars as pl
from msgspec import Struct

from flowlocal.collecting import part
from flowlocal.compiler.registry import Rank
from flowlocal.memory_limits import budget
from flowlocal.native.groups import MOST_COLUMNS, MOST_KEYS, Groups, Of
from flowlocal.planning.deferred import is_integer, lazy
from flowlocal.planning.group_columns import FIRST, SIZE

_PART = 2
"""The values may take this part of what a query may hold in memory; then Polars sorts them by group, in files."""
_SURE = 100_000
"""Rows after which groups that are hardly fewer are left to Polars, which makes them in less time and memory."""


class Gathering(Struct, frozen=True):
    """Rows of which groups are made.

    Attributes:
        rows: the rows: the keys, ``FIRST`` if groups have it, and values by the names of ranks; all ``Int64``, but
            ``FIRST``, which is ``Int128``.
        keys: the dtypes of the keys, by name.
        ranks: which values are asked for; they become lists of at most one value.
        has_first: True if groups have the largest value of ``FIRST``; they have ``SIZE``, too.
        otherwise: makes the same groups, with all values in the lists, in Polars.
    """

    rows: pl.LazyFrame
    keys: Mapping[str, pl.DataType]
    ranks: Mapping[str, Rank]
    has_first: bool
    otherwise: Callable[[pl.LazyFrame], pl.LazyFrame]

    def groups(self) -> pl.LazyFrame:
        """Return the groups."""
        return lazy(self._frames, self._schema)

    @property
    def _schema(self) -> dict[str, pl.DataType]:
        first = {FIRST: pl.Int128()} if self.has_first else {}
        return {**self.keys, **dict.fromkeys(self.ranks, pl.List(pl.Int64())), SIZE: pl.UInt32(), **first}

    def _frames(self) -> Iterator[pl.DataFrame]:
        groups, done = Groups(len(self.keys), len(self.ranks)), 0
        batches = part(self.rows)
        for batch in batches:
            groups.add(batch)
            done += len(batch)
            if groups.bytes > budget() * 1_000_000 // _PART or (done > _SURE and len(groups) * 2 > done):
                frames = self._rows(groups, done)
                del groups
                yield from self._otherwise(chain(frames, batches))
                return
        yield self._ranked(groups).select(self._columns())

    def _otherwise(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Yield the same groups of rows that are there only once, made by Polars."""
        groups = self.otherwise(lazy(lambda: iter(frames), self.rows.collect_schema()))
        yield from part(groups.select(self._columns()))

    def _columns(self) -> list[pl.Expr]:
        return [pl.col(name).cast(dtype) for name, dtype in self._schema.items()]

    def _ranked(self, groups: Groups) -> pl.DataFrame:
        frame = self._gathered(groups)
        ranked = [groups.ranked(at, rank.part).alias(name) for at, (name, rank) in enumerate(self.ranks.items())]
        return frame.with_columns(groups.column(Of.ROWS).alias(SIZE), *ranked).with_columns(
            pl.concat_list(name) for name in self.ranks
        )

    def _rows(self, groups: Groups, rows: int) -> Iterator[pl.DataFrame]:
        """Yield the rows of groups again."""
        step = max(1, len(groups) * _SURE // rows)
        for start in range(0, len(groups), step):
            some = range(start, min(start + step, len(groups)))
            values = [groups.column(Of.VALUES, at, some).alias(name) for at, name in enumerate(self.ranks)]
            yield self._gathered(groups, some).with_columns(values)

    def _gathered(self, groups: Groups, rows_of: range | None = None) -> pl.DataFrame:
        """Return the keys and ``first`` of each group, or of the rows of some."""
        columns = [groups.column(Of.KEY, at, rows_of).alias(name) for at, name in enumerate(self.keys)]
        if self.has_first:
            columns.append(groups.column(Of.FIRST, 0, rows_of).alias(FIRST))
        return pl.DataFrame(columns)


def gathered(
    rows: pl.LazyFrame,
    keys: Sequence[str],
    ranks: Mapping[str, Rank],
    has_first: bool,
    otherwise: Callable[[pl.LazyFrame, list[pl.Expr]], pl.LazyFrame],
) -> pl.LazyFrame | None:
    """Return groups of rows with the lists of ranks, of at most one value each; None if the library cannot make them.

    Args:
        rows: the rows, with columns for the keys.
        keys: the names of the keys.
        ranks: the lists, by name.
        has_first: True if groups have the largest value of ``FIRST``; they have ``SIZE``, too.
        otherwise: makes the same groups of rows whose keys are Int64 with aggregates, in Polars.
    """
    dtypes = rows.select(keys).collect_schema()
    if len(keys) > MOST_KEYS or len(ranks) > MOST_COLUMNS or not all(map(is_integer, dtypes.values())):
        return None
    columns = {name: pl.col(name).cast(pl.Int64) for name in keys}
    columns |= {FIRST: pl.col(FIRST).cast(pl.Int128)} if has_first else {}
    columns |= {name: rank.values.cast(pl.Int64) for name, rank in ranks.items()}
    lists = {name: Rank(pl.col(name), rank.part).column for name, rank in ranks.items()}
    further = {SIZE: pl.len()} | ({FIRST: pl.col(FIRST).max()} if has_first else {})
    made = [column.alias(name) for name, column in {**lists, **further}.items()]
    rows = rows.select(column.alias(name) for name, column in columns.items())
    return Gathering(rows, dtypes, ranks, has_first, lambda rows: otherwise(rows, made)).groups()
