"""Events of one log group as columns, before they become frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from flowlocal.sources.records import INGESTION_TIME, LOG_STREAM, MESSAGE, TIMESTAMP
from flowlocal.values.calendar import to_datetime

BATCH_EVENTS = 50_000
"""Events of a block."""


@dataclass
class Batch:
    """Events of one log group, in order, as columns of the same length.

    Attributes:
        group: their log group; None where not told.
        owner: the account of the group; None where not told.
        messages: their texts.
        timestamps: epoch milliseconds of any size, None where not told.
        streams: log streams, None where not told.
        ingestions: epoch milliseconds of ingestion, None where not told.
        stored: stored bytes read for them.
    """

    group: str | None = None
    owner: str | None = None
    messages: list[str] = field(default_factory=list)
    timestamps: list[int | None] = field(default_factory=list)
    streams: list[str | None] = field(default_factory=list)
    ingestions: list[int | None] = field(default_factory=list)
    stored: int = 0

    def __len__(self) -> int:
        return len(self.messages)

    def belongs(self, other: Batch) -> bool:
        """Whether the other's events are of the same group."""
        return (self.group, self.owner) == (other.group, other.owner)

    def extend(self, other: Batch) -> None:
        """Append the events of another batch."""
        self.messages += other.messages
        self.timestamps += other.timestamps
        self.streams += other.streams
        self.ingestions += other.ingestions
        self.stored += other.stored

    def copy(self) -> Batch:
        """The same events in lists of their own."""
        fresh = Batch(self.group, self.owner)
        fresh.extend(self)
        return fresh

    def frame(self) -> pl.DataFrame:
        """Return the events as ``MESSAGE`` and what they brought along; a time that no datetime can hold is missing."""
        return pl.DataFrame(
            {
                MESSAGE: pl.Series(self.messages, dtype=pl.String()),
                TIMESTAMP: _times(self.timestamps),
                LOG_STREAM: pl.Series(self.streams, dtype=pl.String()),
                INGESTION_TIME: _times(self.ingestions),
            }
        )

    def told_times(self) -> int:
        """Return how many times the events brought along, whether a datetime can hold them or not."""
        return 2 * len(self) - self.timestamps.count(None) - self.ingestions.count(None)


def _times(milliseconds: Sequence[int | None]) -> pl.Series:
    """Return ``Datetime("ms")``; integers of any size are taken."""
    whole = pl.Series(milliseconds, dtype=pl.Int64(), strict=False)
    return pl.select(to_datetime(pl.lit(whole))).to_series()


def gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Join small batches of the same group to batches of about ``BATCH_EVENTS``."""
    held: Batch | None = None
    for batch in batches:
        if held is not None and held.belongs(batch) and len(held) < BATCH_EVENTS:
            held.extend(batch)
            continue
        if held is not None:
            yield held
        held = batch
    if held is not None:
        yield held


def one_batch(messages: Sequence[str], **facts: object) -> Batch:
    """A batch of messages of which nothing more is told than what is given."""
    nothing: list[None] = [None] * len(messages)
    batch = Batch(messages=list(messages), timestamps=[*nothing], streams=[*nothing], ingestions=[*nothing])
    return replace(batch, **facts)  # type: ignore[arg-type]
