"""Read batches of events that have their own times, streams and groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.sources.reading.batch import Batch, gathered
from flowlocal.sources.reading.blocks import BlockReader, Chunk, LineBlock, block_of
from flowlocal.sources.reading.pipeline import Job, ReadRequest
from flowlocal.sources.records.row_ids import FilePart
from flowlocal.sources.records.schema import INGESTION_TIME, TIMESTAMP, LineFormat, Origin


class EventSource(Struct, frozen=True):
    """A source of events in batches.

    Attributes:
        number: the number of the file.
        path: as the user named it.
        line_format: the line format of the messages.
        origin: default log group, stream and owner.
        group: the log group that the user gave; it overrides the events' own.
        batches: reads the events from the start; its argument receives sentences on what is missing.
        first: lines before the first event.
    """

    number: int
    path: str
    line_format: LineFormat
    origin: Origin
    group: str | None
    batches: Callable[[list[str]], Iterable[Batch]]
    first: int = 0

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Yield a job for each batch."""
        warnings: list[str] = []
        notes: Counter[str] = Counter()
        continues = False
        for batch in gathered(self.batches(warnings)):
            notes.update(batch.notes)
            yield _BatchJob(self, request, batch, continues)
            continues = True
        warnings += [f"{note} ({'once' if count == 1 else f'{count:,} times'})" for note, count in notes.items()]
        if warnings:
            yield _LastJob(request, tuple((self.path, warning) for warning in warnings), continues)

    def reader(self, batch: Batch, request: ReadRequest) -> BlockReader:
        """Return the block reader for a batch."""
        group = self.group or batch.group or self.origin.group
        origin = replace(self.origin, group=group, owner=batch.owner or self.origin.owner)
        return request.reader(self.line_format, origin)


class _BatchJob(Struct, frozen=True):
    source: EventSource
    request: ReadRequest
    batch: Batch
    continues: bool

    def __call__(self) -> Chunk:
        own = self.batch.frame()
        data = block_of(own)
        lost = self.batch.own_times() - own[TIMESTAMP].count() - own[INGESTION_TIME].count()
        parts = (FilePart(self.source.number, self.source.path, 0 if self.continues else self.source.first),)
        block = LineBlock(data, parts, self.batch.stored, self.continues, (), own, lost)
        return self.source.reader(self.batch, self.request).read(block)


class _LastJob(Struct, frozen=True):
    """A chunk without events that reports warnings at the end."""

    request: ReadRequest
    lost: tuple[tuple[str, str], ...]
    continues: bool

    def __call__(self) -> Chunk:
        return Chunk(self.request.empty(), 0, 0, 0, 0, self.continues, lost=self.lost)
