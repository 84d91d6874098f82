"""Starting queries: StartQuery."""

from __future__ import annotations

from flowlocal.aws.errors import invalid, malformed
from flowlocal.aws.lookup_tables import named_in
from flowlocal.aws.names import query_prefix
from flowlocal.aws.queries import StartedQuery
from flowlocal.aws.reading import Reading, read_groups, saved_queries
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store
from flowlocal.aws.table import Answer, operation
from flowlocal.aws.tasks import Task
from flowlocal.epoch import MILLISECONDS_BELOW
from flowlocal.language.errors import MalformedQuery
from flowlocal.moments import to_milliseconds


@operation("StartQuery")
def start_query(request: Request, store: Store) -> Answer:
    """Start a query; one that is malformed is refused at once.

    Documented: "StartQuery". Positions in errors count with the ``SOURCE … | `` that the service puts before the
    query (recorded), from 0 where the query is empty (recorded). Times are seconds, and the last second counts to
    its end (recorded); numbers from 100,000,000,000 up are milliseconds (recorded). Saved queries can be named as
    ``$Name(…)``.
    """
    _check_language(request)
    text = request.text("queryString")
    start, end = _range(request)
    limit = request.optional_number("limit")
    try:
        reading = read_groups(request, text, store)
    except MalformedQuery as error:
        raise malformed(error, 0) from error
    query = _query(text, reading, (start, end), limit, store)
    store.state.queries.start(query)
    return {"queryId": query.id}


def _check_language(request: Request) -> None:
    """Refuse the languages that flowlocal does not evaluate."""
    language = request.optional_text("queryLanguage") or "CWLI"
    if language != "CWLI":
        raise invalid(f"queryLanguage {language} is not evaluated by flowlocal; write the query in CWLI")


def _range(request: Request) -> tuple[int, int]:
    """Both ends in epoch milliseconds, inclusive."""
    start, end = request.number("startTime"), request.number("endTime")
    if max(start, end) >= MILLISECONDS_BELOW:
        raise invalid(f"startTime {start} and endTime {end} must be epoch seconds")
    first, last = to_milliseconds(start), to_milliseconds(end, end=True)
    if first > last:
        raise invalid(f"startTime {start} is after endTime {end}")
    return first, last


def _query(text: str, reading: Reading, span: tuple[int, int], limit: int | None, store: Store) -> StartedQuery:
    prefix = "" if reading.named_in_query else query_prefix(reading.groups, *span)
    restriction = reading.restriction
    offset = len(prefix) - len(restriction) if text.strip() else -len(restriction)
    saved = saved_queries(store)
    tables = named_in([text, *(each.text for each in saved.values())], store.state.tables)
    task = Task(restriction + text, reading.loaded, *span, limit, saved, tables, offset)
    return StartedQuery(task, prefix + text, reading.groups)
