"""Tables of groups to which the threads of Polars add rows while events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition
from typing import Generic, Protocol, TypeVar

import polars as pl

from flowlocal.collecting import part


class GroupTable(Protocol):
    """Groups of rows."""

    @property
    def bytes(self) -> int:
        """How much memory they take."""

    def __len__(self) -> int: ...

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows."""


_Table = TypeVar("_Table", bound=GroupTable)


class TablePool(Generic[_Table]):
    """Tables that several threads fill until they are full: threads that add rows at the same time have one each.

    Args:
        new: makes a table.
        is_full: returns True, given the pool, if it takes no more rows.

    Attributes:
        rows: how many were added.
        groups: how many the tables have; one that is in several tables counts as often.
        bytes: how much memory the tables take.
    """

    def __init__(self, new: Callable[[], _Table], is_full: Callable[[TablePool[_Table]], bool]) -> None:
        self.rows = self.groups = self.bytes = self._busy = 0
        self._new, self._is_full = new, is_full
        self._idle: list[_Table] = []
        self._is_closed = False
        self._failures: list[BaseException] = []
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._idle) + self._busy

    def rest_of(self, lazy: pl.LazyFrame) -> Iterator[pl.DataFrame]:
        """Add the rows of a plan, and yield those that come once the pool takes no more, in any order."""
        batches = part(lazy.map_batches(self.add, streamable=True))
        return (rows for rows in batches if len(rows))

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add rows and return none, or return them if no more are taken."""
        with self._changed:
            if self._is_closed:
                return rows
            table = self._idle.pop() if self._idle else self._new()
            self._busy += 1
        had = len(table), table.bytes
        try:
            table.add(rows)
        except BaseException as failure:  # noqa: BLE001 - Polars would make another error of it; all() raises it
            self._failures.append(failure)
        with self._changed:
            self._idle.append(table)
            self._busy -= 1
            self.rows += len(rows)
            self.groups += len(table) - had[0]
            self.bytes += table.bytes - had[1]
            # Once rows are returned, or all tables are taken, no more may be added.
            self._is_closed = self._is_closed or bool(self._failures) or self._is_full(self)
            self._changed.notify_all()
        return rows.clear()

    def all(self) -> list[_Table]:
        """Return the tables, at least one, once nobody adds rows; no more are taken.

        Raises:
            BaseException: what kept rows from being added.
        """
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._busy)
        for failure in self._failures:
            raise failure
        tables, self._idle = self._idle or [self._new()], []
        return tables
