"""The jobs that read a Parquet file: one for each batch of rows, and one for each part that is damaged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa  # type: ignore[import-untyped]

from flowlocal.events import UnreadableInput
from flowlocal.sources.blocks import Chunk
from flowlocal.sources.parquet.file import batches, one_by_one, open_parquet, runs
from flowlocal.sources.pipeline import Job, ReadRequest
from flowlocal.sources.sniffing import Sniffed

Make = Callable[[pa.RecordBatch, bool], Chunk]
"""Makes the chunk of a batch; it is told whether the batch continues the file of the one before it."""


def batch_jobs(file: Sniffed, columns: Sequence[str], request: ReadRequest, make: Make) -> Iterator[Job]:
    """Return the jobs that read a file; row groups after a damaged one are still read.

    Args:
        file: the file.
        columns: the columns to read, at least one: rows are counted, not only said to be there.
        request: what a query needs.
        make: makes a chunk of a batch, in a thread of its own.

    Raises:
        UnreadableInput: the footer is damaged.
    """
    continues = False
    with open_parquet(file) as opened:
        pending = deque(runs(opened))
        while pending:
            run = pending.popleft()
            left = run.rows
            try:
                for batch in batches(opened, run, columns, file.path):
                    left -= len(batch)
                    yield partial(make, batch, continues)
                    continues = True
            except UnreadableInput as error:
                if left == run.rows and len(run.groups) > 1:
                    pending.extendleft(reversed(list(one_by_one(opened, run))))
                    continue
                yield _FailedJob(request, max(left, 0), error, continues)
                continues = True


@dataclass(frozen=True)
class _FailedJob:
    """No events, but why the next lines of a file cannot be read."""

    request: ReadRequest
    lines: int
    error: UnreadableInput
    continues: bool

    def __call__(self) -> Chunk:
        return Chunk(self.request.empty(), 0, self.lines, 0, 0, self.continues, failure=self.error)
