"""Pages of events: a stretch of the events is read at once, and answered page by page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from flowlocal.aws.errors import invalid
from flowlocal.aws.patterns import filter_pattern
from flowlocal.collecting import collect
from flowlocal.events import ROW, Events, ScanReport

MOST_BYTES, MOST_ROWS = 64 << 20, 1_000_000
"""Bytes of messages, and events, that a window has (decided)."""
_EARLIEST = -(2**62)
"""Stands for a missing time in the order of events: before all others."""
_WHEN = "when"


class Place(NamedTuple):
    """Where an event is in the order of events.

    Attributes:
        when: epoch milliseconds.
        row: its row.
    """

    when: int
    row: int


class Cursor(NamedTuple):
    """Where a page begins.

    Attributes:
        anchor: the place at which the window begins that has the page; None for the first one.
        place: the place of the event beside the page; None for none.
    """

    anchor: Place | None = None
    place: Place | None = None

    def token(self, subject: str) -> str:
        """Return an opaque text for the cursor in the list that ``subject`` names."""
        return urlsafe_b64encode(json.dumps([self, subject]).encode()).decode()

    @classmethod
    def of(cls, token: str, subject: str) -> Cursor:
        """Return the cursor of a token.

        Raises:
            ApiError: the token is not one of this list.
        """
        try:
            places, named = json.loads(urlsafe_b64decode(token.encode()))
            anchor, place = (each and _place(*each) for each in places)
        except (ValueError, TypeError, RecursionError):  # neither base64 nor UTF-8 nor JSON, or of another shape
            named = None
        if named != subject:
            raise invalid("The specified nextToken is invalid.")
        return cls(anchor, place)


def _place(when: object, row: object) -> Place:
    if not (isinstance(when, int) and isinstance(row, int) and all(abs(n) < 2**63 for n in (when, row))):
        raise ValueError
    return Place(when, row)


@dataclass(frozen=True)
class Selection:
    """Which events of a group are wanted.

    Attributes:
        streams: names of streams; all if empty.
        prefix: what the names of streams begin with.
        pattern: a filter pattern.
        start: epoch milliseconds of the first moment; None for no bound.
        end: epoch milliseconds of the last moment, inclusive; None for no bound.
    """

    streams: tuple[str, ...] = ()
    prefix: str = ""
    pattern: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Window:
    """A stretch of events in order.

    Attributes:
        events: ``when`` (epoch ms, Int64), the row, ``@logStream``, ``timestamp`` and ``ingestionTime`` (epoch ms,
            Int64, or null), ``message``.
        complete: does nothing follow in the direction in which it was read?
    """

    events: pl.DataFrame
    complete: bool

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return int(self.events.estimated_size())

    def beyond(self, place: Place | None, *, backward: bool) -> pl.DataFrame:
        """Return the events after a place, or before it."""
        return self.events if place is None else self.events.filter(_beyond(place, backward=backward))


def _beyond(place: Place, *, backward: bool) -> pl.Expr:
    when, row, given, number = pl.col(_WHEN), pl.col(ROW), pl.lit(place.when), pl.lit(place.row)
    if backward:
        return (when < given) | ((when == given) & (row < number))
    return (when > given) | ((when == given) & (row > number))


def read_window(events: Events, selection: Selection, anchor: Place | None, backward: bool) -> Window:
    """Read the selected events next to a place, as many as a window can have."""
    report = ScanReport()
    lazy = _selected(events, selection, report)
    if anchor is not None:
        lazy = lazy.filter(_beyond(anchor, backward=backward))
    count, size = collect(lazy.select(pl.len(), pl.col("message").str.len_bytes().sum()), report).row(0)
    most = min(count, MOST_ROWS, max(1, count * MOST_BYTES // size) if size else count)
    nearest = collect(lazy.sort(_WHEN, ROW, descending=backward).head(most), report)
    return Window(nearest.reverse() if backward else nearest, most == count)


def _selected(events: Events, selection: Selection, report: ScanReport) -> pl.LazyFrame:
    time, stream = pl.col("@timestamp").dt.epoch("ms"), pl.col("@logStream")
    lazy = events.read(report).select(
        ROW,
        "@logStream",
        when=time.fill_null(_EARLIEST),
        timestamp=time,
        message="@message",
        ingestionTime=pl.col("@ingestionTime").dt.epoch("ms"),
    )
    conditions = [filter_pattern(selection.pattern, "message")]
    conditions += [stream.is_in(selection.streams)] if selection.streams else []
    conditions += [stream.fill_null("").str.starts_with(selection.prefix)] if selection.prefix else []
    conditions += [pl.col("timestamp") >= selection.start] if selection.start is not None else []
    conditions += [pl.col("timestamp") <= selection.end] if selection.end is not None else []
    return lazy.filter(*conditions)


@dataclass(frozen=True)
class Page:
    """A page of events.

    Attributes:
        events: the events in order; see ``Window``.
        cursor: where the next page begins.
        complete: does nothing follow?
    """

    events: pl.DataFrame
    cursor: Cursor
    complete: bool

    def edge(self, *, first: bool) -> Place | None:
        """Return the place of the first or the last event; None if there are no events."""
        if self.events.is_empty():
            return None
        return Place(*self.events.select(_WHEN, ROW).row(0 if first else -1))


def find_page(read: Callable[[Place | None], Window], cursor: Cursor, size: int, *, backward: bool = False) -> Page:
    """Return the next page after a cursor, or before it.

    Args:
        read: reads the window at an anchor.
        cursor: where the page begins.
        size: at most so many events.
        backward: is it a page before the cursor?
    """
    anchor, window = cursor.anchor, read(cursor.anchor)
    rest = window.beyond(cursor.place, backward=backward)
    if rest.is_empty() and not window.complete:
        anchor, window = cursor.place, read(cursor.place)
        rest = window.events
    page = Page(rest.tail(size) if backward else rest.head(size), cursor, window.complete and rest.height <= size)
    place = page.edge(first=backward)
    return Page(page.events, Cursor(anchor, place), page.complete) if place else page
