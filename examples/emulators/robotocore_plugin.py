"""robotocore: replace two entries of the table of its CloudWatch Logs provider.

Its handlers take the request, the region and the account, and raise `LogsError`. Events are in moto's backend.
"""

from typing import Any
from uuid import uuid4

from moto.backends import get_backend
from robotocore.services.cloudwatch import logs_provider

from flowlocal.aws import ApiError, QueryResults, run_query

answers: dict[str, QueryResults] = {}


def start_query(request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
    """Answer StartQuery; the query has ended then."""
    groups = {name: events(group) for name, group in get_backend("logs")[account][region].groups.items()}
    query_id = str(uuid4())
    try:
        answers[query_id] = run_query(request, groups, account=account, region=region)
    except ApiError as error:
        raise logs_provider.LogsError(error.code, error.message, error.status) from error
    return {"queryId": query_id}


def get_query_results(request: dict[str, Any], _region: str, _account: str) -> dict[str, Any]:
    """Answer GetQueryResults."""
    query_id = request.get("queryId", "")
    if query_id not in answers:
        raise logs_provider.LogsError("ResourceNotFoundException", f"Query {query_id} does not exist")
    return dict(answers[query_id])


def events(group: Any) -> list[dict[str, Any]]:
    """Return the events of one of the log groups, which robotocore keeps in moto."""
    return [
        {
            "timestamp": event.timestamp,
            "ingestionTime": event.ingestion_time,
            "message": event.message,
            "logStreamName": stream.log_stream_name,
        }
        for stream in group.streams.values()
        for event in stream.events
    ]


def install() -> None:
    """Let robotocore evaluate queries with flowlocal."""
    logs_provider._ACTION_MAP["StartQuery"] = start_query
    logs_provider._ACTION_MAP["GetQueryResults"] = get_query_results
