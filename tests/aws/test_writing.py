"""Groups, streams and events written through the endpoint with boto3."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import flowlocal
from flowlocal.aws.local_groups import FileGroup, Group, now
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.reads import Read
from flowlocal.aws.workers import call
from flowlocal.epoch import LATEST
from tests.aws.conftest import GROUP, LINES, ask, connect, rows, serving

START = 1_777_600_000_000
EVENTS = [{"timestamp": START + 60_000 * n, "message": line} for n, line in enumerate(LINES)]


@pytest.fixture
def logs_client(logs: Path) -> Iterator[Any]:
    """Yield a client of an endpoint with one group of files and one written group with two streams."""
    with serving(LocalAccount([FileGroup(GROUP, [str(logs)])])) as endpoint:
        client = connect(endpoint.url)
        client.create_log_group(logGroupName="mine")
        for stream, events in (("a", EVENTS[:4]), ("b", EVENTS[4:])):
            client.create_log_stream(logGroupName="mine", logStreamName=stream)
            client.put_log_events(logGroupName="mine", logStreamName=stream, logEvents=events)
        yield client


def test_written_events_are_queried(logs_client: Any, logs: Path) -> None:
    """What was written answers as the same lines in a file do."""
    for query in ("stats sum(bytes) as b by srcAddr, action", "fields dstPort, @message | filter bytes > 50"):
        assert rows(ask(logs_client, query, logGroupName="mine")) == flowlocal.query(query, logs).rows
    found = rows(ask(logs_client, "stats count(*) as n by @log, @logStream | sort n", logGroupName="mine"))
    assert [(each["@log"], each["@logStream"], each["n"]) for each in found] == [
        ("123456789012:mine", "b", "2"),
        ("123456789012:mine", "a", "4"),
    ]


def test_later_events(logs_client: Any) -> None:
    """Events written after a query are seen by the next one, and do not move older pointers."""
    answer = ask(logs_client, "fields @message | filter @logStream = 'b'", logGroupName="mine")
    event = {"timestamp": START + 3_600_000, "message": "late"}
    logs_client.put_log_events(logGroupName="mine", logStreamName="a", logEvents=[event])
    assert rows(ask(logs_client, "fields @message | limit 1", logGroupName="mine")) == [{"@message": "late"}]
    for row in answer["results"]:
        message, pointer = (cell["value"] for cell in row)
        assert logs_client.get_log_record(logRecordPointer=pointer)["logRecord"]["@message"] == message


def test_impossible_times(logs_client: Any) -> None:
    """Events after the year 9999 are too new, and the group goes on answering."""
    late = [{"timestamp": time, "message": "late"} for time in (LATEST, LATEST + 1, LATEST + 2)]
    answer = logs_client.put_log_events(logGroupName="mine", logStreamName="a", logEvents=late)
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    found = logs_client.get_log_events(logGroupName="mine", logStreamName="a")["events"]
    assert [each["timestamp"] for each in found] == [*(event["timestamp"] for event in EVENTS[:4]), LATEST]
    assert rows(ask(logs_client, "stats count(*) as n", logGroupName="mine"))[0]["n"] == "6"


def test_rejected_events(logs_client: Any) -> None:
    """Events that the service rejects for their age are named; they are kept, but not under another name."""
    moment, day = now(), 86_400_000
    logs_client.put_retention_policy(logGroupName="mine", retentionInDays=3)
    given = {
        "tooNewLogEventStartIndex": [moment, moment + 7_000_000, moment + 7_300_000],
        "tooOldLogEventEndIndex": [moment - 14 * day - 120_000, moment - 14 * day - 60_000, moment - 14 * day + 60_000],
        "expiredLogEventEndIndex": [moment - 3 * day - 120_000, moment - 3 * day - 60_000, moment - 3 * day + 60_000],
    }
    for name, times in given.items():
        events = [{"timestamp": time, "message": name} for time in times]
        answer = logs_client.put_log_events(logGroupName="mine", logStreamName="a", logEvents=events)
        assert answer["rejectedLogEventsInfo"][name] == 2
        assert ("tooOldLogEventEndIndex" in answer["rejectedLogEventsInfo"]) is (name == "tooOldLogEventEndIndex")
        found = logs_client.filter_log_events(logGroupName="mine", filterPattern=name, endTime=moment + day)["events"]
        assert len(found) == 3
    good = {"logGroupName": "mine", "logStreamName": "a", "logEvents": [{"timestamp": moment, "message": "x"}]}
    assert "rejectedLogEventsInfo" not in logs_client.put_log_events(**good)


def test_recorded_details(logs_client: Any) -> None:
    """Errors and members that were recorded from the service."""
    with pytest.raises(
        logs_client.exceptions.ResourceNotFoundException, match="The specified log stream does not exist"
    ):
        logs_client.filter_log_events(logGroupName="mine", logStreamNames=["a", "nobody"])
    too_long = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
    with pytest.raises(logs_client.exceptions.InvalidParameterException, match=too_long):
        logs_client.create_log_group(logGroupName="x" * 513)
    both = {"logGroupName": "mine", "logGroupIdentifier": "mine"}
    for operation in (logs_client.filter_log_events, logs_client.describe_log_streams):
        with pytest.raises(ClientError) as refusal:
            operation(**both)
        assert refusal.value.response["Error"] == {
            "Code": "ValidationException",
            "Message": "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        }
        assert refusal.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "ValidationException"
    for group in logs_client.describe_log_groups()["logGroups"]:
        assert group["deletionProtectionEnabled"] is False


def test_groups(logs_client: Any) -> None:
    """Groups are described by prefix, pattern, identifier and page, and deleted."""
    groups = logs_client.describe_log_groups()["logGroups"]
    assert [each["logGroupName"] for each in groups] == ["mine", GROUP]
    assert groups[0]["arn"] == groups[0]["logGroupArn"] + ":*"
    for choice in ({"logGroupNamePrefix": "mi"}, {"logGroupNamePattern": "INE"}, {"logGroupIdentifiers": ["mine"]}):
        assert [each["logGroupName"] for each in logs_client.describe_log_groups(**choice)["logGroups"]] == ["mine"]
    first = logs_client.describe_log_groups(limit=1)
    second = logs_client.describe_log_groups(limit=1, nextToken=first["nextToken"])
    assert [each["logGroupName"] for page in (first, second) for each in page["logGroups"]] == ["mine", GROUP]
    assert "nextToken" not in second
    logs_client.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    for operation in (logs_client.describe_log_groups, logs_client.list_log_groups):
        (rare,) = operation(logGroupClass="INFREQUENT_ACCESS")["logGroups"]
        assert (rare["logGroupName"], rare["logGroupClass"]) == ("rare", "INFREQUENT_ACCESS")
    with pytest.raises(ClientError, match="mutually exclusive"):
        logs_client.describe_log_groups(logGroupNamePrefix="a", logGroupNamePattern="b")
    with pytest.raises(logs_client.exceptions.ResourceAlreadyExistsException):
        logs_client.create_log_group(logGroupName="mine")
    logs_client.delete_log_group(logGroupName="mine")
    with pytest.raises(logs_client.exceptions.ResourceNotFoundException):
        logs_client.delete_log_group(logGroupName="mine")


def test_groups_of_files_are_not_written(logs_client: Any) -> None:
    """A group that is read from files is neither written to nor deleted."""
    refusal = pytest.raises(logs_client.exceptions.InvalidParameterException, match="is read from files")
    with refusal:
        logs_client.delete_log_group(logGroupName=GROUP)
    with refusal:
        logs_client.create_log_stream(logGroupName=GROUP, logStreamName="x")


@pytest.mark.parametrize(("group", "streams"), [("mine", ["a", "b"]), (GROUP, ["eni-0a1b-all"])])
def test_streams(logs_client: Any, group: str, streams: list[str]) -> None:
    """Streams are described with their times, in either order."""
    found = logs_client.describe_log_streams(logGroupName=group)["logStreams"]
    assert [each["logStreamName"] for each in found] == streams
    assert found[0]["firstEventTimestamp"] == START
    turned = logs_client.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)
    assert [each["logStreamName"] for each in turned["logStreams"]] == streams[::-1]
    assert logs_client.describe_log_streams(logGroupName=group, logStreamNamePrefix="z")["logStreams"] == []


def test_deleted_stream(logs_client: Any) -> None:
    """The events of a deleted stream are gone."""
    logs_client.delete_log_stream(logGroupName="mine", logStreamName="a")
    assert rows(ask(logs_client, "stats count(*) as n", logGroupName="mine")) == [{"n": "2"}]
    with pytest.raises(logs_client.exceptions.ResourceNotFoundException):
        logs_client.delete_log_stream(logGroupName="mine", logStreamName="a")


def test_events_of_a_stream(logs_client: Any) -> None:
    """Pages forwards and backwards; a token stays the same at the end."""
    names = {"logGroupName": "mine", "logStreamName": "a"}
    page = logs_client.get_log_events(**names, limit=3, startFromHead=True)
    assert [each["message"] for each in page["events"]] == LINES[:3]
    rest = logs_client.get_log_events(**names, limit=3, nextToken=page["nextForwardToken"])
    assert [each["message"] for each in rest["events"]] == LINES[3:4]
    end = logs_client.get_log_events(**names, limit=3, nextToken=rest["nextForwardToken"])
    assert (end["events"], end["nextForwardToken"]) == ([], rest["nextForwardToken"])
    newest = logs_client.get_log_events(**names, limit=2)
    assert [each["message"] for each in newest["events"]] == LINES[2:4]
    before = logs_client.get_log_events(**names, limit=2, nextToken=newest["nextBackwardToken"])
    assert [each["message"] for each in before["events"]] == LINES[:2]
    some = logs_client.get_log_events(**names, startTime=START + 60_000, endTime=START + 120_000)
    assert [each["timestamp"] for each in some["events"]] == [START + 60_000]
    with pytest.raises(logs_client.exceptions.ResourceNotFoundException):
        logs_client.get_log_events(logGroupName="mine", logStreamName="nobody")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("REJECT", [2, 3]),
        ("REJECT 3389", [2]),
        ('"ACCEPT OK" -443', [0]),
        ("?NODATA ?3389", [2, 4]),
        (r"%10\.0\.0\.[12]\s%", [0, 1, 5]),
        ("reject", []),
        ("[..., bytes > 52, start, end, action = ACCEPT, status]", [1, 5]),
        ("[..., action = %^REJ%, status]", [2, 3]),
        ("{ $.action NOT EXISTS }", []),
    ],
)
@pytest.mark.parametrize("group", ["mine", GROUP])
def test_filter(logs_client: Any, group: str, pattern: str, expected: list[int]) -> None:
    """Events are filtered by terms, oldest first, in pages."""
    pages = logs_client.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern=pattern, PaginationConfig={"PageSize": 2}
    )
    found = [each for page in pages for each in page["events"]]
    assert [each["message"] for each in found] == [LINES[number] for number in expected]
    assert len({each["eventId"] for each in found}) == len(expected)


def test_pages_read_once(logs_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are read for the first page alone, until they change."""
    reads: list[Read] = []

    def counted(read: Read, groups: Sequence[Group]) -> Any:
        reads.append(read)
        return call(read, groups)

    monkeypatch.setattr("flowlocal.aws.local_store.call", counted)
    paginator = logs_client.get_paginator("filter_log_events")
    for _ in range(2):
        pages = list(paginator.paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 2}))
        assert (len(pages), len(reads)) == (3, 1)


