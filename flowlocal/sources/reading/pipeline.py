"""Run the jobs that read events in threads, a few ahead, and pass their frames to Polars in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from itertools import chain, islice
from threading import current_thread
from typing import Protocol, TypeVar

import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from polars.io.plugins import register_io_source

from flowlocal.collecting import limited, recorded
from flowlocal.events import RANK, RECORD, ROW, Field, NewestEvents, ScanReport
from flowlocal.sources.reading.blocks import BlockReader, Chunk, SeenLines
from flowlocal.sources.reading.conditions import RowCondition, are_all, conditions_of
from flowlocal.sources.reading.selection import SelectedRows, columns, kept, select
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.literals import Requirement, requirements
from flowlocal.sources.records.ranks import Ranking
from flowlocal.sources.records.row_ids import CARRIED, NOTHING
from flowlocal.sources.records.schema import MESSAGE, TIMESTAMP, LineFormat, Origin, columns_of
from flowlocal.values.calendar import to_datetime
from flowlocal.values.kinds import FieldKind

_T = TypeVar("_T")
WORKERS = pl.thread_pool_size() + 1
"""One more than the threads of Polars (by default, the processors), because jobs also wait for input."""
_WORKER = "flowlocal-read"
CONNECTIONS = 16
"""S3 objects requested in parallel."""


class ReadRequest(Struct, frozen=True, dict=True):
    """The columns and predicates of a query.

    Attributes:
        fields: the fields of all events of the query.
        wanted: the columns to return.
        conditions: the predicates that events must match, cheap ones first.
        ranking: how events are ranked if ``RANK`` is wanted.
        newest: the events that are wanted if not all are.
        since: epoch milliseconds: a time since which there are as many events.
    """

    fields: Mapping[str, Field]
    wanted: tuple[str, ...]
    conditions: tuple[RowCondition, ...] = ()
    ranking: Ranking | None = None
    newest: NewestEvents | None = None
    since: int | None = None

    def reader(self, line_format: LineFormat, origin: Origin) -> BlockReader:
        """Return a reader for blocks of lines."""
        return BlockReader(
            line_format,
            origin,
            self.fields,
            self.wanted,
            predicates=self._predicates,
            required=self._required,
            since=self.since,
            counted=None if self.newest is None else self.newest.start,
            seen=self._seen,
        )

    @cached_property
    def _predicates(self) -> Sequence[pl.Expr]:
        """What events must match, without the ends of a time range if only the newest events are wanted."""
        in_range = () if self.newest is None else self.newest.in_range
        predicates = [condition.predicate for condition in self.conditions]
        return [each for each in predicates if not any(each.meta.eq(end) for end in in_range)]

    @property
    def is_heavy(self) -> bool:
        """True if rows take more memory than their lines: those with messages, and all of them with several texts."""
        texts = [name for name, field in self.fields.items() if name in self.wanted and field.kind is FieldKind.TEXT]
        return MESSAGE in self.wanted or (len(texts) > 1 and not self.conditions)

    @property
    def is_ranked(self) -> bool:
        """True if ``RANK`` is wanted."""
        return RANK in self.wanted

    @cached_property
    def unranked(self) -> tuple[str, ...]:
        """The wanted columns, with those of which ranks are made once a time may be that of the event before."""
        others = (name for name in self.wanted if name != RANK)
        return tuple(dict.fromkeys((*others, TIMESTAMP, ROW, RECORD))) if self.is_ranked else self.wanted

    @cached_property
    def _required(self) -> tuple[Requirement, ...]:
        return tuple(requirements(condition.predicate for condition in self.conditions))

    @cached_property
    def _seen(self) -> SeenLines:
        return SeenLines()

    def empty(self) -> pl.DataFrame:
        """Return an empty frame with the requested columns, without ranks."""
        schema = columns_of(self.fields)
        return pl.DataFrame(schema={name: schema[name] for name in self.unranked})


Job = Callable[[], Chunk]


class Source(Protocol):
    """A file, or several small files, that can be read repeatedly."""

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Return the jobs that read it, in order; each can run in its own thread."""
        ...


