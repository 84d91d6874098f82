"""Find out on a few events whether the conditions of a query leave few of them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from msgspec import Struct

_FEW = 16
"""Later conditions are asked of the rows that are left if only one in so many is left, or fewer."""


class Sample(Struct, frozen=True):
    """Some events of a source that decodes the columns of all its conditions for every row.

    Once few rows are left it takes less time to decode what later conditions ask for these alone; where many are left,
    up to three times as much, because the source asks a condition once of each distinct text. The answer is the same.

    Attributes:
        events: the events, with the columns of the source.
        conditions: those that the source has been given so far.
        few: True if few events are known to be left.
    """

    events: pl.LazyFrame
    conditions: tuple[pl.Expr, ...] = ()
    few: bool = False

    def tried(self, collect: Callable[[pl.LazyFrame], pl.DataFrame]) -> Sample:
        """Return the sample with ``few`` as the conditions so far make it.

        Raises:
            UnreadableInput: the events cannot be read.
        """
        if self.few or not self.conditions:
            return self
        sizes = self.events.select(pl.len(), pl.all_horizontal(self.conditions).sum().alias("left"))
        rows, left = collect(sizes).row(0)
        return Sample(self.events, self.conditions, few=left * _FEW <= rows)

    def after(self, condition: pl.Expr) -> Sample:
        """Return the sample after another condition; one on times says nothing, for events of one time are together."""
        asked = set(condition.meta.root_names())
        if self.few or asked <= {"@timestamp"} or not asked <= self.events.collect_schema().keys():
            return self
        return Sample(self.events, (*self.conditions, condition))
