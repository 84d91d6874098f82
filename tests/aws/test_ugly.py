"""Ugly requests: every member of every operation, as the API's own model lists them, with values of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session  # type: ignore[import-untyped]
import pytest

from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.request import Request
from flowlocal.aws.table import answer, operations
from tests.aws.conftest import ALL_TIME, GROUP, REGION
from tests.aws.well_formed import refusal

MODEL = botocore.session.get_session().get_service_model("logs")
VALUES: list[Any] = [
    *(None, True, 0, -1, 2**63, 10**400, 1.5, float("nan"), "", "x", "\0", "\ud800", "é" * 3000, "arn:aws:logs:::*"),
    *([], [None], ["x"] * 101, [[]], [{}], {}, {"x": 1}),
]
GOOD: dict[str, Any] = {
    "logGroupName": "mine",
    "logStreamName": "s",
    "queryString": "fields dstPort",
    **ALL_TIME,
    "name": "saved",
    "queryId": "nobody",
    "queryDefinitionId": None,
    "logRecordPointer": "MTptaW5lOnM=",
    "logEvents": [{"timestamp": 1, "message": "m"}],
}


def requests(operation: str) -> Iterator[dict[str, Any]]:
    """Draw requests with one ugly member; all others are as they should be."""
    members = MODEL.operation_model(operation).input_shape.members
    good = {name: value for name, value in GOOD.items() if name in members}
    yield {}
    yield good
    for name in members:
        for value in VALUES:
            yield {**good, name: value}
    for pattern in ("a" * 1024, "?" * 200, "-", '"', "%a%" * 50, "%(((((%"):
        yield {**good, "filterPattern": pattern}


@pytest.mark.parametrize("operation", sorted(each.name for each in operations().values() if not each.ours))
def test_ugly_members(operation: str, logs: Path) -> None:
    """Each request is answered or refused with an error of the API; nothing else comes out."""
    store = LocalAccount([FileGroup(GROUP, [str(logs)])]).store(REGION)
    for made in ("CreateLogGroup", "CreateLogStream", "PutLogEvents"):
        answer(made, Request(GOOD), store)
    for members in requests(operation):
        error = refusal(operation, members, store)
        assert error is None or (error.status == 400 and error.message), members


QUERIES = [
    "fields " + ", ".join(f"f{number} + 1 as a{number}" for number in range(300)),
    "filter " + "(" * 3000 + "1",
    "filter " + "not " * 2000 + "1",
    "filter @message like /" + "(a*)*" * 500 + "b/",
    "parse @message '" + "*" * 2000 + "' as a",
    "filter x in [" + ", ".join(map(str, range(1800))) + "]",
    "stats count(*) by bin(99999999999999999999999s)",
    "fields substr(@message, -99999999999999999999, 99999999999999999999)",
    "SOURCE logGroups() | " * 200 + "fields @message",
    "\ud800",
    "{{x}}",
    "$nobody()",
    "#" * 9999,
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:30])
def test_ugly_queries(client: Any, query: str) -> None:
    """Ugly queries are answered or malformed."""
    try:
        started = client.start_query(logGroupName=GROUP, queryString=query[:10_000], **ALL_TIME)
    except (client.exceptions.MalformedQueryException, client.exceptions.InvalidParameterException):
        return
    status = "Running"
    while status == "Running":
        status = client.get_query_results(queryId=started["queryId"])["status"]
    assert status == "Complete"
