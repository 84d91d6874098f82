"""The life of queries between StartQuery and the moment at which they are forgotten."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import BoundedSemaphore, Event, Lock, Thread
from uuid import uuid4

from polars.exceptions import PanicException

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.events import ScanReport
from flowlocal.result import Result

MOST_RUNNING = 100
"""Queries that may run at a time in an account (documented)."""
PATIENCE = 0.5
"""Seconds that GetQueryResults waits for a query: clients sleep far longer between two polls (decided)."""
MOST_KEPT = 10_000
MOST_BYTES = 512 << 20
"""Results are kept up to so many bytes; beyond it the oldest are forgotten (decided)."""


_POINTER = 200
"""Bytes that a pointer takes, or somewhat less."""


class Status(StrEnum):
    """Where a query stands. ``Scheduled`` is never answered: clients exist that take it for the end."""

    RUNNING = "Running"
    COMPLETE = "Complete"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class _Stopped(Exception):
    """Ends the reading of a query that was stopped."""


@dataclass
class Query:
    """One query that was started.

    Attributes:
        text: the query as the service writes it, with what it puts before.
        groups: the names of the groups it reads.
        answer: reads the logs and gives the result.
        report: what was read up to now.
        held_polls: how many times GetQueryResults still says that it runs.
        id: what StartQuery answered.
        created: epoch milliseconds.
        result: the answer, once there is one.
        problem: why it failed.
        duration: milliseconds that it took.
    """

    text: str
    groups: tuple[str, ...]
    answer: Callable[[], Result]
    report: ScanReport
    held_polls: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))
    created: int = field(default_factory=lambda: int(time.time() * 1000))
    result: Result | None = None
    problem: str = ""
    duration: int = 0
    _state: Status = Status.RUNNING
    _lock: Lock = field(default_factory=Lock)
    _ended: Event = field(default_factory=Event)

    @property
    def status(self) -> Status:
        """Where it stands, as a client may know."""
        return Status.RUNNING if self.held_polls and self._state is Status.COMPLETE else self._state

    def poll(self) -> Status:
        """The same, for a client that asks for results; an answer that is nearly there is waited for."""
        self._ended.wait(PATIENCE)
        status = self.status
        self.held_polls = max(0, self.held_polls - 1)
        return status

    def run(self) -> None:
        """Answer the query; whatever happens is told by its status."""
        started = time.perf_counter()
        self.report.on_bytes = self._check
        result, problem = None, ""
        try:
            self._check()
            result = self.answer()
        except (Exception, PanicException) as error:  # noqa: BLE001 - told by the status
            problem = f"{type(error).__name__}: {error}"
        self.duration = int((time.perf_counter() - started) * 1000)
        self.answer = _nothing  # it holds on to the events
        self._end(Status.COMPLETE if result is not None else Status.FAILED, result, problem)

    def _check(self, _count: int = 0) -> None:
        if self._state is Status.CANCELLED:
            raise _Stopped

    def _end(self, state: Status, result: Result | None, problem: str) -> None:
        with self._lock:
            if self._state is Status.RUNNING:
                self._state, self.result, self.problem = state, result, problem
        self._ended.set()

    def stop(self) -> None:
        """Cancel it; refused unless it runs (recorded)."""
        with self._lock:
            if self.status is not Status.RUNNING:
                raise invalid(f"Query is not in Running or Scheduled state. Query status: {self.status}")
            self._state, self.result, self.held_polls = Status.CANCELLED, None, 0
        self._ended.set()

    @property
    def size(self) -> int:
        """Bytes that its result takes."""
        if self.result is None:
            return 0
        frames = self.result.printed.estimated_size() + self.result.typed.estimated_size()
        return int(frames) + _POINTER * len(self.result)


def _nothing() -> Result:
    """Stands for an answer that was given already."""
    raise _Stopped


class Queries:
    """The queries of one store, oldest first.

    Args:
        background: run each in a thread of its own, rather than before StartQuery answers?
        held_polls: how many times GetQueryResults says ``Running`` before it answers.
        ended: called with each query that ended.
    """

    def __init__(
        self, *, background: bool, held_polls: int = 0, ended: Callable[[Query], None] = lambda _query: None
    ) -> None:
        self.held_polls = held_polls
        self._background = background
        self._ended = ended
        self._queries: dict[str, Query] = {}
        self._lock = Lock()
        self._turns = BoundedSemaphore(max(2, os.cpu_count() or 1))

    def start(self, query: Query) -> None:
        """Take a query in and run it.

        Raises:
            ApiError: too many are running.
        """
        query.held_polls = self.held_polls
        with self._lock:
            running = sum(each.status is Status.RUNNING for each in self._queries.values())
            if running >= MOST_RUNNING:
                message = f"Account maximum query concurrency limit of [{MOST_RUNNING}] reached."
                raise ApiError("LimitExceededException", message)
            self._queries[query.id] = query
        if self._background:
            Thread(target=self._run, args=(query,), name=f"flowlocal-query-{query.id}", daemon=True).start()
        else:
            self._run(query)

    def _run(self, query: Query) -> None:
        with self._turns:
            query.run()
        self._ended(query)
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        """Drop the oldest that ended, as far as the bounds ask for it; the newest stays."""
        kept = list(self._queries.values())
        size = sum(query.size for query in kept)
        for query in kept[:-1]:
            if len(self._queries) <= MOST_KEPT and size <= MOST_BYTES:
                return
            if query.status is not Status.RUNNING:
                size -= query.size
                del self._queries[query.id]

    def get(self, query_id: str) -> Query:
        """The query of that id.

        Raises:
            ApiError: there is none.
        """
        with self._lock:
            if query_id not in self._queries:
                raise not_found(f"Query {query_id} does not exist")
            return self._queries[query_id]

    def all(self) -> list[Query]:
        """Every query, newest first."""
        with self._lock:
            return list(reversed(self._queries.values()))

    def stop_all(self) -> None:
        """Cancel whatever runs."""
        for query in self.all():
            if query.status is Status.RUNNING:
                query.stop()
