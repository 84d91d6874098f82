"""One call for emulators of AWS that keep log events themselves: events in, the service's answer or its error out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NotRequired, TypedDict
from uuid import uuid4

from flowlocal.aws.lookup_tables import Files, tables_of_files
from flowlocal.aws.queries import InProcess, Queries, StartedQuery
from flowlocal.aws.reads import Read, read_here
from flowlocal.aws.records import Columns, events_of
from flowlocal.aws.request import Request
from flowlocal.aws.store import State
from flowlocal.aws.table import answer, encode
from flowlocal.events import Events
from flowlocal.sources.joining import joined

LogEvents = Iterable[Mapping[str, Any]]
"""Events as FilterLogEvents lists them: ``message``, ``timestamp`` and, if known, ``ingestionTime`` (both epoch
milliseconds) and ``logStreamName``."""


class ResultField(TypedDict):
    """A cell of a row."""

    field: str
    value: str


class QueryResults(TypedDict):
    """The answer of GetQueryResults for a query that has ended, with the rows of all pages.

    >>> from flowlocal.aws import QueryResults
    >>> rows = [[{"field": "n", "value": "3"}]]
    >>> done = QueryResults(queryLanguage="CWLI", results=rows, statistics={}, status="Complete")
    >>> [{cell["field"]: cell["value"] for cell in row} for row in done["results"]]
    [{'n': '3'}]
    """

    queryLanguage: str
    results: list[list[ResultField]]
    statistics: dict[str, float]
    status: str
    nextToken: NotRequired[str]


@dataclass(frozen=True)
class EventStore:
    """Log groups whose events somebody else keeps.

    Attributes:
        groups: their events by name; only those of groups that a query names are looked at.
        account: the account.
        region: the region.
        tables: files of lookup tables by name.
        state: what is remembered between StartQuery and GetQueryResults.
    """

    groups: Mapping[str, LogEvents]
    account: str
    region: str
    tables: Files
    state: State = field(init=False)

    def __post_init__(self) -> None:
        queries = Queries(InProcess(self.events), _warn)
        object.__setattr__(self, "state", State(queries, tables=tables_of_files(self.tables)))

    def group_names(self) -> Sequence[str]:
        """Return the names of all groups."""
        return list(self.groups)

    def log_class(self, _name: str) -> str:
        """Return the class of a group."""
        return "STANDARD"

    def owns(self, account: str, region: str) -> bool:
        """Return True if it is this account in this region."""
        return (account, region) == (self.account, self.region)

    def read(self, names: Sequence[str], read: Read) -> Any:  # noqa: ANN401 - as the read
        """Read the events of some groups, in this process."""
        return read_here(partial(self.events, names), read)

    def events(self, names: Sequence[str]) -> Events:
        """Return the events of some groups as they are now."""
        return joined([events_of(name, self.account, _streams(self.groups[name])) for name in names])


def _streams(events: LogEvents) -> dict[str, Columns]:
    """Return the columns of events by their log stream."""
    streams: dict[str, tuple[list[int], list[str], list[int]]] = {}
    for event in events:
        times, messages, ingested = streams.setdefault(event.get("logStreamName") or "", ([], [], []))
        times.append(event["timestamp"])
        messages.append(event["message"])
        ingested.append(event.get("ingestionTime", event["timestamp"]))
    return {name: Columns(*columns) for name, columns in streams.items()}


def _warn(query: StartedQuery) -> None:
    """Say why a query failed, which GetQueryResults does not."""
    if query.problem:
        warnings.warn(f"the query failed: {query.problem}: {query.text}", RuntimeWarning, stacklevel=2)


def run_query(
    request: Mapping[str, object],
    groups: Mapping[str, LogEvents],
    *,
    account: str = "123456789012",
    region: str = "us-east-1",
    tables: Files | None = None,
) -> QueryResults:
    """Run the query of a StartQuery request over events, and return what GetQueryResults answers at its end.

    For emulators of AWS that keep log events themselves. The request is checked as the service checks it. The query
    runs in this process and has ended when the call returns. This function keeps its arguments and its answer within a
    major version.

    Args:
        request: the members of StartQuery, as a client sent them: ``queryString``, ``startTime``, ``endTime``,
            ``logGroupName`` (or ``logGroupNames``, ``logGroupIdentifiers``), ``limit``, ``queryLanguage``.
        groups: the events of all log groups by name; only those that the query names are looked at.
        account: the account that owns the groups, as in ``@log``.
        region: its region; an ARN of another one is not found.
        tables: files of lookup tables by name, for ``lookup`` and ``cidrlookup``.

    Returns:
        The answer. ``status`` is ``Complete``, or ``Failed`` if the answer would be too large; the reason is a
        ``RuntimeWarning``.

    Raises:
        ApiError: what the service answers instead: ``MalformedQueryException`` with the place in
            ``members["queryCompileError"]``, ``ResourceNotFoundException``, ``InvalidParameterException``, ….
            ``code`` and ``message`` say what is wrong, ``status`` is that of HTTP, ``body()`` is the response's.

    Examples:
        >>> from flowlocal.aws import run_query
        >>> events = [{"timestamp": 1777600000000, "message": '{"level": "error"}', "logStreamName": "s"}]
        >>> request = {"logGroupName": "app", "startTime": 1777590000, "endTime": 1777610000}
        >>> found = run_query({**request, "queryString": "stats count(*) as n by level"}, {"app": events})
        >>> found["status"], found["results"]
        ('Complete', [[{'field': 'level', 'value': 'error'}, {'field': 'n', 'value': '1'}]])
    """
    store = EventStore(groups, account, region, tables or {})
    started = answer("StartQuery", Request(request, str(uuid4())), store)
    found = _page(store, started)
    page = found
    while "nextToken" in page:
        page = _page(store, {**started, "nextToken": page["nextToken"]})
        found["results"] += page["results"]
    found.pop("nextToken", None)
    return found


def _page(store: EventStore, members: Mapping[str, object]) -> QueryResults:
    found: QueryResults = json.loads(encode(answer("GetQueryResults", Request(members), store)))
    return found
