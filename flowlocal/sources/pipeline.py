"""Runs the jobs that read events, a few ahead in threads, and hands their frames to Polars in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Protocol, TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from flowlocal.events import RECORD, ROW, Field, ScanReport
from flowlocal.sources.blocks import Chunk
from flowlocal.sources.placing import CARRIED
from flowlocal.sources.records import DATETIME, TIMESTAMP, column_type

_T = TypeVar("_T")
_HOLDS = "_holds"
_IN_ORDER = {ROW, *CARRIED}
"""Columns that only the chunks before a chunk tell wholly."""
WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are processors: some of a job is waiting."""
CONNECTIONS = 16
"""Objects of S3 that are asked for at the same time."""


@dataclass(frozen=True)
class Request:
    """What a query needs of the events.

    Attributes:
        fields: the fields of all events of the query.
        wanted: the columns to make.
    """

    fields: Mapping[str, Field]
    wanted: tuple[str, ...]

    def empty(self) -> pl.DataFrame:
        """No events, in the columns that are wanted."""
        schema = columns_of(self.fields)
        return pl.DataFrame(schema={name: schema[name] for name in self.wanted})


def columns_of(fields: Mapping[str, Field]) -> dict[str, pl.DataType]:
    """The physical columns of events with these fields."""
    return {name: column_type(field) for name, field in fields.items()} | {ROW: pl.Int64(), RECORD: pl.Boolean()}


Job = Callable[[], Chunk]


class Source(Protocol):
    """A file, or several small ones, that can be read again and again."""

    def jobs(self, request: Request) -> Iterator[Job]:
        """The jobs that read it, in order; each can run in a thread of its own."""
        ...


def ahead(jobs: Iterable[Callable[[], _T]], workers: int = WORKERS) -> Iterator[_T]:
    """Run jobs in threads, a few ahead of the one whose result is taken; results come in order.

    A single job is run where it is: a short log should not wait for threads.
    """
    jobs = iter(jobs)
    first = list(islice(jobs, 2))
    if len(first) < 2:
        yield from (job() for job in first)
        return
    yield from _threaded(chain(first, jobs), workers)


