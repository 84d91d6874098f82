"""What a partition of task numbers is mapped with in ``mapInArrow``: functions over Arrow record batches."""

from __future__ import annotations

import os
import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

COLUMNS = "number long, bucket long, data binary"
"""The columns of results, as Spark declares them."""


def working(work: bytes, tasks: bytes, first: int, *, alone: bool) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Return what a partition of task numbers is mapped with."""

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        function, own = _loaded(work), pickle.loads(zlib.decompress(tasks))  # noqa: S301 - pickled by the driver
        for batch in batches:
            for number in batch.column(0).to_pylist():
                made = function(own[number])
                for bucket, part in enumerate([made] if alone else made):
                    if part:
                        yield _row(first + number, bucket, part)

    return run


def yielding(work: bytes, tasks: bytes, _first: int) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Return what a partition of task numbers is mapped with if tasks yield record batches."""

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        function, own = _loaded(work), pickle.loads(zlib.decompress(tasks))  # noqa: S301 - pickled by the driver
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from function(own[number])

    return run


def joining(join: bytes) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Return what a partition of parts, sorted by bucket, is mapped with."""

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        function = _loaded(join)
        rows = (row for batch in batches for row in zip(*(batch.column(n).to_pylist() for n in (1, 2)), strict=True))
        for bucket, found in groupby(rows, key=itemgetter(0)):
            yield _row(0, bucket, function([part for _, part in found]))

    return run


def one(batches: Iterable[Any]) -> Iterator[Any]:
    """Map a partition with one row."""
    for _ in batches:
        pass
    yield _row(0, 0, b"")


def _loaded(function: bytes) -> Callable[[Any], Any]:
    """Return a function of the driver. Unless set otherwise, Polars takes one thread, as the task one slot."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before Polars is loaded
    loaded: Callable[[Any], Any] = pickle.loads(function)  # noqa: S301 - pickled by the driver
    return loaded


def _row(number: int, bucket: int, data: bytes) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - after the check of the session

    columns = [pa.array([number], pa.int64()), pa.array([bucket], pa.int64()), pa.array([data], pa.binary())]
    return pa.RecordBatch.from_arrays(columns, ["number", "bucket", "data"])
