"""Groups of which only percentiles are asked: the native library gathers their values while the events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

import polars as pl
from msgspec import Struct
from polars.io.plugins import register_io_source

from flowlocal.collecting import limited, part
from flowlocal.compiler.registry import Rank
from flowlocal.memory_limits import budget
from flowlocal.native.groups import MOST_COLUMNS, MOST_KEYS, Groups, Of

_PART = 2
"""The values may take this part of what a query may hold in memory; then Polars sorts them by group, in files."""
_SURE = 100_000
"""Rows after which groups that are hardly fewer are left to Polars, which makes them in less time and memory."""
_LARGER = (pl.UInt64, pl.Int128, pl.UInt128)


class Gathering(Struct, frozen=True):
    """Rows of which groups are made.

    Attributes:
        rows: the rows: the keys, ``first`` if there is one, and values by the names of ranks; all ``Int64``, but
            ``first``, which is ``Int128``.
        keys: the dtypes of the keys, by name.
        ranks: which values are asked for; they become lists of at most one value.
        size: the name of the number of rows of a group, ``UInt32``.
        first: the name of a column of which groups have the largest value; None without one.
        otherwise: makes the same groups, with all values in the lists, in Polars.
    """

    rows: pl.LazyFrame
    keys: Mapping[str, pl.DataType]
    ranks: Mapping[str, Rank]
    size: str
    first: str | None
    otherwise: Callable[[pl.LazyFrame], pl.LazyFrame]

    def groups(self) -> pl.LazyFrame:
        """Return the groups."""
        return _lazy(self._frames, self._schema)

    @property
    def _schema(self) -> dict[str, pl.DataType]:
        first = {} if self.first is None else {self.first: pl.Int128()}
        return {**self.keys, **dict.fromkeys(self.ranks, pl.List(pl.Int64())), self.size: pl.UInt32(), **first}

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
        groups = self.otherwise(_lazy(lambda: iter(frames), self.rows.collect_schema()))
        yield from part(groups.select(self._columns()))

    def _columns(self) -> list[pl.Expr]:
        return [pl.col(name).cast(dtype) for name, dtype in self._schema.items()]

    def _ranked(self, groups: Groups) -> pl.DataFrame:
        frame = self._gathered(groups)
        ranked = [groups.ranked(at, rank.part).alias(name) for at, (name, rank) in enumerate(self.ranks.items())]
        return frame.with_columns(groups.column(Of.ROWS).alias(self.size), *ranked).with_columns(
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
        if self.first is not None:
            columns.append(groups.column(Of.FIRST, 0, rows_of).alias(self.first))
        return pl.DataFrame(columns)


def gatherable(keys: Mapping[str, pl.DataType], ranks: Mapping[str, Rank]) -> bool:
    """Return True if the native library can make such groups."""
    return 0 < len(keys) <= MOST_KEYS and 0 < len(ranks) <= MOST_COLUMNS and all(map(_is_key, keys.values()))


def _is_key(dtype: pl.DataType) -> bool:
    return dtype in (pl.Boolean, pl.Datetime) or (dtype.is_integer() and dtype not in _LARGER)


def _lazy(frames: Callable[[], Iterator[pl.DataFrame]], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Return the rows of frames, which are made when they are collected."""

    def read(
        names: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        rows = frames() if predicate is None else (frame.filter(predicate) for frame in frames())
        for frame in limited(rows, n_rows):
            yield frame if names is None else frame.select(names)

    return register_io_source(read, schema=dict(schema), is_pure=False)
