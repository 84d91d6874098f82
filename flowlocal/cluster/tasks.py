"""What tasks do: read some of the files of a query, run its first stages, and merge what other tasks made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.api import StrictReport
from flowlocal.cluster.failure import EngineFailed
from flowlocal.cluster.files import FileSlice, SourceGroup, joined_groups, part_of_groups
from flowlocal.cluster.protocol import Partial, TaskReport, failure, loads
from flowlocal.collecting import collect
from flowlocal.compiler.scope import QueryContext
from flowlocal.engine import Meter, open_frame, plan
from flowlocal.events import LINE_BITS, ROW, Events, ScanReport
from flowlocal.language import tree
from flowlocal.lookups.tables import Table, Tables

if TYPE_CHECKING:
    from flowlocal.planning.frame import Frame
    from flowlocal.planning.grouping import Grouping
    from flowlocal.planning.registry import Command

_BUCKET = "\x00bucket"


def versions() -> tuple[str, str]:
    """Return the versions of flowlocal and Polars, which must be the same in all processes."""
    return version("flowlocal"), pl.__version__


class TaskRows(Struct):
    """The rows of a task as its plan sees them; it keeps the groups that a stage makes of them."""

    grouping: Grouping | None = None

    def rehearsal(self) -> TaskRows:
        """Return the same rows: the query was planned in the driver before."""
        return self

    def rows(self, *_query: object) -> TaskRows:
        """Return the rows of a query's events."""
        return self

    def before(self, frame: Frame, _stage: Command) -> Frame:
        """Return the frame: stages in tasks are planned over the task's own rows."""
        return frame

    def gathered(self, _frame: Frame) -> Frame:
        """Refuse to collect the rows of all tasks in one of them."""
        raise TypeError("a stage that needs all rows was sent to a task")

    def limited(self, frame: Frame, _most: int | None, _passed: object) -> Frame:
        """Refuse, as ``gathered``."""
        return self.gathered(frame)

    def groups(self, grouping: Grouping) -> pl.LazyFrame:
        """Keep the groups, and return them."""
        self.grouping = grouping
        return grouping.groups()


class TaskPlan(Struct, frozen=True):
    """What the tasks of a query do with their events.

    Attributes:
        text: the query.
        now: epoch milliseconds of the present.
        start: start of the time range.
        end: its end.
        stages: the narrow stages.
        last: the stage after them, with which tasks begin; None if there is none.
        columns: the columns of the rows to return; None if groups are returned.
        typed: the names whose typed values are returned in place of columns; None as a rule.
        finishes: True if tasks count the rows before ``last``, as at the end of a query.
        groups: the log groups.
        tables: the lookup tables that the stages name.
        strict: refuse lines that are not records.
        partial_answer: answer without what cannot be read.
        versions: those of the driver.
    """

    text: str
    now: int
    start: int | None
    end: int | None
    stages: tuple[Command, ...]
    last: Command | None
    columns: tuple[str, ...] | None
    finishes: bool
    groups: tuple[SourceGroup, ...]
    tables: Mapping[str, Table]
    strict: bool
    partial_answer: bool
    typed: tuple[str, ...] | None = None
    versions: tuple[str, str] = field(default_factory=versions)

    def context(self) -> QueryContext:
        """Return a query-wide context; plans in it name their columns alike."""
        return QueryContext(self.text, self.now, self.start, self.end)

    def run(self, part: FileSlice) -> Partial:
        """Return what the files of a task give: rows, or parts of groups."""
        task = _Task.over(self, part)
        lazy = task.rows() if self.columns is not None else task.grouping().parts()
        return task.collected(lazy)

    def split(self, part: FileSlice, buckets: int) -> list[Partial]:
        """Return what the files of a task give, for each bucket."""
        if self.columns is not None:
            return _at(part.number % buckets, buckets, self.run(part))
        task = _Task.over(self, part)
        grouping = task.grouping()
        merged = grouping.merge is not None
        made = task.collected(grouping.parts() if merged else grouping.lazy.select(grouping.needed))
        return _hashed(made, grouping.keys, buckets)

    def joined(self, parts: Sequence[Partial]) -> Partial:
        """Return the rows or groups that those of several tasks make together."""
        parts = sorted(parts, key=lambda each: each.number)
        task = _Task.over(self, None)
        rows = pl.concat([each.rows for each in parts], how="vertical_relaxed").lazy()
        if self.columns is not None:
            lazy = task.again(rows)
        else:
            grouping = task.grouping()
            lazy = grouping.over(rows).parts() if grouping.merge is None else grouping.merged(rows)
        made = task.collected(lazy)
        own = [replace(each, number=parts[0].number) for each in made.reports]
        return Partial(parts[0].number, made.rows, (*(each for one in parts for each in one.reports), *own))


