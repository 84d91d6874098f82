"""The rows of a cluster as the driver's plan sees them: collected from tasks where a stage is not narrow."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace
from polars.io.plugins import register_io_source

from flowlocal.cluster import tasks
from flowlocal.cluster.files import FileSlice, SourceGroup
from flowlocal.cluster.protocol import Partial, TaskReport, TaskRunner
from flowlocal.cluster.tasks import TaskPlan
from flowlocal.collecting import recorded
from flowlocal.commands.limit import Limit
from flowlocal.compiler.scope import QueryContext
from flowlocal.engine import Meter, open_frame, plan
from flowlocal.events import Events, ScanReport
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.registry import Command

if TYPE_CHECKING:
    from flowlocal.planning.dependency import Counts
    from flowlocal.planning.frame import Frame
    from flowlocal.planning.grouping import Grouping
    from flowlocal.planning.hooks import AddressTable, TableCatalog

LARGEST_COLLECTION = 2 << 30
"""Bytes of rows, as Arrow, that a stage may collect in the driver."""
_MANY = 64
"""Tasks from which on other tasks merge what they return, so that the driver receives little."""
_BUCKET = 256 << 20
"""Stored bytes of the events of a bucket."""
_MOST_BUCKETS = 2000
_WAITING = 500_000
"""Rows that wait in the driver before they are merged."""


class Driver(Struct, frozen=True):
    """The cluster of some logs.

    Attributes:
        runner: runs functions in other processes; None to plan without running anything.
        groups: the log groups.
        slices: the files of each task.
        strict: refuse lines that are not records.
        partial_answer: answer without what cannot be read.
        paths: the files of rows that were returned, by the upper bits of their row ids.
    """

    runner: TaskRunner | None
    groups: tuple[SourceGroup, ...]
    slices: tuple[FileSlice, ...]
    strict: bool
    partial_answer: bool
    paths: dict[int, str] = field(default_factory=dict)

    def rehearsal(self) -> Driver:
        """Return the same cluster, whose tasks return nothing and are not run."""
        return replace(self, runner=None)

    def rows(
        self, events: Events, context: QueryContext, report: ScanReport, meter: Counts, tables: TableCatalog
    ) -> DriverRows:
        """Return the rows of a query's events."""
        return DriverRows(self, events, context, report, meter, tables)


