"""MiniStack: replace the handler of StartQuery (MiniStack 1.5).

MiniStack keeps finished queries in a table. GetQueryResults, with its pages, and StopQuery read it and stay.
"""

from typing import Any
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import cloudwatch_logs

from flowlocal.aws import ApiError, run_query


def start_query(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """Answer StartQuery; the query has ended then."""
    groups = {name: events(group) for name, group in cloudwatch_logs._log_groups.items()}
    try:
        answer = run_query(request, groups, account=get_account_id(), region=get_region())
    except ApiError as error:
        return json_response(error.body(), error.status)
    query_id = str(uuid4())
    cloudwatch_logs._queries[query_id] = {**request, **answer, "queryId": query_id}
    return json_response({"queryId": query_id})


def events(group: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of one of MiniStack's log groups."""
    streams = group["streams"].items()
    return [{**event, "logStreamName": name} for name, stream in streams for event in list(stream["events"])]


def install() -> None:
    """Let MiniStack evaluate queries with flowlocal."""
    cloudwatch_logs._start_query = start_query