def test_events_between_pages(logs_client: Any) -> None:
    """Events that are written between two pages neither repeat nor hide those of the next one."""
    names = {"logGroupName": "mine", "logStreamName": "a"}
    first = logs_client.get_log_events(**names, limit=2, startFromHead=True)
    filtered = logs_client.filter_log_events(logGroupName="mine", limit=2)
    for time, message in ((START - 60_000, "early"), (START + 3_600_000, "late")):
        logs_client.put_log_events(**names, logEvents=[{"timestamp": time, "message": message}])
    rest = logs_client.get_log_events(**names, nextToken=first["nextForwardToken"])
    assert [each["message"] for each in rest["events"]] == [*LINES[2:4], "late"]
    more = logs_client.filter_log_events(logGroupName="mine", nextToken=filtered["nextToken"])
    assert [each["message"] for each in more["events"]] == [*LINES[2:], "late"]
    before = logs_client.get_log_events(**names, nextToken=first["nextBackwardToken"])
    assert [each["message"] for each in before["events"]] == ["early"]


TOKENS: list[Any] = [[], None, 1, [1, 2], [[None, None], "no"], [["a", 1], "mine:a"], [[[1], [2]], "mine:a"]]
TOKENS += [[[[True, 10**400], None], "mine:a"], [[[1, 2], [1, 2]], "mine:b"]]


