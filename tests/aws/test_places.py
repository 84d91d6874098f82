"""Events of files over the API: what clients rely on, and what stays the same when other files appear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, LINES, connect, record, serving

START = 1_777_600_000_000
STREAM = "eni-0a1b-all"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one log, whose name is in the middle of the alphabet."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "m.log").write_text("".join(f"{line}\n" for line in LINES))
    return folder


@pytest.fixture
def files_client(folder: Path) -> Iterator[Any]:
    """Yield a client of an endpoint over the folder."""
    with serving(LocalAccount([FileGroup(GROUP, [str(folder)])])) as endpoint:
        yield connect(endpoint.url)


def write(folder: Path, name: str, time: int) -> None:
    """Write a log of one record."""
    (folder / name).write_text(record("10.9.9.9", 53, 70, "ACCEPT", time) + "\n")


def test_times(files_client: Any) -> None:
    """Every event and stream has the time of its ingestion, which is the event's own time."""
    for events in (
        files_client.filter_log_events(logGroupName=GROUP)["events"],
        files_client.get_log_events(logGroupName=GROUP, logStreamName=STREAM)["events"],
    ):
        assert [each["ingestionTime"] for each in events] == [each["timestamp"] for each in events]
    (stream,) = files_client.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["lastIngestionTime"] == stream["lastEventTimestamp"] == START + 300_000


def test_events_without_time_or_stream(files_client: Any, folder: Path) -> None:
    """Events of files that say neither time nor stream can be found by both, as clients look for them."""
    (folder / "m.log").write_text('{"level": "a"}\n{"level": "b"}\n')
    (stream,) = files_client.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert (stream["logStreamName"], stream["lastIngestionTime"]) == ("flowlocal", 0)
    found = files_client.filter_log_events(logGroupName=GROUP, logStreamNames=["flowlocal"], startTime=0)["events"]
    assert [(each["message"], each["timestamp"]) for each in found] == [('{"level": "a"}', 0), ('{"level": "b"}', 0)]


def ids(client: Any) -> dict[str, str]:
    """Return the ids of all events by message."""
    return {each["message"]: each["eventId"] for each in client.filter_log_events(logGroupName=GROUP)["events"]}


def test_ids_stay(files_client: Any, folder: Path) -> None:
    """An event keeps its id when files appear before and after its own, and when its file grows."""
    before = ids(files_client)
    write(folder, "a.log", START // 1000)
    write(folder, "z.log", START // 1000 + 7)
    with (folder / "m.log").open("a") as log:
        log.write(record("10.8.8.8", 53, 70, "ACCEPT", START // 1000 + 30) + "\n")
    after = ids(files_client)
    assert {message: after[message] for message in before} == before
    assert len(set(after.values())) == len(after) == len(before) + 3
    assert all(len(each) == 56 and each.isdigit() for each in after.values())


@pytest.mark.parametrize("new", ["a.log", "z.log"])
def test_tokens_stay(files_client: Any, folder: Path, new: str) -> None:
    """A token leads to the same event when another file appears, even with events of the same time."""
    names = {"logGroupName": GROUP, "logStreamName": STREAM}
    page = files_client.get_log_events(**names, limit=2, startFromHead=True)
    write(folder, new, START // 1000)
    rest = files_client.get_log_events(**names, nextToken=page["nextForwardToken"])
    assert [each["message"] for each in rest["events"]] == LINES[2:]
    back = files_client.get_log_events(**names, nextToken=rest["nextBackwardToken"])
    assert [each["message"] for each in back["events"] if each["message"] in LINES] == LINES[:2]


def test_vanished_file(files_client: Any, folder: Path) -> None:
    """A token leads on although the file of its event is gone."""
    write(folder, "n.log", START // 1000 + 90)
    page = files_client.filter_log_events(logGroupName=GROUP, limit=2)
    (folder / "m.log").unlink()
    rest = files_client.filter_log_events(logGroupName=GROUP, nextToken=page["nextToken"])
    assert [each["timestamp"] for each in rest["events"]] == [START + 90_000]
