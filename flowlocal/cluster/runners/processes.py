"""Run tasks in processes of this machine."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain, islice
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from msgspec import Struct

from flowlocal.cluster.failure import EngineFailed
from flowlocal.cluster.runners import ClusterAddress, EngineUnavailable

_THREADS = "POLARS_MAX_THREADS"
_TRIES = 3
"""Times that a task is started before its process is given up."""
Call = Callable[[], bytes]


@contextmanager
def opened(address: ClusterAddress) -> Iterator[ProcessRunner]:
    """Yield a runner that has as many processes as this machine has processors.

    Raises:
        EngineUnavailable: an address was given.
    """
    if address.master or address.remote:
        raise EngineUnavailable("processes run on this machine", "leave out --master and --remote")
    runner = ProcessRunner(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        yield runner
    finally:
        runner.close()


class ProcessRunner(Struct):
    """Runs tasks in processes, each of which has one thread of Polars; a task whose process dies is run again.

    Attributes:
        slots: the number of processes.
    """

    slots: int
    _pool: ProcessPoolExecutor | None = None

    def map(self, work: Callable[[bytes], bytes], tasks: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the result of every task, in order."""
        yield from self._results([partial(work, task) for task in tasks])

    def shuffle(
        self,
        split: Callable[[bytes], Sequence[bytes]],
        tasks: Sequence[bytes],
        join: Callable[[Sequence[bytes]], bytes],
        buckets: int,
    ) -> Iterator[bytes]:
        """Yield the result of every bucket; the parts are files until then."""
        with TemporaryDirectory(prefix="flowlocal-shuffle-") as folder:
            for _ in self._results([partial(_write, split, folder, n, task) for n, task in enumerate(tasks)]):
                pass
            joins = [partial(_read, join, folder, bucket, len(tasks)) for bucket in range(buckets)]
            yield from filter(None, self._results(joins))

    @property
    def processes(self) -> tuple[int, ...]:
        """The identifiers of the processes that run."""
        return tuple(child.pid for child in active_children() if child.pid) if self._pool is not None else ()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _results(self, calls: Sequence[Call]) -> Iterator[bytes]:
        """Yield the results of calls in order; a few are started ahead."""
        left, waiting, tries = iter(calls), deque[tuple[Call, Future[bytes]]](), _TRIES
        while True:
            for call in islice(left, 2 * self.slots - len(waiting)):
                waiting.append((call, self._start(call)))
            if not waiting:
                return
            try:
                result = waiting[0][1].result()
            except BrokenProcessPool:
                tries -= 1
                if not tries:
                    message = f"a process was killed {_TRIES} times in a row, perhaps for its memory"
                    raise EngineFailed(message, "processes") from None
                self.close()
                left, waiting = chain([call for call, _ in waiting], left), deque()
                continue
            waiting.popleft()
            tries = _TRIES
            yield result

    def _start(self, call: Call) -> Future[bytes]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.slots, get_context("spawn"), initializer=_prepare)
        before = os.environ.get(_THREADS)
        os.environ[_THREADS] = before or "1"  # processes that are started now inherit it
        try:
            return self._pool.submit(call)
        except BrokenProcessPool as error:  # a process died while tasks are still being started
            broken = Future[bytes]()
            broken.set_exception(error)
            return broken
        finally:
            if before is None:
                with suppress(KeyError):
                    del os.environ[_THREADS]


def _prepare() -> None:
    """Leave Ctrl-C to the process that started this one, and end if that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _write(split: Callable[[bytes], Sequence[bytes]], folder: str, number: int, task: bytes) -> bytes:
    """Write the parts of a task; a part is whole once it has its name."""
    for bucket, part in enumerate(split(task)):
        if not part:
            continue
        path = Path(folder, f"{bucket}-{number}")
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(part)
        unfinished.replace(path)
    return b""


def _read(join: Callable[[Sequence[bytes]], bytes], folder: str, bucket: int, tasks: int) -> bytes:
    """Join the parts of a bucket."""
    paths = (Path(folder, f"{bucket}-{number}") for number in range(tasks))
    parts = [path.read_bytes() for path in paths if path.exists()]
    return join(parts) if parts else b""