def _threaded(jobs: Iterable[Callable[[], _T]], workers: int) -> Iterator[_T]:
    waiting: deque[Future[_T]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="flowlocal-read")
    try:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def lazy_events(
    sources: Callable[[], Sequence[Source]], fields: Mapping[str, Field], report: ScanReport
) -> pl.LazyFrame:
    """A lazy frame of all events: a column per field, ``ROW`` and ``RECORD``.

    Args:
        sources: what to read, asked for when the frame is collected.
        fields: the fields of all events.
        report: filled while the frame is collected.
    """
    schema = columns_of(fields)

    def read(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        wanted = tuple(schema) if columns is None else tuple(columns)
        needed = wanted if RECORD in wanted or not set(CARRIED) & set(wanted) else (*wanted, RECORD)
        early, late = _conditions(predicate, schema)
        frames = _frames(sources(), Request(fields, needed), report, early)
        return (frame.select(wanted) for frame in _limited((_kept(frame, late) for frame in frames), n_rows))

    return register_io_source(read, schema=schema, is_pure=False)


def _frames(
    sources: Sequence[Source], request: Request, report: ScanReport, conditions: Sequence[pl.Expr]
) -> Iterator[pl.DataFrame]:
    """The frames of all chunks, of those rows for which the conditions hold."""
    jobs = (partial(_selected, job, conditions) for source in sources for job in source.jobs(request))
    reader = _InOrder(report)
    for selection in ahead(jobs):
        yield reader.take(selection)


@dataclass(frozen=True)
class _Selection:
    """Some rows of a chunk.

    Attributes:
        chunk: what they are of; its frame is let go.
        rows: the rows.
        count: how many rows the chunk had.
        last: what its last row had in those of ``CARRIED`` that are wanted; empty where it had no row.
    """

    chunk: Chunk
    rows: pl.DataFrame
    count: int
    last: Mapping[str, object]


def _selected(job: Job, conditions: Sequence[pl.Expr]) -> _Selection:
    chunk = job()
    frame, chunk.frame = chunk.frame, pl.DataFrame()
    last = {name: frame[name][-1] for name in CARRIED if name in frame.columns} if len(frame) else {}
    return _Selection(chunk, _kept(frame, conditions), len(frame), last)


class _InOrder:
    """Finishes chunks with what only the chunks before them tell."""

    def __init__(self, report: ScanReport) -> None:
        self._report = report
        self._line = 0
        self._last: Mapping[str, object] = {}

    def take(self, selection: _Selection) -> pl.DataFrame:
        """The rows of the next chunk, with its numbers told to the report."""
        chunk = selection.chunk
        if not chunk.continues:
            self._line, self._last = 0, {}
        frame = self._carried(self._numbered(selection.rows))
        self._tell(chunk, selection.count)
        self._line += chunk.lines
        # The last row may have what it has from a chunk before.
        known = {name: self._last.get(name) if value is None else value for name, value in selection.last.items()}
        self._last = known or self._last
        return frame

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self._line or ROW not in frame.columns:
            return frame
        return frame.replace_column(frame.get_column_index(ROW), frame[ROW] + self._line)

    def _carried(self, frame: pl.DataFrame) -> pl.DataFrame:
        names = [name for name, value in self._last.items() if value is not None and frame[name].has_nulls()]
        return frame.with_columns(self._lead(name) for name in names) if names else frame

    def _lead(self, name: str) -> pl.Expr:
        """A column whose leading nulls take the value of the line before."""
        leading = pl.col(name).is_null() & (pl.col(name).forward_fill().is_null())
        if name != TIMESTAMP:
            leading &= ~pl.col(RECORD)
        value = pl.lit(self._last[name], DATETIME if name == TIMESTAMP else pl.String())
        return pl.when(leading).then(value).otherwise(pl.col(name)).alias(name)

    def _tell(self, chunk: Chunk, records: int) -> None:
        report = self._report
        report.records += records
        report.bytes += chunk.bytes
        for path, line, reason in chunk.odd:
            report.odd(path, line + self._line + 1, reason)
        report.odd_count += chunk.odd_count - len(chunk.odd)
        report.warnings.extend(chunk.warnings)
        report.on_bytes(chunk.stored)


def _conditions(
    predicate: pl.Expr | None, schema: Mapping[str, pl.DataType]
) -> tuple[Sequence[pl.Expr], Sequence[pl.Expr]]:
    """The conditions of a predicate: those that one chunk alone tells, and the others; quick ones first."""
    early: list[pl.Expr] = []
    late: list[pl.Expr] = []
    for condition in [] if predicate is None else _conjuncts(predicate):
        (early if _IN_ORDER.isdisjoint(condition.meta.root_names()) else late).append(condition)
    return sorted(early, key=lambda each: _reads_text(each, schema)), late


def _conjuncts(predicate: pl.Expr) -> list[pl.Expr]:
    """The conditions that all must hold."""
    match predicate.meta.pop():
        case [right, left] if (left & right).meta.eq(predicate):
            return [*_conjuncts(left), *_conjuncts(right)]
    return [predicate]


def _reads_text(condition: pl.Expr, schema: Mapping[str, pl.DataType]) -> bool:
    return any(schema[name] == pl.String for name in condition.meta.root_names())


def _kept(frame: pl.DataFrame, conditions: Sequence[pl.Expr]) -> pl.DataFrame:
    """The rows for which all conditions hold; where few are left, the further ones are asked of these alone."""
    every = None
    for condition in conditions:
        holds = frame.with_columns(condition.alias(_HOLDS))[_HOLDS]
        every = holds if every is None else every & holds
        if every.sum() * 2 < len(frame):
            frame, every = frame.filter(every), None
    return frame if every is None else frame.filter(every)


def _limited(frames: Iterable[pl.DataFrame], n_rows: int | None) -> Iterator[pl.DataFrame]:
    left = n_rows
    for frame in frames:
        if left is None:
            yield frame
            continue
        yield frame.head(left)
        left -= min(left, len(frame))
        if not left:
            return
