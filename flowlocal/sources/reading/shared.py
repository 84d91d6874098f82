"""Read events once for several plans that are collected at the same time.

Polars itself can share a scan between plans, but keeps all of its rows for plans that it runs later (measured: twice
the size of the logs). Here each plan has a source of its own, and these take the same frames: the source that needs
the next frame reads it for all of them. None is more than a few frames behind the others, so that memory is bounded.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from threading import Lock

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace
from polars.io.plugins import register_io_source

from flowlocal.collecting import limited, recorded
from flowlocal.events import Events, ScanReport
from flowlocal.sources.reading.conditions import conditions_of
from flowlocal.sources.reading.selection import columns, kept
from flowlocal.sources.records.schema import columns_of

_AHEAD = 4
"""Frames that may wait for the slowest plan."""
_PAUSE = 0.001
"""Seconds that a source waits for others. Polars runs sources in few threads, so that none may wait for long."""


class SharedReading:
    """One reading of events for several plans."""

    def __init__(self, events: Events, report: ScanReport) -> None:
        """Prepare the reading.

        Args:
            events: the events; they must have ``batches``.
            report: filled while they are read.
        """
        self.report = report
        self.begun = False
        self._events = events
        self._members: list[SharedEvents] = []
        self._frames: Iterator[pl.DataFrame] | None = None
        self._lock = Lock()
        self._failure: BaseException | None = None

    def join(self, report: ScanReport) -> SharedEvents:
        """Return the events for one more plan, whose report this is."""
        self._members.append(SharedEvents(self, self._events, report))
        return self._members[-1]

    def begin(self) -> None:
        """Note that all plans have joined and are about to be collected."""
        self.begun = True

    def end(self, number: int) -> None:
        """Note that the plan of a number, in the order in which they joined, needs no more frames."""
        self._members[number].end()

    def stop(self, failure: BaseException) -> None:
        """End the reading: every source raises the error."""
        self._failure = self._failure or failure
        for stream in self.report.interrupted:
            stream.set()

    def advance(self) -> bool:
        """Read one more frame for all plans, unless one of them has to catch up, or another thread reads.

        Raises:
            BaseException: what ended the reading.
        """
        if self._failure is not None:
            raise self._failure
        if not self._lock.acquire(blocking=False):
            return False
        try:
            if not all(each.ready for each in self._members):
                return False
            self._read()
        except BaseException as failure:
            self.stop(failure)
            raise
        finally:
            self._lock.release()
        return True

    def _read(self) -> None:
        if self._frames is None:
            wanted = {name for each in self._members for name in each.columns or ()}
            assert self._events.batches is not None  # noqa: S101 - the caller has looked
            self._frames = self._events.batches(
                self.report, [name for name in columns_of(self._events.fields, ranked=True) if name in wanted]
            )
            for stream in self.report.interrupted:
                stream.clear()
        frame = next(self._frames, None)
        for each in self._members:
            if not each.ended:
                each.waiting.append(frame)


class SharedEvents(Struct, eq=False):
    """The events of a shared reading as one of its plans sees them.

    Attributes:
        reading: the reading.
        own: the same events, to be read for this plan alone.
        report: the report of the plan.
        columns: the columns that the plan needs; None until its source is asked for the first frame.
        waiting: frames that were read and not taken yet; None after the last one.
        ended: True if the plan needs no more frames.
    """

    reading: SharedReading
    own: Events
    report: ScanReport
    columns: tuple[str, ...] | None = None
    waiting: deque[pl.DataFrame | None] = field(default_factory=deque)
    ended: bool = False

    @property
    def ready(self) -> bool:
        """True if the plan can take one more frame."""
        return self.ended or (self.columns is not None and len(self.waiting) < _AHEAD)

    @property
    def events(self) -> Events:
        """The events: their first lazy frame takes part in the reading; later ones, of subqueries, are read anew."""
        first = [self._lazy()]
        return replace(self.own, read=lambda report: first.pop() if first else self.own.read(report), batches=None)

    def end(self) -> None:
        """Note that the plan needs no more frames."""
        self.ended = True
        self.waiting.clear()

    def _lazy(self) -> pl.LazyFrame:
        schema = columns_of(self.own.fields, ranked=self.own.rank() is not None)

        def read(
            names: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _batch: int | None
        ) -> Iterator[pl.DataFrame]:
            wanted = tuple(schema) if names is None else tuple(names)
            conditions = conditions_of(predicate, schema)
            roots = {name for each in conditions for name in each.columns}
            needed = tuple(name for name in schema if name in roots.union(wanted))
            with recorded(self.report):
                frames = (kept(frame, conditions) for frame in self._frames(needed))
                yield from (columns(frame, wanted) for frame in limited(frames, n_rows))

        return register_io_source(read, schema=schema, is_pure=False)

    def _frames(self, needed: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """Yield the frames of the reading; empty ones while others have to catch up."""
        if not self.reading.begun or self.columns is not None:  # collected for planning, or a second time
            yield from self._alone(needed)
            return
        self.columns = needed
        schema = columns_of(self.own.fields, ranked=True)
        nothing = pl.DataFrame(schema={name: schema[name] for name in needed})
        try:
            while True:
                if self.waiting:
                    frame = self.waiting.popleft()
                    if frame is None:
                        return
                    yield frame
                elif not self.reading.advance():
                    time.sleep(_PAUSE)
                    yield nothing
        finally:
            self.end()

    def _alone(self, needed: Sequence[str]) -> Iterator[pl.DataFrame]:
        assert self.own.batches is not None  # noqa: S101 - the caller has looked
        yield from self.own.batches(self.report.of_subquery(), needed)
