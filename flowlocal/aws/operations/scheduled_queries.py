"""Scheduled queries: they are kept, and run by hand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from flowlocal import engine
from flowlocal.aws.errors import ApiError, not_found
from flowlocal.aws.local_groups import now
from flowlocal.aws.lookup_tables import LookupTable, rows_of
from flowlocal.aws.operations.group_settings import tags_of
from flowlocal.aws.operations.start_query import start_query
from flowlocal.aws.paging import page
from flowlocal.aws.queries import StartedQuery, Status
from flowlocal.aws.request import Request
from flowlocal.aws.store import ScheduledQuery, Shown, Store, Tagged
from flowlocal.aws.table import Answer, operation
from flowlocal.language.errors import MalformedQuery
from flowlocal.moments import to_milliseconds

_GIVEN = (
    *("description", "queryLanguage", "queryString", "logGroupIdentifiers", "scheduleExpression", "timezone"),
    *("startTimeOffset", "endTimeOffset", "destinationConfiguration", "scheduleStartTime", "scheduleEndTime"),
    *("executionRoleArn", "state"),
)
_SUMMARY = (
    *("scheduledQueryArn", "name", "state", "scheduleType", "lastTriggeredTime", "lastExecutionStatus"),
    *("scheduleExpression", "timezone", "destinationConfiguration", "creationTime", "lastUpdatedTime"),
)
_EXECUTIONS = {Status.RUNNING: "Running", Status.COMPLETE: "Complete", Status.TIMEOUT: "Timeout"}
"""Statuses of executions; the others have failed."""


@operation("CreateScheduledQuery", fills_gap=True)
def create_scheduled_query(request: Request, store: Store) -> Answer:
    """Keep a scheduled query; it runs when RunScheduledQuery says so, and never by its schedule."""
    name = request.text("name")
    if name in store.state.scheduled:
        raise ApiError("ConflictException", f"A scheduled query with the name {name} already exists")
    arn = f"arn:aws:logs:{store.region}:{store.account}:scheduled-query:{name}"
    created = {"scheduledQueryArn": arn, "name": name, "scheduleType": "CUSTOMER_MANAGED", "creationTime": now()}
    tags = Tagged(tags_of(request))
    store.state.scheduled[name] = ScheduledQuery({**created, **_given(request)})
    store.state.tagged[arn] = tags
    return {"scheduledQueryArn": arn, "state": store.state.scheduled[name].shown["state"]}


def _given(request: Request) -> Shown:
    """Return what a request says of a scheduled query.

    Raises:
        ApiError: the query is malformed, or in a language that is not evaluated.
    """
    if request.text("queryLanguage") != "CWLI":
        raise _invalid(f"queryLanguage {request.text('queryLanguage')} is not evaluated by flowlocal; use CWLI")
    try:
        engine.parse(request.text("queryString"))
    except MalformedQuery as error:
        raise _invalid(error.service_message(0)) from error
    return {"state": "ENABLED", **request.chosen(*_GIVEN), "lastUpdatedTime": now()}


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)


@operation("UpdateScheduledQuery", fills_gap=True)
def update_scheduled_query(request: Request, store: Store) -> Answer:
    """Replace a scheduled query as a whole, but for its name and history."""
    found = _found(request, store)
    kept = {name: value for name, value in found.shown.items() if name not in _GIVEN}
    found.shown = {**kept, **_given(request)}
    return _shown(found)


@operation("GetScheduledQuery", fills_gap=True)
def get_scheduled_query(request: Request, store: Store) -> Answer:
    """Return a scheduled query."""
    return _shown(_found(request, store))


@operation("ListScheduledQueries", fills_gap=True)
def list_scheduled_queries(request: Request, store: Store) -> Answer:
    """Return the scheduled queries by name."""
    state, kind = request.optional_text("state"), request.optional_text("scheduleType")
    shown = [_shown(each) for _, each in sorted(store.state.scheduled.items())]
    found = [each for each in shown if state in (None, each["state"]) and kind in (None, each["scheduleType"])]
    size = request.optional_number("maxResults") or 1000
    chosen, more = page(found, request, f"scheduled:{state}:{kind}", size)
    summaries = [{name: each[name] for name in _SUMMARY if name in each} for each in chosen]
    return {"scheduledQueries": summaries, **more}


@operation("DeleteScheduledQuery", fills_gap=True)
def delete_scheduled_query(request: Request, store: Store) -> Answer:
    """Forget a scheduled query and its history."""
    shown = _found(request, store).shown
    del store.state.scheduled[shown["name"]]
    store.state.tagged.pop(shown["scheduledQueryArn"], None)
    return {}


@operation("GetScheduledQueryHistory", fills_gap=True)
def get_scheduled_query_history(request: Request, store: Store) -> Answer:
    """Return the executions of a scheduled query in a range of time, newest first."""
    found = _found(request, store)
    start, end = to_milliseconds(request.number("startTime")), to_milliseconds(request.number("endTime"), end=True)
    statuses = request.texts("executionStatuses")
    executions = [
        each
        for each in reversed(found.executions)
        if start <= each["triggeredTimestamp"] <= end and (not statuses or each["executionStatus"] in statuses)
    ]
    name = found.shown["name"]
    chosen, more = page(executions, request, f"history:{name}", request.optional_number("maxResults") or 1000)
    identity = {member: found.shown[member] for member in ("name", "scheduledQueryArn")}
    return {**identity, "triggerHistory": list(chosen), **more}


@operation("RunScheduledQuery", fills_gap=True, ours=True)
def run_scheduled_query(request: Request, store: Store) -> Answer:
    """Run a scheduled query now, as if it were `time` (epoch seconds), and return its execution when it has ended."""
    found = _found(request, store)
    triggered, moment = now(), request.optional_number("time") or int(time.time())
    execution: Shown = {"triggeredTimestamp": triggered, **_executed(found.shown, moment, request.id, store)}
    found.executions.append(execution)
    return execution


def _executed(shown: Mapping[str, Any], moment: int, request_id: str, store: Store) -> Shown:
    """Return what became of a query that ran over the time before a moment."""
    end = max(0, moment - shown.get("endTimeOffset", 0))
    start = max(0, moment - shown.get("startTimeOffset", moment))
    members = {"queryString": shown["queryString"], "startTime": start, "endTime": end}
    groups = {"logGroupIdentifiers": shown["logGroupIdentifiers"]} if "logGroupIdentifiers" in shown else {}
    try:
        query_id = start_query(Request({**members, **groups}, request_id), store)["queryId"]
    except ApiError as error:
        return {"executionStatus": "InvalidQuery", "errorMessage": error.message}
    query = store.state.queries.get(query_id)
    while query.poll() is Status.RUNNING:
        pass  # a poll waits
    failed = {"errorMessage": query.problem} if query.problem else {}
    status = _EXECUTIONS.get(query.status, "Failed")
    return {"queryId": query_id, "executionStatus": status, **failed, "destinations": _delivered(shown, query, store)}


def _delivered(shown: Mapping[str, Any], query: StartedQuery, store: Store) -> list[Shown]:
    """Return what became of the destinations of a query; only lookup tables are filled."""
    destinations, delivered = shown.get("destinationConfiguration", {}), []
    if s3 := destinations.get("s3Configuration"):
        problem = "flowlocal does not write results to S3"
        delivered.append(_destination("S3", s3["destinationIdentifier"], problem))
    if table := destinations.get("lookupTableConfiguration"):
        delivered.append(_destination("LOOKUP_TABLE", table["tableName"], _filled(table, query, store)))
    return delivered


def _destination(kind: str, identifier: str, problem: str) -> Shown:
    outcome = {"status": "FAILED", "errorMessage": problem} if problem else {"status": "COMPLETE"}
    return {"destinationType": kind, "destinationIdentifier": identifier, **outcome}


def _filled(given: Mapping[str, str], query: StartedQuery, store: Store) -> str:
    """Make a lookup table of the result of a query; return why it cannot be made, or an empty text."""
    if query.result is None:
        return "the query has no result"
    try:
        rows = rows_of(query.result)
    except ApiError as error:
        return error.message
    name = given["tableName"]
    store.state.tables[name] = LookupTable(name, rows, given.get("description", ""), given.get("kmsKeyId", ""))
    return ""


def _found(request: Request, store: Store) -> ScheduledQuery:
    """Return the scheduled query that a name or an ARN identifies."""
    identifier = request.text("identifier")
    for name, each in store.state.scheduled.items():
        if identifier in (name, each.shown["scheduledQueryArn"]):
            return each
    raise not_found(f"The scheduled query {identifier} does not exist")


def _shown(found: ScheduledQuery) -> Shown:
    """Return a scheduled query with what became of its last execution."""
    if not found.executions:
        return found.shown
    last = found.executions[-1]
    times = {"lastTriggeredTime": last["triggeredTimestamp"], "lastExecutionStatus": last["executionStatus"]}
    return {**found.shown, **times}
