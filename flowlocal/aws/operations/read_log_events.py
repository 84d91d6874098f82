"""Reading events: GetLogEvents, FilterLogEvents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from flowlocal.aws.errors import invalid, not_found
from flowlocal.aws.event_ids import digest, event_id
from flowlocal.aws.local_groups import WrittenGroup
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.matching import check_pattern
from flowlocal.aws.operations.log_streams import named_group
from flowlocal.aws.reads import Read
from flowlocal.aws.request import Request
from flowlocal.aws.table import Answer, Encoded, operation
from flowlocal.aws.windows import Cursor, Page, Place, Selection, Window, api_events, find_page, read_window
from flowlocal.collecting import collect
from flowlocal.events import LINE_BITS, Events, ScanReport

PAGE = 10_000
_LINES = 1 << LINE_BITS
_FORWARD, _BACKWARD = "f/", "b/"


@operation("GetLogEvents", written=True)
def get_log_events(request: Request, store: LocalStore) -> Answer:
    """Return the events of one stream, oldest first, from its end unless ``startFromHead`` is true.

    Documented: "GetLogEvents". A token is answered again where there is nothing more in its direction.
    """
    group, stream = named_group(request, store), request.text("logStreamName")
    size = request.optional_number("limit") or PAGE
    token = request.optional_text("nextToken")
    backward = not request.flag("startFromHead") if token is None else _is_backward(token)
    subject = f"{group}:{stream}"
    cursor = Cursor() if token is None else Cursor.of(token[2:], subject)
    end = request.optional_number("endTime")
    selection = Selection((stream,), start=request.optional_number("startTime"), end=None if end is None else end - 1)
    page = find_page(_windows(store, group, selection, backward=backward), cursor, size, backward=backward)
    if page.events.is_empty():
        _check_stream(store, group, stream)
    return {"events": _encoded(page, located=False), **_tokens(page, subject, backward=backward)}


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
    report = ScanReport()
    found = api_events(events, report).filter(pl.col("logStreamName") == stream)
    return bool(collect(found.select(pl.len()), report).item())


@operation("FilterLogEvents", written=True)
def filter_log_events(request: Request, store: LocalStore) -> Answer:
    """Return the events of a group that match a filter pattern, oldest first.

    Documented: "FilterLogEvents"; for patterns see ``flowlocal.filter_patterns``.
    """
    group = named_group(request, store)
    names = request.texts("logStreamNames")
    prefix = request.optional_text("logStreamNamePrefix")
    if names and prefix:
        raise invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    for name in names:
        _check_stream(store, group, name)
    size = request.optional_number("limit") or PAGE
    pattern = request.optional_text("filterPattern") or ""
    check_pattern(pattern)  # refused before anything is read
    start, end = request.optional_number("startTime"), request.optional_number("endTime")
    subject = f"{group}:{pattern}"
    token = request.optional_text("nextToken")
    cursor = Cursor() if token is None else Cursor.of(token, subject)
    selection = Selection(tuple(names), (prefix,) if prefix else (), pattern, start, end)
    page = find_page(_windows(store, group, selection), cursor, size)
    answer: Answer = {"events": _encoded(page, located=True), "searchedLogStreams": []}
    return answer if page.complete else {**answer, "nextToken": page.cursor.token(subject)}


def _encoded(page: Page, *, located: bool) -> Encoded:
    """Return events as JSON, with stream and id if they are of several streams.

    Polars writes it: in Python, pages of 10,000 events take ten times as long (measured).
    """
    members = [pl.col("timestamp"), pl.col("ingestionTime"), pl.col("message")]
    if located and not page.events.is_empty():
        members += [pl.col("logStreamName"), _ids(page.files.paths).alias("eventId")]
    rows = page.events.select(pl.struct(members).struct.json_encode().str.join(", ")).item()
    return Encoded(f"[{rows}]")


def _ids(paths: Sequence[str]) -> pl.Expr:
    """Return the ids of events of some files, which ``spot`` numbers."""
    spot, digests = pl.col("spot"), [digest(path) for path in paths]
    place = (spot // _LINES).replace_strict(range(len(digests)), digests, return_dtype=pl.String())
    return event_id(pl.col("timestamp"), place, spot % _LINES)
