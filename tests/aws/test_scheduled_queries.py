"""Scheduled queries, in both transports; they run by hand at the endpoint."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, ask, connect, rows, serving
from tests.aws.test_settings import refused

ROLE = "arn:aws:iam::123456789012:role/r"
SCHEDULED = {
    "name": "nightly",
    "queryLanguage": "CWLI",
    "queryString": "stats sum(bytes) as b by srcAddr",
    "logGroupIdentifiers": [GROUP],
    "scheduleExpression": "cron(0 3 * * ? *)",
    "executionRoleArn": ROLE,
    "startTimeOffset": 3600,
    "tags": {"team": "net"},
}
HOUR = 1_777_600_000
NAMED = {name: value for name, value in SCHEDULED.items() if name not in {"name", "tags"}}
EVER = {"startTime": 0, "endTime": 4_000_000_000}


def test_life(client: Any) -> None:
    """A scheduled query is made, found, replaced and deleted."""
    made = client.create_scheduled_query(**SCHEDULED)
    assert made["state"] == "ENABLED"
    arn = made["scheduledQueryArn"]
    for identifier in ("nightly", arn):
        found = client.get_scheduled_query(identifier=identifier)
        assert {name: found[name] for name in NAMED} == NAMED
    (summary,) = client.list_scheduled_queries(state="ENABLED")["scheduledQueries"]
    assert (summary["name"], summary["scheduleExpression"]) == ("nightly", "cron(0 3 * * ? *)")
    assert refused(client.create_scheduled_query, **SCHEDULED)[0] == "ConflictException"
    changed = client.update_scheduled_query(identifier="nightly", **{**NAMED, "state": "DISABLED"})
    assert (changed["state"], changed["creationTime"]) == ("DISABLED", found["creationTime"])
    assert client.list_scheduled_queries(state="ENABLED")["scheduledQueries"] == []
    assert client.get_scheduled_query_history(identifier="nightly", **EVER)["triggerHistory"] == []
    client.delete_scheduled_query(identifier=arn)
    assert refused(client.get_scheduled_query, identifier="nightly")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(("query", "language"), [("bogus", "CWLI"), ("fields a", "SQL")])
def test_refused_queries(client: Any, query: str, language: str) -> None:
    """A query that could not run is refused when it is made."""
    given = {**SCHEDULED, "queryString": query, "queryLanguage": language}
    assert refused(client.create_scheduled_query, **given)[0] == "ValidationException"


@pytest.fixture
def url(logs: Path) -> Iterator[str]:
    """Return the address of an endpoint."""
    with serving(LocalAccount([FileGroup(GROUP, [str(logs)])])) as endpoint:
        yield endpoint.url


def run(url: str, **members: Any) -> dict[str, Any]:
    """Run a scheduled query, as curl does."""
    headers = {"X-Amz-Target": "Logs_20140328.RunScheduledQuery"}
    request = urllib.request.Request(url, json.dumps(members).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


def test_runs(url: str) -> None:
    """A run is over the range before its time, fills its lookup table, and is in the history."""
    client = connect(url)
    table = {"lookupTableConfiguration": {"tableName": "talkers", "roleArn": ROLE}}
    s3 = {"s3Configuration": {"destinationIdentifier": "s3://bucket/x", "roleArn": ROLE}}
    client.create_scheduled_query(**SCHEDULED, destinationConfiguration={**table, **s3})
    execution = run(url, identifier="nightly", time=HOUR + 60)
    assert execution["executionStatus"] == "Complete"
    found = client.get_query_results(queryId=execution["queryId"])
    assert rows(found) == [{"srcAddr": "10.0.0.2", "b": "4249"}, {"srcAddr": "10.0.0.1", "b": "40"}]
    assert [(each["destinationType"], each["status"]) for each in execution["destinations"]] == [
        ("S3", "FAILED"),
        ("LOOKUP_TABLE", "COMPLETE"),
    ]
    query = "filter dstPort = 22 and action = 'ACCEPT' | lookup talkers srcAddr OUTPUT b | fields b"
    assert rows(ask(client, query)) == [{"b": "40"}]
    history = client.get_scheduled_query_history(identifier="nightly", **EVER, executionStatuses=["Complete"])
    assert history["triggerHistory"] == [execution]
    assert client.get_scheduled_query(identifier="nightly")["lastExecutionStatus"] == "Complete"


def test_failed_runs(url: str) -> None:
    """A run that is refused is in the history with its reason; an unknown query is refused."""
    client = connect(url)
    client.create_scheduled_query(**{**SCHEDULED, "logGroupIdentifiers": ["nobody"]})
    execution = run(url, identifier="nightly")
    assert execution["executionStatus"] == "InvalidQuery"
    assert "Log group 'nobody' does not exist" in execution["errorMessage"]
    history = client.get_scheduled_query_history(identifier="nightly", **EVER)
    assert history["triggerHistory"] == [execution]
    assert run(url, identifier="nobody")["__type"] == "ResourceNotFoundException"
    assert run(url)["__type"] == "ValidationException"


def test_tags(url: str) -> None:
    """Scheduled queries and destinations have tags, which go with them."""
    client = connect(url)
    arn = client.create_scheduled_query(**SCHEDULED)["scheduledQueryArn"]
    target = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
    made = client.put_destination(destinationName="d", targetArn=target, roleArn=ROLE, tags={"team": "net"})
    for each in (arn, made["destination"]["arn"]):
        client.tag_resource(resourceArn=each, tags={"stage": "test"})
        assert client.list_tags_for_resource(resourceArn=each)["tags"] == {"team": "net", "stage": "test"}
    client.delete_scheduled_query(identifier="nightly")
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.list_tags_for_resource(resourceArn=arn)
