"""The life of queries between StartQuery and the moment at which they are forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from threading import Event, Lock, Thread, Timer
from typing import Protocol
from uuid import uuid4

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.tasks import Task, size
from flowlocal.events import Events, ScanReport
from flowlocal.result import Result

MOST_RUNNING = 100
"""Queries that may run at a time in an account (documented)."""
LONGEST = 3600
"""Seconds after which a query times out (documented)."""
PATIENCE = 0.5
"""Seconds that GetQueryResults waits for a query: clients sleep far longer between two polls (decided)."""
_PLANNING = 10
"""Seconds that StartQuery waits to learn whether the query is valid; one that is not has failed later."""
MOST_KEPT = 10_000
MOST_BYTES = 512 << 20
"""Results are kept up to so many bytes; beyond it the oldest are forgotten (decided)."""


class Status(StrEnum):
    """Status of a query. ``Scheduled`` is never answered: some clients take it for the end."""

    RUNNING = "Running"
    COMPLETE = "Complete"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    TIMEOUT = "Timeout"


@dataclass
class StartedQuery:
    """One query that was started; a ``tasks.Listener`` of its own answer.

    Attributes:
        task: what is to be answered.
        text: the query as the service writes it, with what it puts before.
        groups: the names of the groups it reads.
        report: what was read up to now.
        held_polls: how many times GetQueryResults still says that it runs.
        id: what StartQuery answered.
        created: epoch milliseconds.
        result: the answer, once there is one.
        refusal: why it cannot run.
        problem: why it failed.
        duration: milliseconds that it took.
        size: bytes of the result.
    """

    task: Task
    text: str
    groups: tuple[str, ...]
    report: ScanReport = field(default_factory=ScanReport)
    held_polls: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))
    created: int = field(default_factory=lambda: int(time.time() * 1000))
    result: Result | None = None
    refusal: ApiError | None = None
    problem: str = ""
    duration: int = 0
    size: int = 0
    _started: float = field(default_factory=time.perf_counter)
    _state: Status = Status.RUNNING
    _kill: Callable[[], None] | None = None
    _lock: Lock = field(default_factory=Lock)
    _accepted: Event = field(default_factory=Event)
    _ended: Event = field(default_factory=Event)

    @property
    def status(self) -> Status:
        """Its status, as clients see it."""
        return Status.RUNNING if self.held_polls and self._state is Status.COMPLETE else self._state

    def poll(self) -> Status:
        """Return the status for a client that asks for results; wait for an answer that is nearly there."""
        self._ended.wait(PATIENCE)
        status = self.status
        self.held_polls = max(0, self.held_polls - 1)
        return status

    def attach(self, kill: Callable[[], None]) -> bool:
        """Take what ends the work on this query at once; return False if the query has ended already."""
        with self._lock:
            self._kill = kill if self._state is Status.RUNNING else None
            return self._kill is not None

    def wait_accepted(self) -> None:
        """Wait until the query is known to be valid, or has ended, for some seconds at most."""
        self._accepted.wait(_PLANNING)
        self._accepted.set()

    def accept(self) -> None:
        """Take note that the query is valid."""
        self._accepted.set()

    def progress(self, records: int, read: int) -> None:
        """Take note of how much was read."""
        self.report.records, self.report.bytes = records, read

    def refuse(self, error: ApiError) -> None:
        """End it as one that cannot run; it has failed if StartQuery has answered already."""
        refusal = None if self._accepted.is_set() else error
        self._end(Status.FAILED, problem=error.message, refusal=refusal)

    def complete(self, result: Result) -> None:
        """End it with a result."""
        self._end(Status.COMPLETE, result=result, report=result.report, size=size(result))

    def fail(self, problem: str) -> None:
        """End it without a result."""
        self._end(Status.FAILED, problem=problem)

    def time_out(self) -> None:
        """End it because it has run too long."""
        self._end(Status.TIMEOUT, problem=f"it ran for {LONGEST // 60} minutes")

    def stop(self) -> None:
        """Cancel it; refused unless it runs (recorded)."""
        with self._lock:
            if self.status is not Status.RUNNING:
                raise invalid(f"Query is not in Running or Scheduled state. Query status: {self.status}")
            self._set(Status.CANCELLED, result=None, size=0, held_polls=0)

    def _end(self, state: Status, **found: object) -> None:
        """Take the first end that comes."""
        with self._lock:
            if self._state is Status.RUNNING:
                self._set(state, **found)

    def _set(self, state: Status, **found: object) -> None:
        for name, value in found.items():
            setattr(self, name, value)
        self._state, self.duration = state, int((time.perf_counter() - self._started) * 1000)
        if self._kill and state in {Status.CANCELLED, Status.TIMEOUT}:
            self._kill()  # under the lock: a moment later the process may answer another query
        self._kill = None
        self._accepted.set()
        self._ended.set()


class Runner(Protocol):
    """Answers queries."""

    @property
    def background(self) -> bool:
        """True if StartQuery does not wait for the answer."""
        ...

    def check(self) -> None:
        """Refuse a query that would have to wait for long.

        Raises:
            ApiError: there is no room for another query.
        """
        ...

    def run(self, query: StartedQuery) -> None:
        """Answer a query and return when it has ended; other errors than the query's own are raised."""
        ...


