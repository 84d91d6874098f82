"""Pages of events: a stretch of the events is read at once, and answered page by page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import polars as pl

from flowlocal.aws.errors import invalid
from flowlocal.aws.matching import check_pattern
from flowlocal.collecting import collect
from flowlocal.events import LINE_BITS, ROW, Events, ScanReport, UnreadableInput

UNNAMED_STREAM = "flowlocal"
"""Stream of events whose file names none: clients of the API find events by their stream (decided)."""
MOST_BYTES, MOST_ROWS = 64 << 20, 1_000_000
"""Bytes of messages, and events, that a window has (decided)."""
_WHEN, _SPOT = "timestamp", "spot"


class Place(NamedTuple):
    """Where an event is in the order of events, whatever other files there are.

    Attributes:
        when: epoch milliseconds.
        path: its file, or group and stream.
        line: its 0-based line there.
    """

    when: int
    path: str
    line: int


class Cursor(NamedTuple):
    """The start of a page.

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


def _place(when: object, path: object, line: object) -> Place:
    if not (isinstance(when, int) and isinstance(path, str) and isinstance(line, int)):
        raise ValueError
    if not (abs(when) < 2**63 and 0 <= line < 1 << LINE_BITS):
        raise ValueError
    return Place(when, path, line)


@dataclass(frozen=True)
class Selection:
    """Which events of a group are wanted.

    Attributes:
        streams: names of streams; all if empty.
        prefixes: what the names of streams begin with, one of these; any if empty.
        pattern: a filter pattern.
        start: epoch milliseconds of the first moment; None for no bound.
        end: epoch milliseconds of the last moment, inclusive; None for no bound.
    """

    streams: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    pattern: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class FileOrder:
    """The files of a group by name, which is the order of events of the same time.

    Attributes:
        paths: the files, sorted; of a written group, group and stream.
    """

    paths: tuple[str, ...]

    @classmethod
    def of(cls, events: Events) -> tuple[FileOrder, list[int]]:
        """Return the files of events, and for each number of a file its position among them."""
        paths = list(file_paths(events))
        files = cls(tuple(sorted(set(paths))))
        positions = {path: position for position, path in enumerate(files.paths)}
        return files, [positions[path] for path in paths]

    def spot(self, place: Place) -> int:
        """Return the spot of a place; if its file is gone, the one before the next file."""
        position = bisect_left(self.paths, place.path)
        found = position < len(self.paths) and self.paths[position] == place.path
        return (position << LINE_BITS) + (place.line if found else -1)

    def place(self, when: int, spot: int) -> Place:
        """Return the place of an event."""
        return Place(when, self.paths[spot >> LINE_BITS], spot & ((1 << LINE_BITS) - 1))


def file_paths(events: Events) -> Iterator[str]:
    """Yield the path of each file, in the order of their numbers."""
    number = 0
    while True:
        try:
            yield events.locate(number << LINE_BITS)[0]
        except (KeyError, UnreadableInput):  # there are no more
            return
        number += 1


@dataclass(frozen=True)
class Window:
    """A stretch of events in order.

    Attributes:
        events: ``timestamp`` and ``ingestionTime`` (epoch ms, Int64), ``spot`` (Int64: the position of the file among
            ``files`` << ``LINE_BITS``, plus the 0-based line), ``logStreamName``, ``message``.
        files: their files.
        complete: does nothing follow in the direction in which it was read?
    """

    events: pl.DataFrame
    files: FileOrder
    complete: bool

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return int(self.events.estimated_size())

    def beyond(self, place: Place | None, *, backward: bool) -> pl.DataFrame:
        """Return the events after a place, or before it."""
        return self.events if place is None else self.events.filter(_beyond(place, self.files, backward=backward))


def _beyond(place: Place, files: FileOrder, *, backward: bool) -> pl.Expr:
    when, spot, given, number = pl.col(_WHEN), pl.col(_SPOT), pl.lit(place.when), pl.lit(files.spot(place))
    if backward:
        return (when < given) | ((when == given) & (spot < number))
    return (when > given) | ((when == given) & (spot > number))


def read_window(events: Events, selection: Selection, anchor: Place | None, backward: bool) -> Window:
    """Read the selected events next to a place, as many as a window can have."""
    report = ScanReport()
    files, positions = FileOrder.of(events)
    lazy = selected(api_events(events, report), selection).with_columns(_spot(positions)).drop(ROW)
    if anchor is not None:
        lazy = lazy.filter(_beyond(anchor, files, backward=backward))
    count, size = collect(lazy.select(pl.len(), pl.col("message").str.len_bytes().sum()), report).row(0)
    most = min(count, MOST_ROWS, max(1, count * MOST_BYTES // size) if size else count)
    nearest = collect(lazy.sort(_WHEN, _SPOT, descending=backward).head(most), report)
    return Window(nearest.reverse() if backward else nearest, files, most == count)


def _spot(positions: list[int]) -> pl.Expr:
    numbers = pl.col(ROW) // (1 << LINE_BITS)
    position = numbers.replace_strict(range(len(positions)), positions, return_dtype=pl.Int64())
    return (position * (1 << LINE_BITS) + pl.col(ROW) % (1 << LINE_BITS)).alias(_SPOT)


def api_events(events: Events, report: ScanReport) -> pl.LazyFrame:
    """Return events as the API has them: each has a stream and both times.

    An event without a time has that of the epoch, and one without a time of ingestion has it at its own time; the
    stream of events that name none is ``UNNAMED_STREAM`` (decided: clients rely on all three).

    Returns:
        ``ROW``, ``logStreamName``, ``timestamp`` and ``ingestionTime`` (epoch ms, Int64), ``message``.
    """
    time = pl.col("@timestamp").dt.epoch("ms").fill_null(0)
    return events.read(report).select(
        ROW,
        logStreamName=pl.col("@logStream").fill_null(UNNAMED_STREAM),
        timestamp=time,
        ingestionTime=pl.col("@ingestionTime").dt.epoch("ms").fill_null(time),
        message="@message",
    )


def selected(lazy: pl.LazyFrame, selection: Selection) -> pl.LazyFrame:
    """Return those of the events of the API that a selection wants."""
    stream = pl.col("logStreamName")
    conditions = [stream.is_in(selection.streams)] if selection.streams else []
    prefixes = [stream.str.starts_with(prefix) for prefix in selection.prefixes]
    conditions += [pl.any_horizontal(prefixes)] if prefixes else []
    conditions += [pl.col("timestamp") >= selection.start] if selection.start is not None else []
    conditions += [pl.col("timestamp") <= selection.end] if selection.end is not None else []
    return check_pattern(selection.pattern).rows(lazy.filter(*conditions), "message")


@dataclass(frozen=True)
class Page:
    """A page of events.

    Attributes:
        events: the events in order; see ``Window``.
        files: their files.
        cursor: where the next page begins.
        complete: does nothing follow?
    """

    events: pl.DataFrame
    files: FileOrder
    cursor: Cursor
    complete: bool

    def edge(self, *, first: bool) -> Place | None:
        """Return the place of the first or the last event; None if there are no events."""
        if self.events.is_empty():
            return None
        return self.files.place(*self.events.select(_WHEN, _SPOT).row(0 if first else -1))


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
    events, complete = rest.tail(size) if backward else rest.head(size), window.complete and rest.height <= size
    page = Page(events, window.files, cursor, complete)
    place = page.edge(first=backward)
    return replace(page, cursor=Cursor(anchor, place)) if place else page
