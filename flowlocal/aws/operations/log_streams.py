"""Log streams: CreateLogStream, DeleteLogStream, DescribeLogStreams."""

from __future__ import annotations

from typing import Any

import polars as pl

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.local_groups import Group, Stream, WrittenGroup
from flowlocal.aws.local_store import LocalStore
from flowlocal.aws.paging import page
from flowlocal.aws.reads import Read
from flowlocal.aws.request import Request
from flowlocal.aws.store import arn, find_group
from flowlocal.aws.table import Answer, operation
from flowlocal.aws.windows import api_events
from flowlocal.collecting import collect
from flowlocal.events import Events, ScanReport


def named_group(request: Request, store: LocalStore) -> str:
    """Return the group that ``logGroupName`` or ``logGroupIdentifier`` names."""
    given = [form for form in ("logGroupName", "logGroupIdentifier") if request.has(form)]
    if len(given) == 2:
        raise ApiError("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
    if not given:
        raise ApiError("ValidationException", "Exactly one of logGroupName, logGroupIdentifier must name the log group")
    name = find_group(store, request.text(given[0]))
    if name is None:
        raise not_found("The specified log group does not exist.")
    return name


def written_stream(group: WrittenGroup, name: str) -> Stream:
    """Return a stream of a group that was written through the API."""
    if name not in group.streams:
        raise not_found("The specified log stream does not exist.")
    return group.streams[name]


@operation("CreateLogStream", written=True)
def create_log_stream(request: Request, store: LocalStore) -> Answer:
    """Make a stream in a group that was made through the API."""
    group, name = store.written(request.text("logGroupName")), request.text("logStreamName")
    if not group.create(name):
        raise ApiError("ResourceAlreadyExistsException", "The specified log stream already exists")
    return {}


@operation("DeleteLogStream", written=True)
def delete_log_stream(request: Request, store: LocalStore) -> Answer:
    """Forget a stream and its events."""
    group, name = store.written(request.text("logGroupName")), request.text("logStreamName")
    written_stream(group, name)
    group.forget(name)
    return {}


@operation("DescribeLogStreams", written=True)
def describe_log_streams(request: Request, store: LocalStore) -> Answer:
    """Return the streams of a group, with the times of their first and last events."""
    group = store.group(named_group(request, store))
    prefix = request.optional_text("logStreamNamePrefix") or ""
    order = request.optional_text("orderBy") or "LogStreamName"
    size = request.optional_number("limit") or 50
    if prefix and order == "LastEventTime":
        raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    streams = [each for each in _streams(store, group) if each["logStreamName"].startswith(prefix)]
    if order == "LastEventTime":
        streams.sort(key=lambda each: each.get("lastEventTimestamp", 0))
    if request.flag("descending"):
        streams.reverse()
    chosen, more = page(streams, request, f"streams:{group.name}:{prefix}:{order}", size)
    return {"logStreams": list(chosen), **more}


def _streams(store: LocalStore, group: Group) -> list[dict[str, Any]]:
    """Every stream by name; those of files are found by reading them."""
    times: dict[str, dict[str, int]] = store.read([group.name], Read(stream_times))
    made = {name: each.created for name, each in group.streams.items()} if isinstance(group, WrittenGroup) else {}
    return [
        {
            "logStreamName": name,
            "creationTime": made.get(name, group.created),
            "arn": f"{arn(store, group.name)}:log-stream:{name}",
            "storedBytes": 0,
            **times.get(name, {}),
        }
        for name in sorted({*times, *made})
    ]


def stream_times(events: Events) -> dict[str, dict[str, int]]:
    """Return the times of first and last events by stream, under their names in the API."""
    report = ScanReport()
    streams = api_events(events, report).group_by("logStreamName")
    times = streams.agg(
        firstEventTimestamp=pl.col("timestamp").min(),
        lastEventTimestamp=pl.col("timestamp").max(),
        lastIngestionTime=pl.col("ingestionTime").max(),
    )
    return {row.pop("logStreamName"): row for row in collect(times, report).iter_rows(named=True)}
