"""Results of queries: GetQueryResults, StopQuery, DescribeQueries, ListLogGroupsForQuery."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import repeat

from flowlocal.aws.paging import offset_of, page, token_for
from flowlocal.aws.queries import StartedQuery, Status
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store, arn
from flowlocal.aws.table import Answer, Encoded, operation
from flowlocal.result import Result

PAGE = 10_000
"""Rows that one answer holds at most (documented)."""


def _query(request: Request, store: Store) -> StartedQuery:
    return store.state.queries.get(request.text("queryId"))


@operation("GetQueryResults")
def get_query_results(request: Request, store: Store) -> Answer:
    """Return a page of the rows of a query, and what it read.

    Documented: "GetQueryResults". A row is a list of fields without the missing ones; a row that is a single event
    ends with its ``@ptr`` (recorded). ``maxItems`` 0 counts as absent (decided).
    """
    query = _query(request, store)
    size = request.optional_number("maxItems") or PAGE
    start = offset_of(query.id, request.optional_text("nextToken"))
    status = query.poll()
    result = query.result if status is Status.COMPLETE else None
    answer: Answer = {
        "queryLanguage": "CWLI",
        "results": _rows(result, start, size) if result else [],
        "statistics": _statistics(query, result),
        "status": str(status),
    }
    if result and start + size < len(result):
        answer["nextToken"] = token_for(query.id, start + size)
    return answer


def _rows(result: Result, start: int, size: int) -> Encoded:
    """Return a page of rows as JSON."""
    names = [json.dumps(name) for name in result.printed.columns]
    pointers = result.pointers[start : start + size] if result.pointers else repeat(None)
    rows = zip(result.printed.slice(start, size).iter_rows(), pointers, strict=False)
    return Encoded(f"[{', '.join(_row(names, values, pointer) for values, pointer in rows)}]")


def _row(names: Sequence[str], values: Sequence[str | None], pointer: str | None) -> str:
    cells = zip((*names, '"@ptr"'), (*values, pointer), strict=True)
    texts = (f'{{"field": {name}, "value": {json.dumps(value)}}}' for name, value in cells if value is not None)
    return f"[{', '.join(texts)}]"


def _statistics(query: StartedQuery, result: Result | None) -> dict[str, float]:
    """Return what was read up to now; clients need it in every answer."""
    return {
        "recordsMatched": result.statistics.recordsMatched if result else 0.0,
        "recordsScanned": float(query.report.records),
        "estimatedRecordsSkipped": 0.0,
        "bytesScanned": float(query.report.bytes),
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": float(len(query.groups)),
        "resultCount": float(len(result)) if result else 0.0,
    }


@operation("StopQuery")
def stop_query(request: Request, store: Store) -> Answer:
    """Stop a query that runs; one that has ended is refused (recorded)."""
    _query(request, store).stop()
    return {"success": True}


@operation("DescribeQueries")
def describe_queries(request: Request, store: Store) -> Answer:
    """Return the queries that were started, newest first; their text as the service writes it (recorded)."""
    group = request.optional_text("logGroupName")
    status = request.optional_text("status")
    language = request.optional_text("queryLanguage") or "CWLI"
    size = request.optional_number("maxResults") or 1000
    found = [
        _described(query)
        for query in store.state.queries.all()
        if (group is None or group in query.groups) and status in (None, query.status) and language == "CWLI"
    ]
    queries, more = page(found, request, f"queries:{group}:{status}", size)
    return {"queries": list(queries), **more}


def _described(query: StartedQuery) -> Answer:
    described: Answer = {
        "queryLanguage": "CWLI",
        "queryId": query.id,
        "queryString": query.text,
        "status": str(query.status),
        "createTime": query.created,
        "queryDuration": query.duration,
        "bytesScanned": float(query.report.bytes),
    }
    return {**described, "logGroupName": query.groups[0]} if query.groups else described


@operation("ListLogGroupsForQuery")
def list_log_groups_for_query(request: Request, store: Store) -> Answer:
    """Return the groups that a query reads, as ARNs."""
    query = _query(request, store)
    size = request.optional_number("maxResults") or 50
    found, more = page([arn(store, name) for name in query.groups], request, f"groups:{query.id}", size)
    return {"logGroupIdentifiers": list(found), **more}
