"""moto: replace the function that evaluates queries (moto 4.2 and newer).

For tests, `flowlocal.aws.mock_insights` does more (StopQuery, saved queries, lookup tables, statistics). This is the
smallest change that moto itself would need: one function that takes log groups and returns rows.
"""

import re
from collections.abc import Sequence
from typing import Any

import moto.logs.models
from moto.core.exceptions import JsonRESTError

from flowlocal.aws import ApiError, run_query


def execute_query(log_groups: Sequence[Any], query: str, start_time: int, end_time: int) -> list[dict[str, str]]:
    """Return the rows of a query, each with its fields by name; the place of moto's function of this name."""
    groups = {group.name: events(group) for group in log_groups}
    request = {"queryString": query, "logGroupNames": list(groups), "startTime": start_time, "endTime": end_time}
    region, account = re.findall("arn:[^:]+:logs:([^:]+):([^:]+)", log_groups[0].arn)[0]
    try:
        answer = run_query(request, groups, account=account, region=region)
    except ApiError as error:
        raise JsonRESTError(error.code, error.message) from error
    return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]


def events(group: Any) -> list[dict[str, Any]]:
    """Return the events of one of moto's log groups."""
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
    """Let moto evaluate queries with flowlocal."""
    moto.logs.models.execute_query = execute_query
