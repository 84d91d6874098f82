"""Run tasks on Spark 4, classic or through Spark Connect, with ``mapInArrow``: rows are a number and bytes."""

from __future__ import annotations

import os
import pickle
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import reduce
from typing import Any

from msgspec import Struct

from flowlocal.cluster.arrow_partitions import COLUMNS, joining, one, working, yielding
from flowlocal.cluster.failure import EngineFailed
from flowlocal.cluster.runners import ClusterAddress, EngineUnavailable
from flowlocal.extras import needed_for

_WAVE = 8
"""Tasks per slot that are one Spark job; the next job is started before one ends, so that slots stay busy."""


@contextmanager
def opened(address: ClusterAddress) -> Iterator[SparkRunner]:
    """Yield a runner on a Spark session, which ends with it.

    Raises:
        EngineUnavailable: PySpark or Java is missing, or there is no Spark at the address.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    before = {name: os.environ[name] for name in _MODE if name in os.environ}
    try:
        with needed_for("Spark", "spark", EngineUnavailable):
            session = _session(address)
    except EngineUnavailable:
        raise
    except Exception as error:
        raise EngineUnavailable(f"no Spark session: {_first_line(error)}", "Spark needs Java 17 or later") from error
    try:
        yield SparkRunner(session)
    finally:
        session.stop()
        for name in _MODE:
            os.environ.pop(name, None)
        os.environ.update(before)


def _session(address: ClusterAddress) -> Any:  # noqa: ANN401 - pyspark has no types
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    builder = SparkSession.builder.appName("flowlocal")
    if address.remote:
        return builder.remote(address.remote).getOrCreate()
    builder = builder.master(address.master or "local[*,4]")  # tasks of `local[*]` are not tried again
    for name, value in _QUIET.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


_MODE = ("SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE", "SPARK_LOCAL_REMOTE")
"""Variables by which PySpark remembers that a session was one of Spark Connect, so that no other can follow."""
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}


class SparkRunner(Struct):
    """Runs tasks on a Spark session.

    Attributes:
        session: the session.
        most: the number of slots; 0 to ask the session.
    """

    session: Any
    most: int = 0

    @property
    def slots(self) -> int:
        """The number of partitions into which the session divides a range of numbers."""
        if not self.most:
            self.most = max(len(self._collected(self.session.range(100_000).mapInArrow(one, COLUMNS))), 1)
        return self.most

    def map(self, work: Callable[[bytes], bytes], tasks: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the result of every task, in order."""
        with ThreadPoolExecutor(2) as pool:
            for rows in pool.map(self._collected, self._waves(work, tasks, alone=True)):
                yield from (data for _, data in sorted(rows))

    def shuffle(
        self,
        split: Callable[[bytes], Sequence[bytes]],
        tasks: Sequence[bytes],
        join: Callable[[Sequence[bytes]], bytes],
        buckets: int,
    ) -> Iterator[bytes]:
        """Yield the result of every bucket."""
        parts = _united(self._waves(split, tasks, alone=False)).repartition(buckets, "bucket")
        parts = parts.sortWithinPartitions("bucket")
        yield from (data for _, data in self._collected(parts.mapInArrow(joining(pickle.dumps(join)), COLUMNS)))

    def frame(self, work: Callable[[bytes], Iterator[Any]], tasks: Sequence[bytes], columns: str) -> Any:  # noqa: ANN401
        """Return a data frame of the record batches that tasks yield.

        Args:
            work: yields the record batches of a task.
            tasks: the tasks.
            columns: their columns, as Spark declares them.
        """
        return _united(self._frames(lambda *wave: yielding(pickle.dumps(work), *wave), tasks, columns))

    def _waves(self, work: Callable[[bytes], Any], tasks: Sequence[bytes], *, alone: bool) -> Iterator[Any]:
        """Yield data frames of what tasks make, some tasks each.

        Args:
            work: makes the result of a task, or with ``alone=False`` one for each bucket.
            tasks: the tasks.
            alone: True if a task has one result.
        """
        return self._frames(lambda *wave: working(pickle.dumps(work), *wave, alone=alone), tasks, COLUMNS)

    def _frames(self, mapping: Callable[..., Any], tasks: Sequence[bytes], columns: str) -> Iterator[Any]:
        """Yield a data frame for each wave, given what makes a mapping of it and of the number of its first task."""
        size = _WAVE * self.slots
        for first in range(0, len(tasks), size):
            wave = tasks[first : first + size]
            function = mapping(zlib.compress(pickle.dumps(wave)), first)
            yield self.session.range(0, len(wave), 1, len(wave)).mapInArrow(function, columns)

    def _collected(self, frame: Any) -> list[tuple[int, bytes]]:  # noqa: ANN401 - pyspark has no types
        """Return number and data of each row."""
        try:
            return [(row[0], bytes(row[2])) for row in frame.collect()]
        except Exception as error:
            hint = "the logs of the executors have details; each needs the same flowlocal as the driver"
            raise EngineFailed(f"Spark did not finish the query: {_first_line(error)}", "spark", hint=hint) from error


def _united(frames: Iterator[Any]) -> Any:  # noqa: ANN401 - pyspark has no types
    return reduce(lambda all_, each: all_.union(each), frames)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
