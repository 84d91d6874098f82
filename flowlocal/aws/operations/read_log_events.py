"""Events as they are: GetLogEvents, FilterLogEvents."""

from __future__ import annotations

from typing import Any

import polars as pl

from flowlocal.aws.errors import invalid, not_found
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.operations.log_streams import named_group, stream_name
from flowlocal.aws.paging import offset_of, token_for
from flowlocal.aws.patterns import filter_pattern
from flowlocal.aws.request import STREAM_NAME, Request
from flowlocal.aws.table import Answer, operation
from flowlocal.events import ROW, ScanReport

PAGE = 10_000
_COLUMNS = {"timestamp": "@timestamp", "message": "@message", "ingestionTime": "@ingestionTime"}


@operation("GetLogEvents", written=True)
def get_log_events(request: Request, store: LocalStore) -> Answer:
    """The events of one stream, oldest first, from the end of it unless ``startFromHead`` is true.

    Documented: "GetLogEvents". A token is answered again where there is nothing more in its direction.
    """
    group, stream = named_group(request, store), stream_name(request)
    size = request.optional_number("limit", least=1, most=PAGE) or PAGE
    events = _events(store, group, request, [stream], exclusive=True)
    if events.is_empty():
        _check_stream(store, group, stream)
    start, end = _window(request, f"{group}:{stream}", events.height, size)
    return {
        "events": _plain(events.slice(start, end - start)),
        "nextForwardToken": "f/" + token_for(f"{group}:{stream}", end),
        "nextBackwardToken": "b/" + token_for(f"{group}:{stream}", start),
    }


def _window(request: Request, subject: str, height: int, size: int) -> tuple[int, int]:
    """First event of the page, and the one after its last."""
    token = request.optional_text("nextToken", most=4096)
    if token is None:
        start = 0 if request.flag("startFromHead") else max(0, height - size)
        return start, min(height, start + size)
    place = min(height, offset_of(subject, token[2:]))
    if token.startswith("f/"):
        return place, min(height, place + size)
    if token.startswith("b/"):
        return max(0, place - size), place
    raise invalid("The specified nextToken is invalid.")


def _check_stream(store: LocalStore, group: str, stream: str) -> None:
    """Refuse a stream that does not exist, rather than say that it is empty."""
    events = store.group(group)
    known = getattr(events, "streams", {})
    lazy = events.events().read(ScanReport()).filter(pl.col("@logStream") == stream)
    if stream not in known and lazy.select(pl.len()).collect(engine="streaming").item() == 0:
        raise not_found("The specified log stream does not exist.")


@operation("FilterLogEvents", written=True)
def filter_log_events(request: Request, store: LocalStore) -> Answer:
    """The events of a group that a filter pattern lets through, oldest first.

    Documented: "FilterLogEvents" and "Filter pattern syntax" for terms, phrases, ``-term``, ``?term`` and
    ``%regular expression%``; patterns for JSON and for fields between blanks are refused.
    """
    group = named_group(request, store)
    names = request.texts("logStreamNames", most=100, pattern=STREAM_NAME, longest=512)
    prefix = request.optional_text("logStreamNamePrefix", most=512, pattern=STREAM_NAME)
    if names and prefix:
        raise invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    size = request.optional_number("limit", least=1, most=PAGE) or PAGE
    pattern = request.optional_text("filterPattern", least=0) or ""
    events = _events(store, group, request, names, prefix=prefix or "", pattern=pattern)
    subject = f"{group}:{pattern}"
    start = offset_of(subject, request.optional_text("nextToken", most=4096))
    answer: Answer = {"events": _located(events.slice(start, size)), "searchedLogStreams": []}
    if start + size < events.height:
        answer["nextToken"] = token_for(subject, start + size)
    return answer


def _events(
    store: LocalStore,
    group: str,
    request: Request,
    streams: list[str],
    *,
    prefix: str = "",
    pattern: str = "",
    exclusive: bool = False,
) -> pl.DataFrame:
    """The events that a request asks for, oldest first, with the columns of ``_COLUMNS``, stream and row."""
    start, end = request.optional_number("startTime"), request.optional_number("endTime")
    time_ = pl.col("timestamp")
    lazy = store.events([group]).read(ScanReport()).select(ROW, "@logStream", **_COLUMNS)
    lazy = lazy.with_columns(pl.col("timestamp", "ingestionTime").dt.epoch("ms"))
    if streams:
        lazy = lazy.filter(pl.col("@logStream").is_in(streams))
    lazy = lazy.filter(pl.col("@logStream").fill_null("").str.starts_with(prefix), filter_pattern(pattern, "message"))
    if start is not None:
        lazy = lazy.filter(time_ >= start)
    if end is not None:
        lazy = lazy.filter(time_ < end if exclusive else time_ <= end)
    return lazy.sort("timestamp", ROW).collect(engine="streaming")


def _plain(events: pl.DataFrame) -> list[dict[str, Any]]:
    rows = events.select(*_COLUMNS).iter_rows(named=True)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _located(events: pl.DataFrame) -> list[dict[str, Any]]:
    places = zip(events["@logStream"], events[ROW], strict=True)
    return [
        {**event, "logStreamName": stream or "", "eventId": f"{row:056d}"}
        for event, (stream, row) in zip(_plain(events), places, strict=True)
    ]
