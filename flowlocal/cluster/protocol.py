"""What goes between the driver and its tasks, and what a runner has to do for it."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Protocol, cast

import polars as pl
from msgspec import Struct, field

from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.language.errors import MalformedQuery


class TaskRunner(Protocol):
    """Runs functions over bytes in other processes; functions, tasks and results can be pickled.

    A task may be run again if its process dies: the last result counts.
    """

    @property
    def slots(self) -> int:
        """The number of tasks that run at once."""

    def map(self, work: Callable[[bytes], bytes], tasks: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the result of every task, in the order of the tasks."""

    def shuffle(
        self,
        split: Callable[[bytes], Sequence[bytes]],
        tasks: Sequence[bytes],
        join: Callable[[Sequence[bytes]], bytes],
        buckets: int,
    ) -> Iterator[bytes]:
        """Yield the result of every bucket.

        Args:
            split: returns the part of each bucket that a task makes; an empty one can be left out.
            tasks: the tasks.
            join: makes the result of a bucket of its parts, which come in any order; a bucket without parts has none.
            buckets: their number.
        """


class TaskReport(Struct, frozen=True):
    """What a task has read and counted.

    Attributes:
        number: the number of the task.
        scan: unparsed lines, warnings and counts of the reading.
        matched: the events that matched.
        passed: the rows that there were before the last stage kept some of them.
        stored: the stored bytes of its files.
        paths: the files of the rows that it returns, by their number in reading order.
    """

    number: int
    scan: ScanReport = field(default_factory=ScanReport)
    matched: int = 0
    passed: int = 0
    stored: int = 0
    paths: Mapping[int, str] = field(default_factory=dict)


class Partial(Struct, frozen=True):
    """What a task returns.

    Attributes:
        number: the number of the task.
        rows: rows or groups.
        reports: the reports of the tasks that read files for them.
    """

    number: int
    rows: pl.DataFrame
    reports: tuple[TaskReport, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the rows as Arrow IPC, with the reports."""
        stream = BytesIO()
        self.rows.write_ipc_stream(stream, compression="lz4")
        return pickle.dumps((self.number, stream.getvalue(), self.reports))

    @classmethod
    def of(cls, data: bytes) -> Partial:
        """Return what a task returned.

        Raises:
            UnreadableInput: the task could not read a file.
            MalformedQuery: the task refused the query.
            TaskFailed: the task met a defect.
        """
        content = pickle.loads(data)  # noqa: S301 - written by our own tasks
        if isinstance(content, Exception):
            raise content
        number, rows, reports = content
        return cls(number, pl.read_ipc_stream(rows), reports)


class TaskFailed(Exception):
    """A defect in a task, with the traceback of its process."""


def failure(error: Exception) -> bytes:
    """Return what a task returns in place of rows if it failed."""
    known = isinstance(error, UnreadableInput | MalformedQuery)
    return pickle.dumps(error if known else TaskFailed("".join(traceback.format_exception(error))))


def loads(data: bytes) -> object:
    """Return the object that the driver or a task pickled."""
    return cast("object", pickle.loads(data))  # noqa: S301 - written by our own processes
