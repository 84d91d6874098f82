"""A runner one of whose tasks kills its own process, the first time that it runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from flowlocal.cluster.protocol import TaskRunner

T = TypeVar("T")


@dataclass
class DyingRunner:
    """Passes tasks on to another runner; the second task dies once.

    Attributes:
        runner: runs the tasks.
        mark: a file that exists after the process was killed.
    """

    runner: TaskRunner
    mark: Path

    @property
    def slots(self) -> int:
        """Those of the other runner."""
        return self.runner.slots

    def map(self, work: Callable[[bytes], bytes], tasks: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the result of every task."""
        yield from self.runner.map(partial(die_once, str(self.mark), tasks[1], work), tasks)

    def shuffle(
        self,
        split: Callable[[bytes], Sequence[bytes]],
        tasks: Sequence[bytes],
        join: Callable[[Sequence[bytes]], bytes],
        buckets: int,
    ) -> Iterator[bytes]:
        """Yield the result of every bucket."""
        yield from self.runner.shuffle(partial(die_once, str(self.mark), tasks[1], split), tasks, join, buckets)


def die_once(mark: str, fatal: bytes, work: Callable[[bytes], T], task: bytes) -> T:
    """Kill this process if it has the fatal task for the first time."""
    if task == fatal and not os.path.exists(mark):
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return work(task)
