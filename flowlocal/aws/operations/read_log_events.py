"""Events as they are: GetLogEvents, FilterLogEvents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from json.encoder import encode_basestring_ascii as _quoted

import polars as pl

from flowlocal.aws.errors import invalid, not_found
from flowlocal.aws.local_groups import WrittenGroup
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.operations.log_streams import named_group, stream_name
from flowlocal.aws.reads import Read
from flowlocal.aws.request import STREAM_NAME, Request
from flowlocal.aws.table import Answer, Encoded, operation
from flowlocal.aws.windows import Cursor, Page, Place, Selection, Window, find_page, read_window
from flowlocal.collecting import read_rows
from flowlocal.events import ROW, Events

PAGE = 10_000
_FORWARD, _BACKWARD = "f/", "b/"


@operation("GetLogEvents", written=True)
def get_log_events(request: Request, store: LocalStore) -> Answer:
    """The events of one stream, oldest first, from the end of it unless ``startFromHead`` is true.

    Documented: "GetLogEvents". A token is answered again where there is nothing more in its direction.
    """
    group, stream = named_group(request, store), stream_name(request)
    size = request.optional_number("limit", least=1, most=PAGE) or PAGE
    token = request.optional_text("nextToken", most=4096)
    backward = not request.flag("startFromHead") if token is None else _is_backward(token)
    subject = f"{group}:{stream}"
    cursor = Cursor() if token is None else Cursor.of(token[2:], subject)
    end = request.optional_number("endTime")
    selection = Selection((stream,), start=request.optional_number("startTime"), end=None if end is None else end - 1)
    page = find_page(_windows(store, group, selection, backward=backward), cursor, size, backward=backward)
    if page.events.is_empty():
        _check_stream(store, group, stream)
    return {"events": _encoded(page.events, located=False), **_tokens(page, subject, backward=backward)}


def _is_backward(token: str) -> bool:
    if not token.startswith((_FORWARD, _BACKWARD)):
        raise invalid("The specified nextToken is invalid.")
    return token.startswith(_BACKWARD)


def _tokens(page: Page, subject: str, *, backward: bool) -> dict[str, str]:
    """Return the tokens of both directions: the one goes on, the other turns round at the other edge of the page."""
    edge = page.edge(first=not backward) or page.cursor.place
    turned = Cursor(edge, edge).token(subject)
    further = page.cursor.token(subject)
    forward, back = (turned, further) if backward else (further, turned)
    return {"nextForwardToken": _FORWARD + forward, "nextBackwardToken": _BACKWARD + back}


def _windows(
    store: LocalStore, group: str, selection: Selection, *, backward: bool = False
) -> Callable[[Place | None], Window]:
    """Return what reads the windows of a selection."""

    def read(anchor: Place | None) -> Window:
        window: Window = store.read([group], Read(read_window, (selection, anchor, backward)))
        return window

    return read


def _check_stream(store: LocalStore, group: str, stream: str) -> None:
    """Refuse a stream that does not exist, rather than say that it is empty."""
    found = store.group(group)
    known = isinstance(found, WrittenGroup) and stream in found.streams
    if not known and not store.read([group], Read(has_stream, (stream,))):
        raise not_found("The specified log stream does not exist.")


def has_stream(events: Events, stream: str) -> bool:
    """Return True if some event is of a stream."""
    of_stream = pl.col("@logStream") == stream
    return bool(read_rows(events, lambda lazy: lazy.filter(of_stream).select(pl.len())).item())


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
    start, end = request.optional_number("startTime"), request.optional_number("endTime")
    subject = f"{group}:{pattern}"
    token = request.optional_text("nextToken", most=4096)
    cursor = Cursor() if token is None else Cursor.of(token, subject)
    page = find_page(_windows(store, group, Selection(tuple(names), prefix or "", pattern, start, end)), cursor, size)
    answer: Answer = {"events": _encoded(page.events, located=True), "searchedLogStreams": []}
    return answer if page.complete else {**answer, "nextToken": page.cursor.token(subject)}


def _encoded(events: pl.DataFrame, *, located: bool) -> Encoded:
    """Return events as JSON, with stream and id if they are of several streams."""
    return Encoded(f"[{', '.join(_texts(events, located=located))}]")


def _texts(events: pl.DataFrame, *, located: bool) -> Iterator[str]:
    """Write each event by hand: as dicts, pages of 10,000 take more than twice as long (measured)."""
    rows = events.select("timestamp", "message", "ingestionTime", "@logStream", ROW).iter_rows()
    for time, message, ingested, stream, row in rows:
        times = f'"timestamp": {time}, ' if time is not None else ""
        times += f'"ingestionTime": {ingested}, ' if ingested is not None else ""
        place = f', "logStreamName": {_quoted(stream or "")}, "eventId": "{row:056d}"' if located else ""
        yield f'{{{times}"message": {_quoted(message)}{place}}}'
