"""Queries through boto3 over both stores: what they answer, how they fail, how they are described."""

from __future__ import annotations

import re
import time
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import flowlocal
from tests.aws.conftest import ALL_TIME, GROUP, LINES, OTHER, REGION, ask, rows, wait

QUERIES = [
    "fields @timestamp, @message | sort @timestamp desc | limit 5",
    "fields @timestamp, @message, srcAddr, bytes | filter action = 'ACCEPT'",
    'filter action = "REJECT" | stats count(*) by dstPort',
    "stats sum(bytes) as b, avg(bytes), max(endTime) by srcAddr | sort b desc | limit 3",
    "stats count(*) by bin(1m)",
    "fields srcAddr as s, strlen(@message) as n | filter s like '198' | dedup s",
    "fields @logStream | filter dstPort in [22, 80] and action = 'ACCEPT'",
    "filter srcAddr = 'nobody'",
    "fields @timestamp,ltrim(@log) as __log__,ltrim(@logStream) as __stream__|filter dstPort = 22|stats count(*)",
    "filter (dstPort = 22) | count(*) by dstPort, action | display dstPort, action | limit 10",
    "parse @message '* * * * *' as v, a, i, s, d | stats count(*) by s | sort s",
]


@pytest.mark.parametrize("query", QUERIES)
def test_answers(client: Any, logs: Path, query: str) -> None:
    """Rows and statistics are those of the library over the same events."""
    answer, expected = ask(client, query), flowlocal.query(query, logs)
    assert rows(answer) == expected.rows
    assert answer["status"] == "Complete"
    assert answer["statistics"]["recordsMatched"] == expected.statistics.recordsMatched
    assert answer["statistics"]["recordsScanned"] == len(LINES)
    assert answer["statistics"]["resultCount"] == len(expected.rows)
    assert answer["statistics"]["logGroupsScanned"] == 1.0
    assert answer["queryLanguage"] == "CWLI"


def test_pointers(client: Any) -> None:
    """Rows of events end with their pointer, rows of aggregates have none."""
    assert {row[-1]["field"] for row in ask(client, "fields dstPort")["results"]} == {"@ptr"}
    assert {cell["field"] for row in ask(client, "stats count(*) as n")["results"] for cell in row} == {"n"}


def test_two_groups(client: Any, logs: Path, other_logs: Path) -> None:
    """Several groups are read as one."""
    query = "fields srcAddr, dstPort, bytes"
    expected = flowlocal.query(query, logs, other_logs).rows
    assert rows(ask(client, query, logGroupName=None, logGroupNames=[GROUP, OTHER])) == expected


def test_source(client: Any, other_logs: Path) -> None:
    """A query can name its groups itself, or those of its subqueries."""
    assert rows(ask(client, f"SOURCE '{OTHER}' | fields srcAddr", logGroupName=None)) == [{"srcAddr": "10.9.9.9"}]
    within = f"filter protocol in (SOURCE '{OTHER}' | fields protocol) | stats count(*) as n"
    assert rows(ask(client, within)) == [{"n": "5"}]


ARN = f"arn:aws:logs:{REGION}:123456789012:log-group:{GROUP}"


@pytest.mark.parametrize("identifier", [GROUP, ARN, f"{ARN}:*", f"{ARN}:"])
def test_identifiers(client: Any, identifier: str) -> None:
    """A group is found by its name and by its ARN however it ends."""
    answer = ask(client, "stats count(*) as n", logGroupName=None, logGroupIdentifiers=[identifier])
    assert rows(answer) == [{"n": str(len(LINES))}]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (1_777_600_000, 1_777_600_060, 2),
        (1_777_600_001, 1_777_600_059, 0),
        (1_777_600_060, 1_777_600_060, 1),
        (1_777_600_060_000, 1_777_600_120_000, 2),
        (1_777_600_060_001, 1_777_600_120_000, 1),
    ],
)
def test_times(client: Any, start: int, end: int, count: int) -> None:
    """Seconds include the whole last one; milliseconds are understood as such."""
    assert len(ask(client, "fields dstPort", startTime=start, endTime=end)["results"]) == count