def ahead(jobs: Iterable[Callable[[], _T]], workers: int = WORKERS) -> Iterator[_T]:
    """Run jobs in threads, a few ahead of the consumer, and yield their results in order.

    A single job runs in the current thread, because starting threads would delay short logs.
    """
    jobs = iter(jobs)
    first = list(islice(jobs, 2))
    if len(first) < 2:
        yield from (job() for job in first)
        return
    yield from _threaded(chain(first, jobs), workers)


def _threaded(jobs: Iterable[Callable[[], _T]], workers: int) -> Iterator[_T]:
    waiting: deque[Future[_T]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix=_WORKER)
    try:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # The garbage collector may close an abandoned generator in any thread, including one of these.
        is_worker = current_thread().name.startswith(_WORKER)
        pool.shutdown(wait=not is_worker, cancel_futures=True)


def lazy_events(
    sources: Callable[[], Sequence[Source]],
    fields: Mapping[str, Field],
    report: ScanReport,
    ranking: Ranking | None = None,
    latest: Callable[[ReadRequest, int], Job | None] = lambda *_: None,
) -> pl.LazyFrame:
    """Return a lazy frame of all events: a column per field, ``ROW``, ``RECORD``, and ``RANK`` if they are ranked.

    Args:
        sources: returns the sources, called when the frame is collected.
        fields: the fields of all events.
        report: filled while the frame is collected; if it asks for the newest events, others may be counted only.
        ranking: how events are ranked; None if they are not.
        latest: returns the job that reads some of the last events, given how many are wanted; None if that takes long.
    """
    schema = columns_of(fields, ranked=ranking is not None)

    def read(
        names: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        wanted = tuple(schema) if names is None else tuple(names)
        with recorded(report):
            conditions = conditions_of(predicate, schema)
            request = ReadRequest(fields, with_carrier(wanted), conditions, ranking)
            if report.newest is not None and are_all(conditions, report.newest.predicates):
                request = _of_newest(request, report.newest, latest)
            yield from (columns(frame, wanted) for frame in limited(_frames(sources(), request, report), n_rows))

    return register_io_source(read, schema=schema, is_pure=False)


def with_carrier(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return columns, and the one that says of which rows values are carried if any of them may be."""
    return wanted if RECORD in wanted or not set(CARRIED) & set(wanted) else (*wanted, RECORD)


def unread_events(fields: Mapping[str, Field]) -> pl.LazyFrame:
    """Return a lazy frame with the columns of ``lazy_events`` that cannot be collected: others read the events."""

    def read(*_request: object) -> Iterator[pl.DataFrame]:
        raise TypeError("these events are read by other processes")

    return register_io_source(read, schema=columns_of(fields), is_pure=False)


def event_frames(
    sources: Sequence[Source],
    fields: Mapping[str, Field],
    report: ScanReport,
    names: Sequence[str] | None = None,
    ranking: Ranking | None = None,
) -> Generator[pl.DataFrame]:
    """Return all events in order as frames with columns of ``lazy_events`` (default: all), without a lazy plan."""
    wanted = tuple(columns_of(fields) if names is None else names)
    for frame in _frames(sources, ReadRequest(fields, with_carrier(wanted), ranking=ranking), report):
        yield columns(frame, wanted)


def _frames(sources: Sequence[Source], request: ReadRequest, report: ScanReport) -> Generator[pl.DataFrame]:
    """Yield the rows of all chunks that match the predicates."""
    reader = _InOrder(report, request)
    for selection in _selections([partial(source.jobs, request) for source in sources], request):
        yield reader.take(selection)
    report.end()


def _of_newest(
    request: ReadRequest, newest: NewestEvents, latest: Callable[[ReadRequest, int], Job | None]
) -> ReadRequest:
    """Return a request for the newest events if the last ones show since when there are as many; else the same."""
    job = latest(request, newest.count) if TIMESTAMP in request.wanted else None
    found = None if job is None else _selected(job, request)
    if found is None or found.open or found.chunk.failure:
        return request
    times = found.rows[TIMESTAMP].to_physical().drop_nulls()
    if len(times) < newest.count:
        return request
    return replace(request, newest=newest, since=times.top_k(newest.count).min())


def _selections(sources: Sequence[Callable[[], Iterable[Job]]], request: ReadRequest) -> Iterator[SelectedRows]:
    """Yield the selections of all chunks in order, each followed by the lines that its chunk left out."""
    jobs = (partial(_selected, job, request) for source in sources for job in source())
    for selection in ahead(jobs):
        rest = selection.chunk.rest
        yield selection
        if rest:
            yield from _selections(rest, request)


def _selected(job: Job, request: ReadRequest) -> SelectedRows:
    chunk = job()
    return select(chunk, request.wanted if RANK in chunk.derived else request.unranked, request.conditions)


class _InOrder:
    """Completes chunks in order with line numbers and with values carried from previous chunks."""

    def __init__(self, report: ScanReport, request: ReadRequest) -> None:
        self._report, self._request = report, request
        self._line = 0
        self._last: Mapping[str, object] = {}
        self._foreign: set[tuple[str, Layout]] = set()

    def take(self, selection: SelectedRows) -> pl.DataFrame:
        """Return the matching rows of the next chunk and add its counts to the report."""
        chunk = selection.chunk
        if not chunk.continues:
            self._line, self._last = 0, {}
        frame = self._numbered(selection.rows)
        frame = kept(frame if chunk.complete else _cleared(self._carried(frame)), selection.open)
        frame = self._ranked(frame)
        self._add_to_report(chunk)
        self._report.spans(*selection.span)
        self._line += chunk.lines
        # The last row may have taken its values from a previous chunk.
        known = {name: self._last.get(name) if value is None else value for name, value in selection.last.items()}
        self._last = known or self._last
        return frame

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self._line or ROW not in frame.columns:
            return frame
        return frame.replace_column(frame.get_column_index(ROW), frame[ROW] + self._line)

    def _ranked(self, frame: pl.DataFrame) -> pl.DataFrame:
        request = self._request
        if request.ranking is None or not request.is_ranked or RANK in frame.columns:
            return frame
        return frame.with_columns(request.ranking.of_events())

    def _carried(self, frame: pl.DataFrame) -> pl.DataFrame:
        names = [name for name, value in self._last.items() if value is not None and frame[name].has_nulls()]
        return frame.with_columns(self._lead(name) for name in names) if names else frame

    def _lead(self, name: str) -> pl.Expr:
        """Return a column whose leading nulls are filled with the value of the previous line."""
        leading = pl.col(name).is_null() & (pl.col(name).forward_fill().is_null())
        if name != TIMESTAMP:
            leading &= ~pl.col(RECORD)
        last = self._last[name]
        value = to_datetime(pl.lit(last, pl.Int64)) if name == TIMESTAMP else pl.lit(last, pl.String())
        return pl.when(leading).then(value).otherwise(pl.col(name)).alias(name)

    def _add_to_report(self, chunk: Chunk) -> None:
        report = self._report
        report.records += chunk.events
        report.bytes += chunk.bytes
        if chunk.older:
            assert self._request.newest is not None  # noqa: S101 - or none was left out
            self._request.newest.leave_out(chunk.older)
        for path, line, reason in chunk.unparsed:
            report.odd(path, line + self._line + 1, reason)
        report.odd_count += chunk.unparsed_count - len(chunk.unparsed)
        for header in chunk.foreign:
            if (header.path, header.layout) not in self._foreign:
                self._foreign.add((header.path, header.layout))
                report.warnings.append(header.warning(self._line))
        for path, what in chunk.lost:
            report.lose(path, what)
        if chunk.failure is not None:
            report.fail(chunk.failure)
        for path, count in chunk.impossible_times.items():
            report.impossible(path, count)
        report.on_bytes(chunk.stored)


def _cleared(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose streams and logs are missing instead of ``NOTHING``."""
    texts = [name for name in CARRIED if name in frame.columns and frame.schema[name] == pl.String]
    names = [name for name in texts if (frame[name] == NOTHING).any()]
    return frame.with_columns(pl.col(name).replace(NOTHING, None) for name in names) if names else frame
