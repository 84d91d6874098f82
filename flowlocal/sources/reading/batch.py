"""Events of one log group as columns, before they become frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import polars as pl
from msgspec import Struct, field

from flowlocal.sources.records.schema import INGESTION_TIME, LOG_STREAM, MESSAGE, REASON, TIMESTAMP
from flowlocal.sources.records.text_columns import text_column
from flowlocal.values.calendar import to_datetime

BATCH_EVENTS = 50_000
"""Events in a batch."""
BATCH_CHARACTERS = 4 << 20
"""Characters in the messages of a batch."""


class Batch(Struct):
    """Events of one log group in order, as columns of equal length.

    Attributes:
        group: their log group; None if unknown.
        owner: the account of the group; None if unknown.
        messages: their texts.
        timestamps: epoch milliseconds of any size, None if unknown.
        streams: log streams, None if unknown.
        ingestions: epoch milliseconds of ingestion, None if unknown.
        stored: stored bytes read for them.
        reasons: why elements are not log events, by position; their ``messages`` contain their text.
        notes: how often each minor problem occurred, by its description.
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
        """Return True if the other batch has the same log group and owner."""
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
        """Return a copy with its own lists."""
        fresh = Batch(self.group, self.owner)
        fresh.extend(self)
        return fresh

    def frame(self) -> pl.DataFrame:
        """Return the events with their own times and streams, ``MESSAGE`` and ``REASON``.

        A time outside the range of ``Datetime("ms")`` is null.
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

    def own_times(self) -> int:
        """Return the number of times that the events have, including those outside the range of a datetime."""
        return 2 * len(self) - self.timestamps.count(None) - self.ingestions.count(None)


def _times(milliseconds: Sequence[int | None]) -> pl.Series:
    """Return integers of any size as ``Datetime("ms")``; null if out of range."""
    whole = pl.Series(milliseconds, dtype=pl.Int64(), strict=False)
    return pl.select(to_datetime(pl.lit(whole))).to_series()


def gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Merge consecutive batches of the same group up to about ``BATCH_EVENTS`` or ``BATCH_CHARACTERS``."""
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
    """Return a batch of messages without times, streams or a log group.

    Args:
        messages: the texts.
        reason: why they are not log events; empty if they are.
    """
    count = len(messages)
    reasons = dict.fromkeys(range(count), reason) if reason else {}
    return Batch(None, None, list(messages), [None] * count, [None] * count, [None] * count, reasons=reasons)