@pytest.mark.parametrize("token", ["x", "é", *(b64encode(json.dumps(each).encode()).decode() for each in TOKENS)])
def test_refused_tokens(logs_client: Any, token: str) -> None:
    """Tokens that were not answered, or that are those of another list, are refused."""
    refusal = pytest.raises(logs_client.exceptions.InvalidParameterException, match="nextToken is invalid")
    for prefix in ("f/", "b/", ""):
        with refusal:
            logs_client.get_log_events(logGroupName="mine", logStreamName="a", nextToken=prefix + token)
    with refusal:
        logs_client.filter_log_events(logGroupName="mine", nextToken=token)


@pytest.mark.parametrize("pattern", ["{ $.a = 1", "[a, b && ]", "a:b", '"open', "%(%"])
def test_refused_patterns(logs_client: Any, pattern: str) -> None:
    """Malformed patterns are refused, not passed over."""
    with pytest.raises(logs_client.exceptions.InvalidParameterException):
        logs_client.filter_log_events(logGroupName="mine", filterPattern=pattern)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([EVENTS[1], EVENTS[0]], "chronological order"),
        ([EVENTS[0], {"timestamp": START + 90_000_000, "message": "x"}], "24 hours"),
        ([{"timestamp": START, "message": "x" * 1_048_570}], "Upload too large"),
    ],
)
def test_refused_events(logs_client: Any, events: list[dict[str, Any]], words: str) -> None:
    """Batches that the service would not take are refused whole."""
    with pytest.raises(logs_client.exceptions.InvalidParameterException, match=words):
        logs_client.put_log_events(logGroupName="mine", logStreamName="a", logEvents=events)
    assert rows(ask(logs_client, "stats count(*) as n", logGroupName="mine")) == [{"n": str(len(LINES))}]


def test_files_that_change(logs_client: Any, logs: Path, tmp_path: Path) -> None:
    """A file that is replaced is read anew."""
    lines = tmp_path / "one.log"
    lines.write_text(LINES[0] + "\n")
    lines.replace(logs)
    assert rows(ask(logs_client, "stats count(*) as n")) == [{"n": "1"}]
