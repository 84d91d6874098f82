"""The first rows of very many in an order, without the blocks of text that they were read from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl
from msgspec import Struct

from flowlocal.collecting import part
from flowlocal.planning.deferred import lazy_columns
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
    """

    rows: pl.LazyFrame
    order: Sequence[Key]
    count: int

    def lazy(self) -> pl.LazyFrame:
        """Return them, in their order."""
        return lazy_columns(self._frames, self.rows.collect_schema())

    def _frames(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        keys = {f"\0key {place}": key for place, key in enumerate(self.order)}
        columns = [pl.col(name) for name in names]
        plan = self.rows.select(*columns, *(key.expression.alias(name) for name, key in keys.items()))
        first, held = _Order(keys, self.count), list[pl.DataFrame]()
        # In Polars' threads: blocks that waited for this one would take memory.
        for rows in part(plan.map_batches(first.possible, streamable=True)):
            held.append(rows)
            if sum(map(len, held)) > _HELD * self.count:
                held = [first.of(held)]
        if held:
            yield first.of(held).select(columns)


class _Order:
    """An order of rows by columns, and the first key of the last row that is known to be among the first.

    Several threads may ask at once: where one does not see what another has just noted, more rows are possible.
    """

    def __init__(self, keys: dict[str, Key], count: int) -> None:
        self._keys, self._count = list(keys), count
        self._descending = [key.descending for key in keys.values()]
        self._lasts: list[Any] = []  # none or one, which may be a null

    def possible(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that may be among the first, with texts of their own."""
        rows = self._possible(rows)
        if len(rows) > 2 * self._count:  # many equal the last one in their first key
            rows = self.of([rows])
        return with_own_texts(rows)

    def _possible(self, rows: pl.DataFrame) -> pl.DataFrame:
        keys = rows[self._keys[0]]
        if len(rows) > self._count and not keys.has_nulls():
            self._note(keys.top_k(self._count).min() if self._descending[0] else keys.bottom_k(self._count).max())
        for last in self._lasts:
            if last is not None:
                rows = rows.filter(keys >= last if self._descending[0] else (keys <= last).fill_null(value=True))
            elif not self._descending[0]:
                rows = rows.filter(keys.is_null())
        return rows

    def of(self, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Return the first rows of frames, in order."""
        rows = pl.concat(frames)
        order = pl.arg_sort_by(self._keys, descending=self._descending, nulls_last=self._descending)
        rows = rows[rows.select(order.head(self._count)).to_series()]
        if len(rows) == self._count:
            self._note(rows[self._keys[0]][-1])
        return rows

    def _note(self, last: Any) -> None:  # noqa: ANN401 - a key of any type
        """Note that as many rows as are asked for are not after this key; nulls are the smallest keys."""
        known = [*self._lasts, last]
        largest, found = self._descending[0], [each for each in known if each is not None]
        if largest or len(found) == len(known):
            self._lasts = [max(found) if largest else min(found)] if found else [None]
        else:
            self._lasts = [None]
