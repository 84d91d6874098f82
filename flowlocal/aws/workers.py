"""The processes that answer the endpoint's queries, so that a query can be ended and cannot take the endpoint along."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Condition, Thread
from typing import Any, BinaryIO, cast

from flowlocal import memory_limits
from flowlocal.aws.copies import DONE, Order, Sent
from flowlocal.aws.errors import ApiError
from flowlocal.aws.local_groups import Group
from flowlocal.aws.queries import StartedQuery, too_many
from flowlocal.aws.reads import Read, Reply
from flowlocal.aws.tasks import Job, Listener

MOST = 16
"""Queries that are answered at the same time (decided)."""
_KEPT = 2
"""Processes that are kept waiting for queries."""
_SLOW = 2.0
"""Seconds after which a query counts as slow, so that others do not wait for its process."""
_SIGKILL = -9
"""Exit code of a process that was killed."""
_TAIL = 2000
"""Bytes at the end of what a process wrote to standard error in which the reason of its end is looked for."""


class WorkerEnded(Exception):
    """A process ended while it answered a query; the message says why."""


class Worker:
    """One process; see ``flowlocal.aws.worker``.

    Attributes:
        usable: can it do another job?
        killed: was it ended?
    """

    def __init__(self) -> None:
        self.usable, self.killed = True, False
        self._sent = Sent()
        self._errors = TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "flowlocal.aws.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for the endpoint, which ends its processes itself
        )

    def wait_ready(self) -> None:
        """Wait until the process has started.

        Raises:
            WorkerEnded: it cannot start.
        """
        try:
            self._receive()
        except WorkerEnded:
            self.close()
            raise

    def do(self, job: Job, groups: Sequence[Group], listener: Listener) -> None:
        """Do a job over some groups.

        Raises:
            WorkerEnded: the process ended.
        """
        self.usable = False
        self._send(Order(job, [self._sent.change(group) for group in groups]))
        step, arguments = self._receive()
        while step != DONE:
            getattr(listener, step)(*arguments)
            step, arguments = self._receive()
        self.usable = arguments[0]

    def _send(self, order: Order) -> None:
        assert self._process.stdin  # noqa: S101 - a pipe
        try:
            pickle.dump(order, self._process.stdin)
            self._process.stdin.flush()
        except OSError as error:
            raise self._ended() from error

    def _receive(self) -> tuple[str, tuple[Any, ...]]:
        assert self._process.stdout  # noqa: S101 - a pipe
        try:
            return cast("tuple[str, tuple[Any, ...]]", pickle.load(self._process.stdout))  # noqa: S301 - our own process
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._ended() from error

    def _ended(self) -> WorkerEnded:
        """Return the reason why the process ended."""
        self.kill()
        code = self._process.wait()
        errors = _tail(self._errors)
        if memory_limits.KILLED in errors:
            return WorkerEnded(memory_limits.too_much())
        if code == _SIGKILL:
            return WorkerEnded("the system has ended its process, which it does when the machine runs out of memory")
        last = errors.strip().rpartition("\n")[2]
        return WorkerEnded(f"its process ended with code {code}: {last}")

    @property
    def alive(self) -> bool:
        """True if the process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once."""
        self.killed = True
        self._process.kill()

    def close(self) -> None:
        """End the process and remove what it leaves."""
        self.kill()
        self._process.wait()
        memory_limits.remove_spilled(self._process.pid)
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with suppress(OSError):  # what could not be sent any more
                cast("BinaryIO", stream).close()


def _tail(stream: BinaryIO) -> str:
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
    return stream.read().decode(errors="replace")


def _environment() -> dict[str, str]:
    """Return the variables of a process: the modules of this one, and the limits of its memory."""
    return {
        memory_limits.BUDGET: str(memory_limits.budget()),
        memory_limits.KILL: str(memory_limits.limit()),
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


class Pool:
    """Processes that wait for queries and answer them; more are started while all are busy.

    One is always started ahead, so that a query need not wait until Python and Polars are loaded.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._idle: list[Worker] = []
        self._busy: dict[Worker, float] = {}
        self._waiting: list[float] = []
        self._starting = False
        self._failure: Exception | None = None
        self._closed = False

    def prepare(self) -> None:
        """Start a process ahead of the first query."""
        with self._changed:
            self._start()

    def check(self) -> None:
        """Refuse a query that would wait for slow ones.

        Raises:
            ApiError: every process is busy with a slow query, or others have waited for one for long.
        """
        with self._changed:
            late = time.monotonic() - _SLOW
            busy = [since for worker, since in self._busy.items() if not worker.killed]
            if len(busy) >= MOST and (max(busy) < late or min(self._waiting, default=late) < late):
                raise too_many(MOST)

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """Take a process, wait for it if all are busy, and give it back.

        Raises:
            OSError, WorkerEnded: no process can be started.
        """
        worker = self._take()
        try:
            yield worker
        finally:
            self._give_back(worker)

    def close(self) -> None:
        """End all processes."""
        with self._changed:
            self._closed = True
            for worker in (*self._idle, *self._busy):
                worker.close()
            self._idle.clear()

    def _take(self) -> Worker:
        with self._changed:
            since = time.monotonic()
            self._waiting.append(since)
            self._changed.wait_for(self._available)
            self._waiting.remove(since)
            if self._failure:
                failure, self._failure = self._failure, None
                raise failure
            worker = self._idle.pop()
            self._busy[worker] = time.monotonic()
            self._start()
            return worker

    def _available(self) -> bool:
        self._idle = [worker for worker in self._idle if worker.alive]
        self._start()
        return bool(self._idle or self._failure)

    def _start(self) -> None:
        """Start a process in the background, unless one is idle or starting, or there are too many."""
        if not (self._idle or self._starting or self._closed or len(self._busy) >= MOST):
            self._starting = True
            Thread(target=self._add, name="flowlocal-worker", daemon=True).start()

    def _add(self) -> None:
        failure = None
        try:
            worker = Worker()
            worker.wait_ready()
        except (OSError, WorkerEnded) as error:
            failure = error
        with self._changed:
            self._starting = False
            if failure is None:
                self._idle.append(worker)
            elif self._waiting:
                self._failure = failure
            self._changed.notify_all()

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            del self._busy[worker]
            kept = worker.usable and not worker.killed and len(self._idle) < _KEPT + len(self._waiting)
            if kept:
                self._idle.append(worker)
            self._start()
            self._changed.notify_all()
        if not kept:
            worker.close()


