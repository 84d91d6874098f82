"""How rows depend on the rows before a stage, which decides where a cluster runs the stage."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl

    from flowlocal.compiler.scope import QueryContext
    from flowlocal.events import Events, ScanReport
    from flowlocal.planning.frame import Frame
    from flowlocal.planning.grouping import Grouping
    from flowlocal.planning.hooks import TableCatalog
    from flowlocal.planning.registry import Command


class Dependency(Enum):
    """How the rows after a stage depend on the rows before it."""

    NARROW = "narrow"
    """Each row is made of one row, and the order is only noted: the stage runs in every task."""
    REDUCED = "reduced"
    """The stage may run over parts of the rows first, and then once more over what remains of them."""
    GROUPED = "grouped"
    """Rows are groups: tasks make partial groups, which are merged, or exchange the events of each group."""
    WHOLE = "whole"
    """A row may depend on any other row: all rows are collected in one process before the stage."""


class Cluster(Protocol):
    """The processes that read events in place of this one."""

    def rehearsal(self) -> Cluster:
        """Return the same cluster for planning alone: nothing runs in it, and it returns no rows."""

    def rows(
        self, events: Events, context: QueryContext, report: ScanReport, meter: Counts, tables: TableCatalog
    ) -> RemoteRows:
        """Return the rows of a query's events.

        Args:
            events: the events.
            context: the query-wide context.
            report: receives the reports of the tasks.
            meter: counts the matched events.
            tables: the lookup tables.
        """


class Counts(Protocol):
    """A count of events."""

    def add(self, events: int) -> None:
        """Add events."""


class RemoteRows(Protocol):
    """Rows that the tasks of a cluster have, as the plan in the driver or in a task sees them."""

    def before(self, frame: Frame, stage: Command) -> Frame:
        """Return the frame over which a stage is planned: over the rows of tasks, or over collected rows."""

    def gathered(self, frame: Frame) -> Frame:
        """Return the frame with its rows in this process."""

    def limited(self, frame: Frame, most: int | None, passed: Counts) -> Frame:
        """Return the rows of a finished plan in this process.

        Args:
            frame: the plan.
            most: the largest number of rows; None for all.
            passed: counts the rows of the plan before they are limited.
        """

    def groups(self, grouping: Grouping) -> pl.LazyFrame:
        """Return the groups that are made of the rows."""
