"""Single events and their fields: GetLogRecord, GetLogGroupFields."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping

import polars as pl

from flowlocal import engine
from flowlocal.aws.errors import invalid, not_found
from flowlocal.aws.names import identified
from flowlocal.aws.reads import Read
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store, find_group
from flowlocal.aws.table import Answer, operation
from flowlocal.collecting import collect, read_rows
from flowlocal.compiler.scope import QueryContext
from flowlocal.events import LINE_BITS, RECORD, ROW, Events, Field, ScanReport
from flowlocal.moments import to_milliseconds
from flowlocal.values.kinds import FieldKind

_LINES = (1 << LINE_BITS) - 1
_EIGHT_MINUTES = 8 * 60_000
_QUARTER_HOUR = 15 * 60_000


@operation("GetLogRecord")
def get_log_record(request: Request, store: Store) -> Answer:
    """Return every field of the event that a ``@ptr`` leads to.

    Documented: "GetLogRecord"; times are epoch milliseconds (documented, the example of ``aws logs
    get-log-record``), all else is printed as in a query's result.
    """
    path, line = _place(request.text("logRecordPointer"))
    group = path.partition(":")[0]
    if group not in store.group_names():
        raise not_found("The log record pointer leads to no log event")
    record = store.read([group], Read(read_record, (path, line)))
    if record is None:
        raise not_found("The log record pointer leads to no log event")
    return {"logRecord": record}


def read_record(events: Events, path: str, line: int) -> dict[str, str] | None:
    """Return the fields of the event at a place; None if there is none.

    Files are few, so those that have such a line are all read, once, and then looked through.
    """
    report = ScanReport()
    frame = engine.open_frame(events, QueryContext("", 0, None, None), report, engine.Meter())
    values = {name: value for name, value in frame.values.items() if name != "@ptr"}
    times = {name for name, field in events.fields.items() if field.kind is FieldKind.TIME}
    columns = [
        pl.col(name).dt.epoch("ms").cast(pl.String()).alias(name) if name in times else value.printed().alias(name)
        for name, value in values.items()
    ]
    same_line = (pl.col(ROW) & _LINES) == line - 1
    found = collect(frame.lazy.filter(same_line).select(ROW, *columns), report)
    for row in found.iter_rows(named=True):
        if events.locate(row.pop(ROW)) == (path, line):
            return {name: value for name, value in row.items() if value is not None}
    return None


def _place(pointer: str) -> tuple[str, int]:
    """Return the path and the 1-based line of a pointer."""
    try:
        line, _, path = urlsafe_b64decode(pointer.encode()).decode(errors="surrogateescape").partition(":")
        if path and line.isascii() and line.isdigit() and len(line) < 16:
            return path, int(line)
    except ValueError:  # no base64
        pass
    raise invalid("The log record pointer is not one that GetQueryResults answered as @ptr")


@operation("GetLogGroupFields")
def get_log_group_fields(request: Request, store: Store) -> Answer:
    """Return the fields of a group's events near a moment, and in how many per cent of the events each is.

    Documented: "GetLogGroupFields": eight minutes before and after ``time``, or the last fifteen minutes. Where
    nothing happened in the last fifteen minutes, those before the newest event are looked at, since local logs are
    seldom that young (decided). Fields that are in less than half a per cent are listed with 0 (decided).
    """
    group = _group(request, store)
    start, end = _around(group, request, store)
    shares = store.read([group], Read(read_shares, (start, end)))
    order = sorted(shares, key=lambda name: -shares[name])
    return {"logGroupFields": [{"name": name, "percent": round(100 * shares[name])} for name in order]}


def _group(request: Request, store: Store) -> str:
    given = [form for form in ("logGroupName", "logGroupIdentifier") if request.has(form)]
    if len(given) != 1:
        raise invalid("Exactly one of logGroupName, logGroupIdentifier must name the log group")
    identifier = request.text(given[0])
    name = find_group(store, identifier)
    if name is None:
        raise not_found(f"The specified log group does not exist: {identified(identifier).name}")
    return name


def _around(group: str, request: Request, store: Store) -> tuple[int, int]:
    """Return the range to look at, in epoch milliseconds, inclusive."""
    given = request.optional_number("time")
    if given is None:
        now = int(time.time() * 1000)
        newest = store.read([group], Read(read_newest, (now,)))
        last = now if newest is None or newest > now - _QUARTER_HOUR else newest
        return last - _QUARTER_HOUR, last
    middle = to_milliseconds(given)
    return middle - _EIGHT_MINUTES, middle + _EIGHT_MINUTES


def read_newest(events: Events, now: int) -> int | None:
    """Return the time of the newest event up to now; None if there is none."""
    times = pl.col("@timestamp").cast(pl.Int64)
    found: int | None = read_rows(events, lambda lazy: lazy.select(times).filter(pl.first() <= now).max()).item()
    return found


def read_shares(events: Events, start: int, end: int) -> Mapping[str, float]:
    """For each field that is there at all, the share of events that have it."""
    time_ = pl.col("@timestamp").cast(pl.Int64)
    counts = [_present(field).sum().alias(name) for name, field in events.fields.items()]
    inside = time_.is_between(start, end)
    row = read_rows(events, lambda lazy: lazy.filter(inside).select(pl.len().alias("\0"), *counts)).row(0, named=True)
    total = row.pop("\0")
    return {name: count / total for name, count in row.items() if count}


def _present(field: Field) -> pl.Expr:
    there = pl.col(field.name).is_not_null()
    return there | pl.col(RECORD) if field.kind is FieldKind.INTEGER else there