POOL = Pool()
"""The processes of this process: what bounds them is the machine, however many stores there are."""
atexit.register(POOL.close)


@dataclass(frozen=True)
class InWorkers:
    """Answers queries in processes of their own.

    Attributes:
        group: finds a group by name.
    """

    group: Callable[[str], Group]
    background: bool = True

    def check(self) -> None:
        """Refuse a query that would wait for slow ones."""
        POOL.check()

    def run(self, query: StartedQuery) -> None:
        """Answer a query."""
        groups = [self.group(name) for name in query.task.groups]
        try:
            with POOL.worker() as worker:
                if query.attach(worker.kill):
                    worker.do(query.task, groups, query)
        except WorkerEnded as error:
            query.fail(str(error))


def call(read: Read, groups: Sequence[Group]) -> Any:  # noqa: ANN401 - as the read
    """Call a function with the events of some groups, in a process of the pool.

    Raises:
        ApiError: the function raises it, or cannot be called.
    """
    reply = Reply()
    try:
        POOL.check()
    except ApiError as error:
        raise ApiError("ThrottlingException", "Rate exceeded") from error
    try:
        with POOL.worker() as worker:
            worker.do(read, groups, reply)
    except (OSError, WorkerEnded) as error:
        reply.fail(str(error))
    return reply.value