@dataclass(frozen=True)
class InProcess:
    """Answers queries in the thread that starts them: none can be stopped, and none times out.

    Attributes:
        events: opens the events of groups.
    """

    events: Callable[[Sequence[str]], Events]
    background: bool = False

    def check(self) -> None:
        """Refuse nothing: queries run one after the other."""

    def run(self, query: StartedQuery) -> None:
        """Answer a query."""
        query.task.answer(partial(self.events, query.task.groups), query.report, query)


class Queries:
    """The queries of one store, oldest first.

    Attributes:
        held_polls: how many times GetQueryResults says ``Running`` before it answers.

    Args:
        runner: answers them.
        ended: called with each query that ended.
    """

    def __init__(self, runner: Runner, ended: Callable[[StartedQuery], None] = lambda _query: None) -> None:
        self.held_polls = 0
        self._runner = runner
        self._ended = ended
        self._queries: dict[str, StartedQuery] = {}
        self._lock = Lock()

    def start(self, query: StartedQuery) -> None:
        """Take a query in and run it.

        Raises:
            ApiError: the query cannot run, or too many are running.
        """
        query.held_polls = self.held_polls
        self._runner.check()
        with self._lock:
            if sum(each.status is Status.RUNNING for each in self._queries.values()) >= MOST_RUNNING:
                raise too_many(MOST_RUNNING)
            self._queries[query.id] = query
        if self._runner.background:
            Thread(target=self._run_for_long, args=(query,), name=f"flowlocal-query-{query.id}", daemon=True).start()
            query.wait_accepted()
        else:
            self._run(query)
        if query.refusal:
            with self._lock:
                self._queries.pop(query.id, None)
            raise query.refusal

    def _run_for_long(self, query: StartedQuery) -> None:
        timer = Timer(LONGEST, query.time_out)
        timer.daemon = True
        timer.start()
        try:
            self._run(query)
        finally:
            timer.cancel()

    def _run(self, query: StartedQuery) -> None:
        try:
            self._runner.run(query)
        except Exception as error:  # noqa: BLE001 - told by the status
            query.fail(f"{type(error).__name__}: {error}")
        if query.refusal is None:
            self._ended(query)
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        """Drop the oldest that ended, as far as the bounds ask for it; the newest stays."""
        kept = list(self._queries.values())
        held = sum(query.size for query in kept)
        for query in kept[:-1]:
            if len(self._queries) <= MOST_KEPT and held <= MOST_BYTES:
                return
            if query.status is not Status.RUNNING:
                held -= query.size
                del self._queries[query.id]

    def get(self, query_id: str) -> StartedQuery:
        """Return the query of that id.

        Raises:
            ApiError: there is none.
        """
        with self._lock:
            if query_id not in self._queries:
                raise not_found(f"Query {query_id} does not exist")
            return self._queries[query_id]

    def all(self) -> list[StartedQuery]:
        """Return every query, newest first."""
        with self._lock:
            return list(reversed(self._queries.values()))


def too_many(most: int) -> ApiError:
    """Return the refusal of one query more, in the service's words."""
    return ApiError("LimitExceededException", f"Account maximum query concurrency limit of [{most}] reached.")