class DriverRows(Struct, frozen=True):
    """The rows of a query's events, which the tasks of a cluster have.

    Attributes:
        driver: the cluster.
        events: the events.
        context: the query-wide context before the first stage.
        report: receives the reports of tasks.
        meter: counts the matched events.
        tables: the lookup tables.
        job: what tasks do if the next stage makes groups.
    """

    driver: Driver
    events: Events
    context: QueryContext
    report: ScanReport
    meter: Counts
    tables: TableCatalog
    job: TaskPlan | None = None

    def before(self, frame: Frame, stage: Command) -> Frame:
        """Return the frame over which a stage is planned."""
        match stage.dependency:
            case Dependency.NARROW:
                return frame
            case Dependency.REDUCED:
                return self._cut(frame, stage)
            case Dependency.GROUPED:
                return self._to_group(frame, stage)
            case Dependency.WHOLE:
                return self._cut(frame, None, wanted_by=stage)

    def gathered(self, frame: Frame) -> Frame:
        """Return the frame with its rows collected in this process."""
        return self._cut(frame, None, wanted_by=_commands(frame)[-1] if frame.stages else None)

    def limited(self, frame: Frame, most: int | None, passed: Counts) -> Frame:
        """Return the rows of a finished plan; see ``RemoteRows``."""
        return self._cut(frame, None if most is None else Limit(most, span=tree.NOWHERE), passed=passed)

    def typed(self, frame: Frame) -> tuple[TaskPlan, pl.Schema]:
        """Return what tasks do for the typed values of a finished plan, and their columns."""
        planned, job = self._planned(frame, None)
        shown = frame.output.columns
        values = planned.lazy.select(planned.values[name].typed().alias(name) for name in shown)
        return replace(job, columns=(), typed=shown), values.collect_schema()

    def groups(self, grouping: Grouping) -> pl.LazyFrame:
        """Return the groups that tasks make of their rows."""
        assert self.job is not None  # noqa: S101 - `before` has prepared it
        job, buckets, parts = self.job, self._buckets(grouping), grouping.parts()
        schema = (parts if grouping.merge is None else grouping.merged(parts)).collect_schema()
        return self._scan(schema, lambda columns: self._collected(job, buckets, schema).select(columns))

    def _cut(
        self, frame: Frame, last: Command | None, *, wanted_by: Command | None = None, passed: Counts | None = None
    ) -> Frame:
        """Return a frame over the rows that tasks return.

        Args:
            frame: the frame of the narrow stages.
            last: a stage that the tasks begin with, and that is planned once more over the frame returned.
            wanted_by: the stage that needs all rows, for messages.
            passed: counts the rows before ``last``, at the end of a query.
        """
        planned, job = self._planned(frame, last)
        job = replace(job, finishes=passed is not None)
        buckets = min(self._slots, _MOST_BUCKETS) if last is not None and self._many else 0
        schema = planned.lazy.collect_schema()

        def read(columns: tuple[str, ...]) -> pl.DataFrame:
            asked = pl.Schema({name: schema[name] for name in columns})
            limit = _SizeLimit(wanted_by, self.context.text) if last is None else None
            return self._collected(replace(job, columns=columns), buckets, asked, passed=passed, limit=limit)

        counted = planned.rows.counted or last is not None or passed is not None
        lazy = self._scan(schema, read)
        rows = replace(planned.rows.over(lazy), remote=None, origin=frame.rows.origin, counted=counted)
        return replace(planned, rows=rows, hooks=frame.hooks, output=frame.output, before=frame.before)

    def _to_group(self, frame: Frame, stage: Command) -> Frame:
        """Return the frame that a stage groups in tasks."""
        planned, job = self._planned(frame, stage)
        rows = replace(planned.rows, remote=replace(self, job=job), origin=frame.rows.origin)
        return replace(planned, rows=rows, hooks=frame.hooks, output=frame.output, before=frame.before)

    def _planned(self, frame: Frame, last: Command | None) -> tuple[Frame, TaskPlan]:
        """Return a frame planned anew, so that its columns are named as in tasks, and the job of these tasks."""
        driver, context, tables = self.driver, self.context, _Tables(self.tables)
        job = TaskPlan(
            context.text,
            context.now,
            context.start,
            context.end,
            _commands(frame),
            last,
            columns=None,
            finishes=False,
            groups=driver.groups,
            tables=tables.used,
            strict=driver.strict,
            partial_answer=driver.partial_answer,
        )
        again = replace(job.context(), called=context.called)
        planned = plan(tree.Query(job.stages), open_frame(self.events, again, ScanReport(), Meter(), tables))
        return planned, job

    @property
    def _slots(self) -> int:
        return self.driver.runner.slots if self.driver.runner else 1

    @property
    def _many(self) -> bool:
        """True if there are so many tasks that what they return is merged by others."""
        return len(self.driver.slices) > _MANY

    def _buckets(self, grouping: Grouping) -> int:
        """Return the number of buckets by which groups are exchanged; 0 if the driver merges them."""
        if grouping.merge is not None and not self._many:
            return 0
        stored = sum(each.stored for each in self.driver.slices)
        return min(max(self._slots, stored // _BUCKET), _MOST_BUCKETS) if grouping.keys else 1

    def _scan(self, schema: pl.Schema, read: Callable[[tuple[str, ...]], pl.DataFrame]) -> pl.LazyFrame:
        """Return a lazy frame whose rows are read when it is collected, with the columns that are then needed."""

        def batches(
            columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
        ) -> Iterator[pl.DataFrame]:
            with recorded(self.report):
                rows = read(tuple(schema if columns is None else columns))
            rows = rows if predicate is None else rows.filter(predicate)
            yield rows if n_rows is None else rows.head(n_rows)

        return register_io_source(batches, schema=schema, is_pure=False)

    def _collected(
        self,
        job: TaskPlan,
        buckets: int,
        schema: pl.Schema,
        *,
        passed: Counts | None = None,
        limit: _SizeLimit | None = None,
    ) -> pl.DataFrame:
        """Return the rows or groups of all tasks."""
        whole = buckets > 0 and job.columns is None
        results, runner = Results(job, schema, limit, whole=whole or limit is not None), self.driver.runner
        if runner is not None:
            data = pickle.dumps(job)
            parts = [pickle.dumps(each) for each in self.driver.slices]
            made = (
                runner.shuffle(partial(tasks.split, data, buckets), parts, partial(tasks.join, data), buckets)
                if buckets
                else runner.map(partial(tasks.run, data), parts)
            )
            for each in made:
                results.add(Partial.of(each), self.report.on_bytes)
        rows = results.rows()
        for report in results.reports:
            self._add(report, passed)
        return rows

    def _add(self, report: TaskReport, passed: Counts | None) -> None:
        """Add what a task has read and counted."""
        self.report.add(report.scan)
        self.meter.add(report.matched)
        if passed is not None and passed is not self.meter:
            passed.add(report.passed)
        self.driver.paths.update(report.paths)


def _commands(frame: Frame) -> tuple[Command, ...]:
    return tuple(stage for stage in frame.stages if isinstance(stage, Command))


class _Tables(Struct):
    """Lookup tables that remember which of them a plan used."""

    tables: TableCatalog
    used: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tables."""
        return self.tables.names

    def read(self, name: str) -> pl.DataFrame | AddressTable:
        """Return a table."""
        self.used[name] = table = self.tables.read(name)
        return table


class _SizeLimit(Struct):
    """Refuses more rows than a stage may collect in the driver."""

    stage: Command | None
    text: str
    size: int = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Count rows."""
        self.size += int(rows.estimated_size())
        if self.size > LARGEST_COLLECTION:
            span = self.stage.span if self.stage is not None else tree.NOWHERE
            what = f"`{self.stage.definition.name}`" if self.stage is not None else "this query"
            raise MalformedQuery(
                f"{what} needs all its rows in one process, and they are more than {LARGEST_COLLECTION >> 30} GB",
                span,
                hint="filter or aggregate before it, or narrow the time range",
                text=self.text,
            )


class Results(Struct):
    """What the tasks of a job have returned, merged as it arrives.

    Attributes:
        job: the job.
        schema: the columns of its rows or groups.
        limit: refuses too many rows; None if there is no such limit.
        whole: True if what arrives is not merged: all rows, or groups that are whole.
    """

    job: TaskPlan
    schema: pl.Schema
    limit: _SizeLimit | None
    whole: bool
    reports: list[TaskReport] = field(default_factory=list)
    _parts: list[Partial] = field(default_factory=list)
    _merged: int = 0

    def add(self, part: Partial, on_bytes: Callable[[int], None]) -> None:
        """Add what a task returned."""
        on_bytes(sum(each.stored for each in part.reports))
        self.reports.extend(part.reports)
        self._parts.append(replace(part, reports=()))
        if self.limit is not None:
            self.limit.add(part.rows)
        if not self.whole and sum(each.rows.height for each in self._parts) > _WAITING + 2 * self._merged:
            self._merge()

    def rows(self) -> pl.DataFrame:
        """Return all rows, or groups."""
        self.reports.sort(key=lambda report: report.number)
        if self._parts and not self.whole:
            self._merge()
        parts = sorted(self._parts, key=lambda part: part.number)
        rows = [part.rows.cast(self.schema) for part in parts]
        return pl.concat([self.schema.to_frame(), *rows])

    def _merge(self) -> None:
        self._parts = [replace(self.job.joined(self._parts), reports=())]
        self._merged = self._parts[0].rows.height
