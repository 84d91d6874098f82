"""Events that bring their own time, stream and group along: how batches of them become blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from flowlocal.sources.batch import Batch, gathered
from flowlocal.sources.blocks import Block, BlockReader, Chunk, block_of
from flowlocal.sources.pipeline import Job, ReadRequest
from flowlocal.sources.placing import Part
from flowlocal.sources.records import INGESTION_TIME, TIMESTAMP, Form, Origin


@dataclass(frozen=True)
class EventSource:
    """A source of events in batches.

    Attributes:
        number: the number of the file.
        path: as the user named it.
        form: how the messages read.
        origin: where the events come from, as far as they do not tell.
        group: the log group that the user gave, which wins over theirs.
        batches: reads the events from the start; takes a list for sentences on what is missing.
        first: lines before the first event.
    """

    number: int
    path: str
    form: Form
    origin: Origin
    group: str | None
    batches: Callable[[list[str]], Iterable[Batch]]
    first: int = 0

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """A job for each batch."""
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
        """What reads a batch."""
        group = self.group or batch.group or self.origin.group
        origin = replace(self.origin, group=group, owner=batch.owner or self.origin.owner)
        return request.reader(self.form, origin)


@dataclass(frozen=True)
class _BatchJob:
    source: EventSource
    request: ReadRequest
    batch: Batch
    continues: bool

    def __call__(self) -> Chunk:
        own = self.batch.frame()
        data = block_of(own)
        lost = self.batch.told_times() - own[TIMESTAMP].count() - own[INGESTION_TIME].count()
        parts = (Part(self.source.number, self.source.path, 0 if self.continues else self.source.first),)
        block = Block(data, parts, self.batch.stored, self.continues, (), own, lost)
        return self.source.reader(self.batch, self.request).read(block)


@dataclass(frozen=True)
class _LastJob:
    """No events, but what is to be said at the end."""

    request: ReadRequest
    lost: tuple[tuple[str, str], ...]
    continues: bool

    def __call__(self) -> Chunk:
        return Chunk(self.request.empty(), 0, 0, 0, 0, self.continues, lost=self.lost)
