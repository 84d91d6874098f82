"""The first rows of very many in an order, without the blocks of text that they were read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import polars as pl
from msgspec import Struct

from flowlocal.collecting import part
from flowlocal.planning.deferred import lazy_columns
from flowlocal.planning.first_keys import UNSORTED, FirstKeys, first_places
from flowlocal.values import Key
from flowlocal.values.own_texts import with_own_texts

_HELD = 4
"""So many times as many rows are held as are asked for, before the others are dropped."""


class FirstRows(Struct, frozen=True):
    """The first rows of some.

    Polars' own search for them keeps each row's block in memory.

    Attributes:
        rows: the rows.
        order: their sort keys, which no two rows share.
        count: how many there are.
        asking: asks the source of the rows meanwhile for no others, if it can know which they are.
    """

    rows: pl.LazyFrame
    order: Sequence[Key]
    count: int
    asking: Callable[[], AbstractContextManager[None]] = nullcontext

    def lazy(self) -> pl.LazyFrame:
        """Return them, in their order."""
        return lazy_columns(self._frames, self.rows.collect_schema())

    def _frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        keys = {f"\0key {place}": key for place, key in enumerate(self.order)}
        columns = [pl.col(name) for name in names]
        plan = self.rows.select(*columns, *(key.expression.alias(name) for name, key in keys.items()))
        first, held = _Order(keys, self.count), list[pl.DataFrame]()
        # In Polars' threads: blocks that waited for this one would take memory.
        with self.asking():
            for rows in part(plan.map_batches(first.possible, streamable=True)):
                held.append(rows)
                if sum(map(len, held)) > _HELD * self.count:
                    held = [first.of(held)]
        if held:
            yield first.of(held).select(columns)


class _Order:
    """An order of rows by columns, and the first key of the last row that is known to be among the first."""

    def __init__(self, keys: dict[str, Key], count: int) -> None:
        self._keys, self._count = list(keys), count
        self._descending = [key.descending for key in keys.values()]
        self._first = FirstKeys(count, descending=self._descending[0])

    def possible(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that may be among the first, with texts of their own."""
        rows = rows.filter(self._first.possible(rows[self._keys[0]]))
        if len(rows) > UNSORTED * self._count:
            rows = self.of([rows])
        return with_own_texts(rows)

    def of(self, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Return the first rows of frames, in order."""
        rows = pl.concat(frames)
        rows = rows[first_places(rows, self._keys, self._descending, self._count)]
        if len(rows) == self._count:
            self._first.note(rows[self._keys[0]][-1])
        return rows