def test_limit(client: Any) -> None:
    """The request's limit cuts what the query would answer."""
    assert len(ask(client, "fields dstPort", limit=2)["results"]) == 2
    assert len(ask(client, "fields dstPort | limit 1", limit=2)["results"]) == 1


def test_pages(client: Any) -> None:
    """Pages follow each other by their tokens; only the last one has none; every page counts all rows."""
    query_id = client.start_query(logGroupName=GROUP, queryString="fields @timestamp, dstPort", **ALL_TIME)["queryId"]
    whole, pages = wait(client, query_id), []
    more: dict[str, str] = {}
    while True:
        page = wait(client, query_id, maxItems=4, **more)
        pages.append(page["results"])
        assert page["statistics"]["resultCount"] == len(LINES)
        if "nextToken" not in page:
            break
        more = {"nextToken": page["nextToken"]}
    assert [len(page) for page in pages] == [4, 2]
    assert list(chain.from_iterable(pages)) == whole["results"]
    other = client.start_query(logGroupName=GROUP, queryString="fields dstPort", **ALL_TIME)["queryId"]
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.get_query_results(queryId=other, **more)


PREFIX = len(f'SOURCE "{GROUP}" START=0 END=4000000000999 | ')

MALFORMED = [
    ("fields dstPort | bogus 1", "unexpected symbol found bogus at line 1 and position {17}", 17, 22),
    ("stats count(*", "unexpected symbol found <EOF> at line 1 and position {13}", 13, 13),
    ("fields avg(bytes)", "No aggregation function expression allowed: fieldsavg(bytes) ([{0},{17}])", 0, 17),
    ("fields bytes as b, 1 as b", "Ephemeral field is already defined: b ([{19},{25}])", 19, 25),
    ("stats count(*) as n | sort srcAddr", "Unknown symbols found in or after stats: srcAddr", 27, 34),
]


@pytest.mark.parametrize(("query", "message", "start", "end"), MALFORMED)
def test_malformed(client: Any, query: str, message: str, start: int, end: int) -> None:
    """A malformed query fails when it is started, in the service's words and at the service's positions."""
    wording = re.sub(r"\{(\d+)\}", lambda found: str(int(found[1]) + PREFIX), message)
    with pytest.raises(client.exceptions.MalformedQueryException) as caught:
        client.start_query(logGroupName=GROUP, queryString=query, **ALL_TIME)
    response = caught.value.response
    assert response["Error"]["Message"] == wording
    assert response["queryCompileError"]["message"] == wording
    location = response["queryCompileError"]["location"]
    assert location["startCharOffset"] == start + PREFIX
    if end:
        assert location["endCharOffset"] == end + PREFIX
    assert client.describe_queries()["queries"] == []


def test_empty_query(client: Any) -> None:
    """An empty query is malformed at position 0."""
    with pytest.raises(client.exceptions.MalformedQueryException, match="<EOF> at line 1 and position 0"):
        client.start_query(logGroupName=GROUP, queryString="", **ALL_TIME)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"logGroupName": "nobody"}, "ResourceNotFoundException", "Log group 'nobody' does not exist for account ID"),
    ({"queryLanguage": "SQL"}, "InvalidParameterException", "queryLanguage SQL"),
    ({"queryLanguage": "PPL"}, "InvalidParameterException", "queryLanguage PPL"),
    ({"queryLanguage": "COBOL"}, "InvalidParameterException", "enum value set"),
    ({"startTime": 5, "endTime": 4}, "InvalidParameterException", "startTime 5 is after endTime 4"),
    ({"endTime": 10**18}, "InvalidParameterException", "must be epoch seconds"),
    ({"limit": 100_001}, "InvalidParameterException", "less than or equal to 100000"),
    ({"logGroupNames": [GROUP]}, "InvalidParameterException", "Exactly one of"),
    ({"logGroupName": None}, "InvalidParameterException", "nothing does"),
    ({"logGroupName": None, "logGroupNames": []}, "InvalidParameterException", "names no log group"),
    ({"logGroupName": "a b"}, "InvalidParameterException", "regular expression pattern"),
    ({"queryString": f"fields a{' ' * 10_000}"}, "InvalidParameterException", "less than or equal to 10000"),
    ({"queryString": f"SOURCE '{GROUP}' | fields dstPort"}, "InvalidParameterException", "logGroupName and SOURCE"),
    ({"queryString": "SOURCE 'no' | fields a", "logGroupName": None}, "ResourceNotFoundException", "'no' does not"),
]


