"""Every operation of the API's own model is answered as the model says, or refused as unknown in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore  # type: ignore[import-untyped]
import pytest

from flowlocal.aws import validation
from flowlocal.aws.errors import ApiError
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store
from flowlocal.aws.table import answer, encode, operations
from tests.aws import well_formed
from tests.aws.conftest import GROUP
from tests.aws.well_formed import MODEL, refusal
from tools import api_shapes, operations_page

ROLE = "arn:aws:iam::123456789012:role/r"
STREAM_ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:mine"
EVENT = {"timestamp": 1_777_600_000_000, "message": "m"}
TABLE = {"tableName": "t", "roleArn": ROLE}
VALUES: dict[str, Any] = {
    "logGroupName": "mine",
    "logStreamName": "s",
    "logGroupIdentifier": "mine",
    "logGroupIdentifiers": ["mine"],
    "resourceArn": GROUP_ARN,
    "roleArn": ROLE,
    "executionRoleArn": ROLE,
    "targetArn": STREAM_ARN,
    "destinationArn": STREAM_ARN,
    "accessPolicy": "{}",
    "queryString": "fields @message",
    "retentionInDays": 7,
    "startTime": 1,
    "endTime": 4_000_000_000,
    "logEvents": [EVENT],
    "tags": {"team": "net"},
    "filterName": "f",
    "lookupTableArn": "t",
    "destinationName": "d",
    "filterPattern": "m",
    "logEventMessages": ["m", "x"],
    "tagKeys": ["team"],
    "name": "saved",
    "identifier": "scheduled",
}
"""Values of members by name, for a store as ``world`` makes it."""
MORE: dict[str, dict[str, Any]] = {
    "AssociateKmsKey": {"logGroupName": "mine"},
    "DisassociateKmsKey": {"logGroupName": "mine"},
    "CreateLogGroup": {"logGroupName": "new"},
    "CreateLogStream": {"logStreamName": "new"},
    "CreateLookupTable": {"lookupTableName": "new", "tableBody": "a\n1\n"},
    "UpdateLookupTable": {"tableBody": "a\n2\n"},
    "DeleteResourcePolicy": {"policyName": "p"},
    "PutResourcePolicy": {"policyName": "p2", "policyDocument": "{}"},
    "FilterLogEvents": {"logGroupName": "mine"},
    "GetLogEvents": {"logGroupName": "mine", "startFromHead": True},
    "DescribeLogStreams": {"logGroupName": "mine"},
    "GetLogGroupFields": {"logGroupName": "mine", "time": 1_777_600_000},
    "PutSubscriptionFilter": {"roleArn": ROLE},
    "CreateExportTask": {"to": 2_000_000_000_000, "destination": "bucket"},
    "CreateScheduledQuery": {"name": "new", "destinationConfiguration": {"lookupTableConfiguration": TABLE}},
    "GetScheduledQueryHistory": {"startTime": 0},
    "StartQuery": {"logGroupName": "mine"},
    "UntagLogGroup": {"tags": ["team"]},
}
"""Members that the model does not require, but the request needs, or the answer is of more interest with."""
WORLD: list[tuple[str, dict[str, Any]]] = [
    ("CreateLogGroup", {"logGroupName": "mine"}),
    ("CreateLogStream", {"logStreamName": "s"}),
    ("PutLogEvents", {}),
    ("PutRetentionPolicy", {}),
    ("TagResource", {}),
    ("CreateLookupTable", {"lookupTableName": "t", "tableBody": "a\n1\n"}),
    ("PutDestination", {}),
    ("PutMetricFilter", {}),
    ("PutResourcePolicy", {"policyName": "p", "policyDocument": "{}"}),
    ("PutSubscriptionFilter", {"roleArn": ROLE}),
    ("CreateScheduledQuery", {"name": "scheduled", "logGroupIdentifiers": ["mine"]}),
]
"""What is in a store before each request."""
EMPTY = {"ListLogAnomalyDetectors", "ListAnomalies", "DescribeAccountPolicies", "DescribeIndexPolicies"}
EMPTY |= {"DescribeFieldIndexes", "GetLogFields"}
"""Operations that list what is never made here."""
ENDED = {"StopQuery", "CancelExportTask"}
"""Operations that are refused for what has ended."""
STREAMED = {"StartLiveTail"}
"""Operations whose answer is a stream, which is tested elsewhere."""
SERVICE = sorted(each.name for each in operations().values() if not each.ours)
REFUSALS = {"ValidationException", "InvalidParameterException", "ResourceNotFoundException", "SerializationException"}


@pytest.fixture
def world(logs: Path, tmp_path: Path) -> Store:
    """Return a store that has one of everything."""
    account = LocalAccount([FileGroup(GROUP, [str(logs)])], exports=str(tmp_path / "exports"))
    store = account.store("us-east-1")
    for operation, more in WORLD:
        answer(operation, Request(well_formed.request(operation, VALUES, more)), store)
    return store


def started(store: Store) -> str:
    """Return the id of a query that has ended."""
    members = well_formed.request("StartQuery", VALUES, {"logGroupName": "mine"})
    query: str = answer("StartQuery", Request(members), store)["queryId"]
    store.state.queries.get(query).poll()
    return query


def pointer(store: Store) -> str:
    """Return the pointer to an event."""
    results = json.loads(encode(answer("GetQueryResults", Request({"queryId": started(store)}), store)))["results"]
    found: str = results[0][-1]["value"]
    return found


def saved(store: Store) -> str:
    """Return the id of a saved query."""
    members = {"name": "saved", "queryString": "limit 1"}
    found: str = answer("PutQueryDefinition", Request(members), store)["queryDefinitionId"]
    return found


def exported(store: Store) -> str:
    """Return the id of an export task."""
    members = well_formed.request("CreateExportTask", VALUES, MORE["CreateExportTask"])
    task: str = answer("CreateExportTask", Request(members), store)["taskId"]
    return task


def ran(store: Store) -> str:
    """Return the name of a scheduled query that ran."""
    answer("RunScheduledQuery", Request({"identifier": "scheduled"}), store)
    return "scheduled"


MADE: dict[str, dict[str, Callable[[Store], str]]] = {
    "GetQueryResults": {"queryId": started},
    "ListLogGroupsForQuery": {"queryId": started},
    "DescribeQueries": {"\0": started},
    "GetLogRecord": {"logRecordPointer": pointer},
    "DeleteQueryDefinition": {"queryDefinitionId": saved},
    "DescribeQueryDefinitions": {"\0": saved},
    "DescribeExportTasks": {"taskId": exported},
    "GetScheduledQueryHistory": {"identifier": ran},
}
"""Values that are made just before a request; ``\\0`` is no member."""


def good(operation: str, store: Store | None) -> dict[str, Any]:
    """Return a well-formed request, which the store answers."""
    made = {name: make(store) for name, make in MADE.get(operation, {}).items() if store}
    members = well_formed.request(operation, VALUES, MORE.get(operation, {}))
    return members | {name: value for name, value in made.items() if name != "\0"}


@pytest.mark.parametrize("operation", sorted({*MODEL.operation_names} - ENDED - STREAMED))
def test_answer(operation: str, world: Store) -> None:
    """A well-formed request has a well-formed answer with something in it; an unknown one says so in one line."""
    if operation in operations():
        found = json.loads(encode(answer(operation, Request(good(operation, world)), world)))
        assert well_formed.faults(operation, found) == []
        lists = [name for name, value in found.items() if value == []]
        assert (operation in EMPTY) == bool(set(lists) - {"searchedLogStreams"})
    else:
        with pytest.raises(ApiError) as caught:
            answer(operation, Request(good(operation, None)), world)
        assert caught.value.code == "UnknownOperationException"
        assert re.fullmatch(rf"flowlocal does not answer {operation}; what it answers: https://\S+", str(caught.value))


@pytest.mark.parametrize("operation", SERVICE)
def test_excluded_values(operation: str, world: Store) -> None:
    """Every value that the model excludes is refused, and the refusal names the member."""
    for name, members in well_formed.violations(operation, good(operation, None)):
        error = refusal(operation, members, world)
        assert error, f"{operation} takes {name}: {str(members.get(name))[:100]}"
        assert error.code in REFUSALS
        assert name in error.message or "LogGroup or LogStream" in error.message


def test_names() -> None:
    """There is no operation that the model does not have, but for our own."""
    assert set(SERVICE) <= set(MODEL.operation_names)
    assert {*operations()} - {*SERVICE} == {"RunScheduledQuery"}


def test_page() -> None:
    """The page about the operations is the one that their definitions make."""
    text = (Path(__file__).parent.parent.parent / "docs" / operations_page.NAME).read_text(encoding="utf-8")
    assert text == operations_page.page(), "write it anew: python -m tools.operations_page"


def test_shapes() -> None:
    """The shapes that requests are checked against are those of the model, where it is of the same release."""
    text = Path(validation.__file__).with_name("shapes.json").read_text(encoding="utf-8")
    assert set(json.loads(text)["operations"]) == set(operations())
    if json.loads(text)["botocore"] == botocore.__version__:
        assert text == api_shapes.text(), "write them anew: python -m tools.api_shapes"
