"""Live Tail: an event stream that real clients read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import EventStreamError  # type: ignore[import-untyped]

from flowlocal.aws import sessions
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.operations import live_tail
from flowlocal.aws.tailing import MOST
from tests.aws import well_formed
from tests.aws.conftest import GROUP, LINES, REGION, serving
from tests.aws.test_settings import refused

ARN = f"arn:aws:logs:{REGION}:123456789012:log-group:"
START = 1_777_600_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a log."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text(f"{LINES[0]}\n")
    return folder


@pytest.fixture
def tailer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a client of an endpoint with a group of files and a written one, whose sessions look often."""
    monkeypatch.setattr(live_tail, "PERIOD", 0.05)
    with serving(LocalAccount([FileGroup(GROUP, [str(folder)])])) as endpoint:
        config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})
        client = boto3.client("logs", region_name=REGION, endpoint_url=endpoint.url, config=config)
        client.create_log_group(logGroupName="g")
        for stream in ("web-1", "db-1"):
            client.create_log_stream(logGroupName="g", logStreamName=stream)
        yield client


def put(client: Any, *messages: str, stream: str = "web-1") -> None:
    """Write events."""
    events = [{"timestamp": START + n, "message": message} for n, message in enumerate(messages)]
    client.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)


def results(stream: Any, count: int) -> list[dict[str, Any]]:
    """Return the next events of a session; fail if something comes that the model does not have."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        (event,) = islice(stream, 1)
        assert well_formed.faults("StartLiveTail", {"responseStream": event}) == []
        found += event["sessionUpdate"]["sessionResults"]
    return found


@contextmanager
def started(client: Any, *groups: str, **members: Any) -> Iterator[Any]:
    """Yield the events of a session after its first one."""
    identifiers = [ARN + group for group in groups]
    stream = client.start_live_tail(logGroupIdentifiers=identifiers, **members)["responseStream"]
    with closing(stream):
        events = iter(stream)
        start = next(events)["sessionStart"]
        assert start["logGroupIdentifiers"] == identifiers
        yield events


def test_written_events(tailer: Any) -> None:
    """Events that are written come once, with their group; those from before do not."""
    put(tailer, "before")
    with started(tailer, "g") as stream:
        assert next(stream)["sessionUpdate"]["sessionResults"] == []
        put(tailer, "one", "two")
        first, second = results(stream, 2)
        assert (first["message"], second["message"]) == ("one", "two")
        assert (first["logStreamName"], first["logGroupIdentifier"], first["timestamp"]) == ("web-1", ARN + "g", START)
        put(tailer, "three")
        assert [each["message"] for each in results(stream, 1)] == ["three"]


def test_files_that_grow(tailer: Any, folder: Path) -> None:
    """Lines that are appended and files that appear come as they do in the service."""
    with started(tailer, GROUP, "g") as stream:
        with (folder / "a.log").open("a") as log:
            log.write(f"{LINES[1]}\n")
        assert [each["message"] for each in results(stream, 1)] == [LINES[1]]
        (folder / "b.log").write_text(f"{LINES[2]}\n{LINES[3]}\n")
        assert [each["message"] for each in results(stream, 2)] == LINES[2:4]
        put(tailer, "written")
        assert [each["message"] for each in results(stream, 1)] == ["written"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"logStreamNames": ["db-1"]}, ["db error", "db fine"]),
        ({"logStreamNamePrefixes": ["web", "x"]}, ["web error"]),
        ({"logEventFilterPattern": "error"}, ["web error", "db error"]),
    ],
)
def test_selection(tailer: Any, members: dict[str, Any], expected: list[str]) -> None:
    """Streams, prefixes and a pattern choose."""
    with started(tailer, "g", **members) as stream:
        put(tailer, "web error")
        put(tailer, "db error", "db fine", stream="db-1")
        assert sorted(each["message"] for each in results(stream, len(expected))) == sorted(expected)


def test_many_events(tailer: Any) -> None:
    """Of more events than an update can have, some come, and the update says so."""
    with started(tailer, "g") as stream:
        put(tailer, *map(str, range(MOST + 1)))
        updates = (each["sessionUpdate"] for each in stream)
        found = next(each for each in updates if each["sessionResults"])
        assert found["sessionMetadata"]["sampled"] is True
        assert 0 < len(found["sessionResults"]) <= MOST


def test_end(tailer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that lasts too long ends with the service's error."""
    monkeypatch.setattr(live_tail, "LONGEST", 0)
    with started(tailer, "g") as stream, pytest.raises(EventStreamError, match="SessionTimeoutException"):
        next(stream)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"logGroupIdentifiers": ["g"]}, "InvalidParameterException"),
        ({"logGroupIdentifiers": [ARN + "g:*"]}, "InvalidParameterException"),
        ({"logGroupIdentifiers": [ARN + "nobody"]}, "ResourceNotFoundException"),
        ({"logStreamNames": ["a"], "logStreamNamePrefixes": ["a"]}, "InvalidParameterException"),
        ({"logGroupIdentifiers": [ARN + "g", ARN + GROUP], "logStreamNames": ["a"]}, "InvalidParameterException"),
        ({"logEventFilterPattern": '"open'}, "InvalidParameterException"),
    ],
)
def test_refused(tailer: Any, members: dict[str, Any], code: str) -> None:
    """What the service would refuse is refused before the stream begins."""
    assert refused(tailer.start_live_tail, **{"logGroupIdentifiers": [ARN + "g"], **members})[0] == code


def test_sessions_are_bounded(tailer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many sessions are refused; one that a client leaves makes room."""
    monkeypatch.setattr(sessions, "MOST", 1)
    with started(tailer, "g"):
        assert refused(tailer.start_live_tail, logGroupIdentifiers=[ARN + "g"])[0] == "LimitExceededException"
    for _ in range(200):
        with suppress(tailer.exceptions.LimitExceededException), started(tailer, "g"):
            return
        time.sleep(0.05)
    pytest.fail("the session that was left is still open")


CHILD = """
import boto3
logs = boto3.client("logs")
logs.create_log_group(logGroupName="g")
logs.create_log_stream(logGroupName="g", logStreamName="s")
arn = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
for event in logs.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]:
    if "sessionStart" in event:
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": 1, "message": "hello"}])
    elif event["sessionUpdate"]["sessionResults"]:
        print(event["sessionUpdate"]["sessionResults"][0]["message"])
        break
"""


def test_variables(tmp_path: Path) -> None:
    """A command of ``serve`` needs no configuration for Live Tail."""
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")}, "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "flowlocal", "serve", "--", sys.executable, "-c", CHILD]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.stdout == "hello\n", done.stderr
