"""The rows of a plan."""

from __future__ import annotations

import polars as pl
from msgspec import Struct, field

from flowlocal.planning.dependency import RemoteRows
from flowlocal.planning.sampling import Sample
from flowlocal.values import Key


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
    """

    lazy: pl.LazyFrame
    order: tuple[Key, ...] = ()
    row: pl.Expr | None = None
    rank: pl.Expr | None = None
    counted: bool = False
    origin: Replacement = field(default_factory=Replacement)
    remote: RemoteRows | None = None
    sample: Sample | None = None

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