class _Task(Struct):
    """A task of a job.

    Attributes:
        job: the job.
        part: its files; None if it joins what other tasks made.
        events: the events of its files.
        report: what is read.
        meter: counts the matched events.
        passed: counts the rows before the last stage, if matched events were counted before.
    """

    job: TaskPlan
    part: FileSlice | None
    events: Events
    report: ScanReport
    meter: Meter = field(default_factory=Meter)
    passed: Meter = field(default_factory=Meter)

    @classmethod
    def over(cls, job: TaskPlan, part: FileSlice | None) -> _Task:
        events = joined_groups(job.groups) if part is None else part_of_groups(job.groups, part)
        report = StrictReport() if job.strict else ScanReport(partial_answer=job.partial_answer)
        return cls(job, part, events, report)

    def _planned(self, rows: TaskRows) -> Frame:
        """Return the frame after the narrow stages."""
        events, report = replace(self.events, cluster=rows), self.report if self.part else ScanReport()
        opened = open_frame(events, self.job.context(), report, self.meter, Tables(self.job.tables))
        return plan(tree.Query(self.job.stages), opened)

    def rows(self) -> pl.LazyFrame:
        """Return the rows after the last stage."""
        frame, job = self._planned(TaskRows()), self.job
        if job.finishes:
            counted = frame.rows.counted
            frame = frame.with_lazy(self.passed.watch_rows(frame.lazy)) if counted else frame.count_matched()
        frame = frame if job.last is None else job.last.follow(frame)
        typed = [frame.values[name].typed().alias(name) for name in job.typed or ()]
        return frame.lazy.select(typed or job.columns or ())

    def again(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows after the last stage over what other tasks kept."""
        frame = self._planned(TaskRows())
        frame = replace(frame, rows=replace(frame.rows.over(rows), counted=True))
        return (frame if self.job.last is None else self.job.last.follow(frame)).lazy.select(self.job.columns or ())

    def grouping(self) -> Grouping:
        """Return the rows with the keys of the last stage."""
        rows = TaskRows()
        frame = self._planned(rows)
        assert self.job.last is not None  # noqa: S101 - it makes the groups
        self.job.last.follow(frame)
        assert rows.grouping is not None  # noqa: S101 - that is what its dependency says
        return rows.grouping

    def collected(self, lazy: pl.LazyFrame) -> Partial:
        """Return the rows of a plan, with a report of the task."""
        rows = collect(lazy, self.report)
        part = self.part
        report = TaskReport(
            part.number if part else 0,
            self.report if part else ScanReport(),
            self.meter.matched,
            self.passed.matched,
            part.stored if part else 0,
            dict(self._paths(rows)) if part else {},
        )
        return Partial(report.number, rows, (report,))

    def _paths(self, rows: pl.DataFrame) -> Iterator[tuple[int, str]]:
        """Yield the files of rows, by the upper bits of their row ids."""
        if ROW in rows.columns:
            for number in (rows[ROW] // (1 << LINE_BITS)).unique():
                yield number, self.events.locate(number << LINE_BITS)[0]


def _at(bucket: int, buckets: int, made: Partial) -> list[Partial]:
    """Return a task's result for one bucket, and empty ones for the others."""
    empty = Partial(made.number, made.rows.clear())
    return [made if each == bucket else empty for each in range(buckets)]


def _hashed(made: Partial, keys: Sequence[str], buckets: int) -> list[Partial]:
    """Return a task's rows by a hash of their keys; its reports go to the first bucket."""
    if not keys:
        return _at(0, buckets, made)
    rows = made.rows.with_columns((pl.struct(keys).hash() % buckets).alias(_BUCKET))
    found = rows.partition_by(_BUCKET, as_dict=True, include_key=False)
    empty = made.rows.clear()
    parts = [Partial(made.number, found.get((each,), empty)) for each in range(buckets)]
    return [replace(parts[0], reports=made.reports), *parts[1:]]


def _guarded(work: Callable[[], Partial]) -> bytes:
    try:
        return work().to_bytes()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again in the driver
        return failure(error)


def _part(task: bytes) -> FileSlice:
    part = loads(task)
    assert isinstance(part, FileSlice)  # noqa: S101 - the driver pickled it
    return part


@lru_cache(2)
def _job(data: bytes) -> TaskPlan:
    job = loads(data)
    assert isinstance(job, TaskPlan)  # noqa: S101 - the driver pickled it
    if job.versions != versions():
        names = (f"flowlocal {each[0]} with Polars {each[1]}" for each in (job.versions, versions()))
        raise EngineFailed("the driver runs {}, and a worker {}: install the same versions".format(*names), "worker")
    return job


def run(job: bytes, task: bytes) -> bytes:
    """Run a task of a job; see ``TaskPlan.run``."""
    return _guarded(lambda: _job(job).run(_part(task)))


def split(job: bytes, buckets: int, task: bytes) -> list[bytes]:
    """Run a task of a job for each of some buckets; see ``TaskPlan.split``."""
    try:
        parts = _job(job).split(_part(task), buckets)
        return [each.to_bytes() if each.rows.height or each.reports else b"" for each in parts]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again in the driver
        return [failure(error), *[b""] * (buckets - 1)]


def join(job: bytes, parts: Sequence[bytes]) -> bytes:
    """Join what tasks made for a bucket; see ``TaskPlan.joined``."""
    return _guarded(lambda: _job(job).joined([Partial.of(each) for each in parts]))
