"""What logs contain, at a glance: how many events have each field, and its most frequent values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flowlocal.collecting import collect
from flowlocal.events import ScanReport
from flowlocal.values.kinds import FieldKind

if TYPE_CHECKING:
    from flowlocal.events import Events

_SAMPLE = 200_000
"""Events that are looked at; the first of the logs."""
_MOST = 10
_TIME = "@timestamp"
_UNIQUE = {"@message"}
"""Fields whose values are hardly ever the same."""


@dataclass(frozen=True)
class FieldProfile:
    """What is known of a field.

    Attributes:
        name: its name in queries.
        kind: the kind of its values.
        filled: number of events in which it has a value other than ``-``.
        values: its most frequent values and their numbers.
    """

    name: str
    kind: FieldKind
    filled: int
    values: tuple[tuple[str, int], ...]

    @property
    def is_number(self) -> bool:
        """True if its values are numbers."""
        return self.kind not in {FieldKind.TEXT, FieldKind.TIME}


@dataclass(frozen=True)
class LogProfile:
    """What is known of logs.

    Attributes:
        events: number of events that were looked at.
        is_whole: True if these are all events.
        span: times of the first and the last event in epoch milliseconds; None if no event has a time.
        fields: the fields, in order.
    """

    events: int
    is_whole: bool
    span: tuple[int, int] | None
    fields: tuple[FieldProfile, ...]


def profile_of(events: Events) -> LogProfile:
    """Read the beginning of logs, and the times of all events."""
    report = ScanReport(partial_answer=True)
    frame = collect(events.read(report).select(list(events.fields)).head(_SAMPLE), report)
    is_whole = frame.height < _SAMPLE
    times = frame.lazy() if is_whole else events.read(ScanReport(partial_answer=True))
    span = collect(times.select(first=pl.col(_TIME).min(), last=pl.col(_TIME).max()).cast(pl.Int64), report).row(0)
    fields = tuple(_profile(frame[each.name], each.kind) for each in events.fields.values())
    return LogProfile(frame.height, is_whole, None if None in span else span, fields)


def _profile(column: pl.Series, kind: FieldKind) -> FieldProfile:
    known = column.drop_nulls()
    known = known.filter(known != "-") if kind is FieldKind.TEXT else known
    if kind is FieldKind.TIME or column.name in _UNIQUE:
        return FieldProfile(column.name, kind, known.len(), ())
    counts = known.alias("value").value_counts(name="n").sort(["n", "value"], descending=[True, False]).head(_MOST)
    values = tuple(counts.with_columns(pl.col("value").cast(pl.String)).iter_rows())
    return FieldProfile(column.name, kind, known.len(), values)


def share_of(count: int, events: int) -> str:
    """Return a number of events as a share, in words."""
    share = count / max(events, 1)
    return f"{share:.0%}" if share in {0, 1} or share >= 0.1 else f"{share:.1%}"
