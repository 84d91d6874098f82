"""Events of one log group as columns, before they become frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from flowlocal.sources.records import INGESTION_TIME, LOG_STREAM, MESSAGE, REASON, TIMESTAMP
from flowlocal.sources.texts import text_column
from flowlocal.values.calendar import to_datetime

BATCH_EVENTS = 50_000
"""Events of a block."""
BATCH_CHARACTERS = 4 << 20
"""Characters of the messages of a block."""


@dataclass
class Batch:
    """Events of one log group, in order, as columns of the same length.

    Attributes:
        group: their log group; None if unknown.
        owner: the account of the group; None if unknown.
        messages: their texts.
        timestamps: epoch milliseconds of any size, None if unknown.
        streams: log streams, None if unknown.
        ingestions: epoch milliseconds of ingestion, None if unknown.
        stored: stored bytes read for them.
        reasons: why elements of the log are not log events, by position; their ``messages`` are their text.
        notes: how often something was wrong that does not keep them from being events, by what it is, in words.
    """

    group: str | None = None
    owner: str | None = None
    messages: list[str] = field(default_factory=list)
    timestamps: list[int | None] = field(default_factory=list)
    streams: list[str | None] = field(default_factory=list)
    ingestions: list[int | None] = field(default_factory=list)
    stored: int = 0
    reasons: dict[int, str] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.messages)

    def belongs(self, other: Batch) -> bool:
        """Return True if the other's events are of the same group."""
        return (self.group, self.owner) == (other.group, other.owner)

    def extend(self, other: Batch) -> None:
        """Append the events of another batch."""
        if other.reasons:
            self.reasons |= {len(self) + at: reason for at, reason in other.reasons.items()}
        self.messages += other.messages
        self.timestamps += other.timestamps
        self.streams += other.streams
        self.ingestions += other.ingestions
        self.stored += other.stored
        self.notes.update(other.notes)

    def copy(self) -> Batch:
        """Return the same events in lists of their own."""
        fresh = Batch(self.group, self.owner)
        fresh.extend(self)
        return fresh

    def frame(self) -> pl.DataFrame:
        """Return the events as ``MESSAGE``, ``REASON`` and what they brought along.

        A time that no datetime can hold is missing.
        """
        reasons = [self.reasons.get(at) for at in range(len(self))] if self.reasons else [None] * len(self)
        return pl.DataFrame(
            [
                text_column(MESSAGE, self.messages),
                _times(self.timestamps).alias(TIMESTAMP),
                text_column(LOG_STREAM, self.streams),
                _times(self.ingestions).alias(INGESTION_TIME),
                text_column(REASON, reasons),
            ]
        )

    def told_times(self) -> int:
        """Return how many times the events brought along, whether a datetime can hold them or not."""
        return 2 * len(self) - self.timestamps.count(None) - self.ingestions.count(None)


def _times(milliseconds: Sequence[int | None]) -> pl.Series:
    """Return ``Datetime("ms")``; integers of any size are taken."""
    whole = pl.Series(milliseconds, dtype=pl.Int64(), strict=False)
    return pl.select(to_datetime(pl.lit(whole))).to_series()


def gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Join small batches of the same group to batches of about ``BATCH_EVENTS``, or of ``BATCH_CHARACTERS``."""
    held: Batch | None = None
    characters = 0
    for batch in batches:
        more = sum(map(len, batch.messages))
        characters += more
        if held is not None and held.belongs(batch) and len(held) < BATCH_EVENTS and characters < BATCH_CHARACTERS:
            held.extend(batch)
            continue
        characters = more
        if held is not None:
            yield held
        held = batch
    if held is not None:
        yield held


def one_batch(messages: Sequence[str], reason: str = "") -> Batch:
    """Return a batch of messages of which nothing more is known.

    Args:
        messages: the texts.
        reason: why they are not log events; empty if they are.
    """
    count = len(messages)
    reasons = dict.fromkeys(range(count), reason) if reason else {}
    return Batch(None, None, list(messages), [None] * count, [None] * count, [None] * count, reasons=reasons)
