"""The rows of a plan."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.planning.dependency import RemoteRows
from flowlocal.planning.first_groups import DerivedGroups
from flowlocal.planning.sampling import Sample
from flowlocal.values import Key

EVENT_TIME = pl.col("@timestamp").cast(pl.Int64)
"""The time of an event in epoch milliseconds."""


class Replacement(Struct, frozen=True):
    """The stage that replaced the events by other rows.

    Attributes:
        command: its command, such as ``stats``; empty for events.
        earlier: names that existed before, for messages.
    """

    command: str = ""
    earlier: frozenset[str] = frozenset()


class PlanRows(Struct, frozen=True):
    """Lazy rows, and what is known of them.

    Attributes:
        lazy: the rows.
        order: their sort keys; rows with equal keys keep their order.
        row: the column that numbers the events as they were read; None if rows are no longer events.
        rank: an integer that is larger for earlier rows, as long as the rows are in the order of events; else None.
        counted: True if the matched events have been counted.
        origin: the stage that made the rows; the same object for all frames over these rows.
        remote: the tasks of a cluster that have the rows; None if the rows are in this process.
        sample: some events, if their source asks all conditions of every row.
        groups: the groups of a ``stats`` that the rows are, with columns computed from one row each; else None.
        filters: the conditions that left these events of all that were read; None for rows that are made of others.
    """

    lazy: pl.LazyFrame
    order: tuple[Key, ...] = ()
    row: pl.Expr | None = None
    rank: pl.Expr | None = None
    counted: bool = False
    origin: Replacement = field(default_factory=Replacement)
    remote: RemoteRows | None = None
    sample: Sample | None = None
    groups: DerivedGroups | None = None
    filters: tuple[pl.Expr, ...] | None = None

    @property
    def events(self) -> bool:
        """True if each row is still one event; else only the names that the last replacing stage made exist."""
        return self.row is not None

    def position(self) -> pl.Expr:
        """Return the rank, or one number for all rows if they are unordered."""
        return self.rank if self.rank is not None else pl.lit(0)

    def size(self) -> pl.Expr:
        """Return the number of rows of a group.

        Matched events are counted where their row ids pass, so an aggregation of events has to read the row ids.
        """
        return pl.len() if self.row is None else self.row.count()

    def over(self, lazy: pl.LazyFrame) -> PlanRows:
        """Return the same knowledge of other rows, which may be some of these."""
        return replace(self, lazy=lazy, groups=None, filters=None)

    def with_columns(self, columns: Sequence[pl.Expr]) -> PlanRows:
        """Return the rows with further columns, each computed from its own row unless rows are sorted or numbered."""
        groups = self.groups and self.groups.with_columns(columns)
        return replace(self, lazy=self.lazy.with_columns(columns), groups=groups)

    def filter(self, lazy: pl.LazyFrame, condition: pl.Expr) -> PlanRows:
        """Return the same knowledge of those rows that a condition leaves."""
        return replace(self.over(lazy), filters=None if self.filters is None else (*self.filters, condition))

    @property
    def newest_first(self) -> bool:
        """True if their order is first of all that of the times of events, latest first."""
        return bool(self.order) and self.order[0].descending and self.order[0].expression.meta.eq(EVENT_TIME)

    def first(self, count: int) -> pl.LazyFrame:
        """Return the first rows, in their order."""
        rows = self
        if self.groups is not None and self.order:
            rows = replace(self, lazy=self.groups.first(self.order, count))
        return rows.sorted().head(count)

    def sorted(self) -> pl.LazyFrame:
        """Return the rows in their order: nulls come first in an ascending key, last in a descending one."""
        if not self.order:
            return self.lazy
        descending = [key.descending for key in self.order]
        return self.lazy.sort([key.expression for key in self.order], descending=descending, nulls_last=descending)


def can_be_pushed(condition: pl.Expr) -> bool:
    """Return True if a condition can be pushed to the source of the rows: one that calls Python is not serialisable."""
    try:
        condition.meta.serialize()
    except pl.exceptions.ComputeError:
        return False
    return True
