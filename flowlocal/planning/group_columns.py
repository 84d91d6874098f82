"""Columns by which Polars makes groups: keys as few integers, and values in lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl
from msgspec import Struct

FIRST = "\0first"
"""The column that is larger for groups whose first row is earlier."""
SIZE = "\0size"
"""The column of the number of rows of a group."""
_HALF = 2**32


class PackedKeys(Struct, frozen=True):
    """Keys of groups, of which those that are UInt32 share columns in twos: Polars hashes one integer, or encodes rows.

    Attributes:
        pairs: the names of two keys of UInt32, by the column that has both.
        rest: the names of the other keys.
    """

    pairs: dict[str, tuple[str, str]]
    rest: Sequence[str]

    @classmethod
    def of(cls, keys: Sequence[str], numbers: Sequence[str]) -> PackedKeys:
        """Return the keys, given the names of all, and of those that are UInt32 without a null."""
        pairs = dict(zip(numbers[::2], numbers[1::2], strict=False))
        paired = {*pairs, *pairs.values()}
        return cls({"+".join(pair): pair for pair in pairs.items()}, [name for name in keys if name not in paired])

    @property
    def names(self) -> list[str]:
        """The columns by which events are grouped."""
        return [*self.pairs, *self.rest]

    def pack(self, lazy: pl.LazyFrame) -> pl.LazyFrame:
        """Return the events with the columns by which they are grouped."""
        return lazy.with_columns(
            (pl.col(high).cast(pl.UInt64) * _HALF + pl.col(low)).alias(name) for name, (high, low) in self.pairs.items()
        )

    def unpack(self, groups: pl.LazyFrame) -> pl.LazyFrame:
        """Return the groups with the keys."""
        return groups.with_columns(
            each.cast(pl.UInt32)
            for name, (high, low) in self.pairs.items()
            for each in ((pl.col(name) // _HALF).alias(high), (pl.col(name) % _HALF).alias(low))
        )


def bundled(events: pl.LazyFrame, keys: Sequence[str], columns: Sequence[pl.Expr]) -> tuple[pl.LazyFrame, list[str]]:
    """Return a row for each group of a batch of events, with lists of their values; and the names of the lists.

    Args:
        events: the events.
        keys: the columns by which they are grouped.
        columns: the aggregates.
    """
    names = dict.fromkeys(name for column in columns for name in column.meta.root_names() if name not in keys)
    lists = [name for name in names if name != FIRST]
    needed = events.select(*keys, *names)
    dtypes = {name: pl.List(dtype) if name in lists else dtype for name, dtype in needed.collect_schema().items()}
    rows = needed.map_batches(
        partial(_bundles, keys),
        schema=dtypes,
        streamable=True,
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )
    return rows, lists


def _bundles(keys: Sequence[str], events: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in events.columns if name not in keys]
    return events.group_by(keys).agg(pl.col(name).max() if name == FIRST else pl.col(name).implode() for name in names)