@pytest.mark.parametrize(("change", "code", "words"), REFUSED)
def test_refused(client: Any, change: dict[str, Any], code: str, words: str) -> None:
    """What cannot be asked is refused with the service's error."""
    request = {"logGroupName": GROUP, "queryString": "fields dstPort", **ALL_TIME, **change}
    with pytest.raises(ClientError) as caught:
        client.start_query(**{name: value for name, value in request.items() if value is not None})
    assert caught.value.response["Error"]["Code"] == code
    assert words in caught.value.response["Error"]["Message"]


def test_stop_after_the_end(client: Any) -> None:
    """A query that has ended cannot be stopped; one that never was is not found."""
    query_id = client.start_query(logGroupName=GROUP, queryString="fields dstPort", **ALL_TIME)["queryId"]
    wait(client, query_id)
    with pytest.raises(client.exceptions.InvalidParameterException, match="is not in Running or Scheduled state"):
        client.stop_query(queryId=query_id)
    for operation in (client.stop_query, client.get_query_results, client.list_log_groups_for_query):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            operation(queryId="nobody")


def test_describe_queries(client: Any) -> None:
    """Queries come newest first, rewritten as the service does, and are found by group and status."""
    first = client.start_query(
        logGroupName=GROUP, queryString="fields @message", startTime=1_777_600_000, endTime=1_777_600_100
    )["queryId"]
    wait(client, first)
    ask(client, "stats count(*)", logGroupName=None, logGroupNames=[OTHER])
    newest, oldest = client.describe_queries()["queries"]
    assert oldest["queryString"] == f'SOURCE "{GROUP}" START=1777600000000 END=1777600100999 | fields @message'
    assert (oldest["queryId"], oldest["logGroupName"], oldest["status"]) == (first, GROUP, "Complete")
    assert oldest["queryLanguage"] == "CWLI"
    assert abs(oldest["createTime"] / 1000 - time.time()) < 600
    assert [each["queryId"] for each in client.describe_queries(logGroupName=OTHER)["queries"]] == [newest["queryId"]]
    assert client.describe_queries(status="Failed")["queries"] == []
    page = client.describe_queries(maxResults=1)
    assert page["queries"] == [newest]
    assert client.describe_queries(maxResults=1, nextToken=page["nextToken"])["queries"] == [oldest]


def test_rewritten_query_can_be_asked(client: Any) -> None:
    """The text that DescribeQueries gives is a query itself, which names groups and times."""
    ask(client, "fields dstPort", logGroupName=None, logGroupNames=[GROUP, OTHER], endTime=1_777_600_100)
    text = client.describe_queries()["queries"][0]["queryString"]
    assert [row["dstPort"] for row in rows(ask(client, text, logGroupName=None))] == ["53", "443", "22"]


def test_groups_of_a_query(client: Any) -> None:
    """A query's groups are listed as ARNs."""
    query_id = client.start_query(logGroupNames=[GROUP, OTHER], queryString="fields dstPort", **ALL_TIME)["queryId"]
    arns = client.list_log_groups_for_query(queryId=query_id)["logGroupIdentifiers"]
    assert arns == [f"arn:aws:logs:{REGION}:123456789012:log-group:{name}" for name in (GROUP, OTHER)]
