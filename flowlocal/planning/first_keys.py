"""The sort keys that rows may have if they are to be among the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

UNSORTED = 2
"""So many times as many rows as are asked for need not be sorted; more equal the last one in their first key."""


def first_places(rows: pl.DataFrame, keys: Sequence[str], descending: Sequence[bool], count: int) -> pl.Series:
    """Return the places of the first rows by the columns of their sort keys; nulls are the smallest keys."""
    order = pl.arg_sort_by(keys, descending=descending, nulls_last=descending)
    return rows.select(order.head(count)).to_series()


class FirstKeys:
    """The keys that the first rows of very many may have, as far as is known; nulls are the smallest keys.

    Several threads may ask at once: where one does not see what another has just noted, more rows are possible.

    Args:
        count: how many rows are the first ones.
        descending: True if they have the largest keys.
    """

    def __init__(self, count: int, *, descending: bool) -> None:
        self._count, self._descending = count, descending
        self._lasts: list[Any] = []  # none or one, which may be a null

    def possible(self, keys: pl.Series) -> pl.Series:
        """Return for the keys of some rows if these may be among the first (Boolean)."""
        possible = self._possible(keys)
        some = keys.filter(possible)
        if len(some) <= self._count:
            return possible
        found = some.drop_nulls()
        nulls = len(some) - len(found)
        if self._descending and len(found) >= self._count:
            self.note(found.top_k(self._count).min())
        elif not self._descending:
            self.note(found.bottom_k(self._count - nulls).max() if nulls < self._count else None)
        return self._possible(keys)

    def _possible(self, keys: pl.Series) -> pl.Series:
        for last in self._lasts:
            if last is not None:
                possible: pl.Series = keys >= last if self._descending else keys <= last
                return possible.fill_null(value=not self._descending)
            if not self._descending:
                return keys.is_null()
        return pl.repeat(value=True, n=len(keys), eager=True)

    def note(self, last: Any) -> None:  # noqa: ANN401 - a key of any type
        """Note that as many rows as are asked for are not after this key."""
        known = [*self._lasts, last]
        found = [each for each in known if each is not None]
        if self._descending or len(found) == len(known):
            self._lasts = [max(found) if self._descending else min(found)] if found else [None]
        else:
            self._lasts = [None]
