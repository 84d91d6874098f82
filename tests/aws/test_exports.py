"""Export tasks of the endpoint, to a folder that ``flowlocal query`` reads."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flowlocal
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, connect, serving
from tests.aws.test_settings import refused

QUERY = "stats sum(bytes) as b by srcAddr, action | sort b"
ALL = {"fromTime": 0, "to": 4_000_000_000_000, "destination": "bucket"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder below which buckets are."""
    return tmp_path / "exports"


@pytest.fixture
def exporter(logs: Path, folder: Path) -> Iterator[Any]:
    """Return a client of an endpoint over files, which may export."""
    account = LocalAccount([FileGroup(GROUP, [str(logs)])], exports=str(folder))
    with serving(account) as endpoint:
        yield connect(endpoint.url)


def finished(client: Any, **members: Any) -> dict[str, Any]:
    """Return an export task when it has ended."""
    given = {**ALL, "logGroupName": GROUP, **members}
    task_id = client.create_export_task(**{"from" if k == "fromTime" else k: v for k, v in given.items()})["taskId"]
    while True:
        (task,) = client.describe_export_tasks(taskId=task_id)["exportTasks"]
        if task["status"]["code"] != "RUNNING":
            found: dict[str, Any] = task
            return found
        time.sleep(0.02)


def test_round_trip(exporter: Any, folder: Path, logs: Path) -> None:
    """What was exported answers as the logs do, and has the service's layout."""
    task = finished(exporter, taskName="nightly")
    assert task["status"]["code"] == "COMPLETED"
    assert task["executionInfo"]["completionTime"] >= task["executionInfo"]["creationTime"]
    exported = folder / "bucket" / "exportedlogs"
    files = [path.relative_to(exported).as_posix() for path in exported.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(["aws-logs-write-test", f"{task['taskId']}/eni-0a1b-all/000000.gz"])
    assert flowlocal.query(QUERY, exported).rows == flowlocal.query(QUERY, logs).rows


def test_written_streams(exporter: Any, folder: Path) -> None:
    """Times are exact, streams are chosen by prefix, and their slashes become hyphens."""
    exporter.create_log_group(logGroupName="g")
    for stream in ("a/b", "a-b", "c", ".."):
        exporter.create_log_stream(logGroupName="g", logStreamName=stream)
        events = [{"timestamp": 1_777_600_000_000 + n, "message": f"{stream} {n}"} for n in (0, 123)]
        exporter.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)
    task = finished(exporter, logGroupName="g", destinationPrefix="x/y", logStreamNamePrefix="a", to=1_777_600_000_123)
    root = folder / "bucket" / "x" / "y" / task["taskId"]
    texts = sorted(gzip.decompress(path.read_bytes()).decode() for path in root.rglob("*.gz"))
    lines = "2026-05-01T01:46:40.000Z {0} 0\n2026-05-01T01:46:40.123Z {0} 123\n"
    assert texts == [lines.format("a-b"), lines.format("a/b")]
    task = finished(exporter, logGroupName="g", logStreamNamePrefix="..", to=1_777_600_000_000)
    (dots,) = (folder / "bucket" / "exportedlogs" / task["taskId"]).iterdir()
    assert (dots.name, task["status"]["code"]) == ("--", "COMPLETED")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"destination": "../etc"}, "bucket"),
        ({"destination": "b"}, "bucket"),
        ({"destinationPrefix": "../../etc"}, "prefix"),
        ({"destinationPrefix": "/etc"}, "prefix"),
        ({"destinationPrefix": "a//b"}, "prefix"),
        ({"destinationPrefix": "out"}, "link"),
        ({"from": 2, "to": 1}, "from 2 is after to 1"),
    ],
)
def test_refused(exporter: Any, folder: Path, tmp_path: Path, members: dict[str, Any], words: str) -> None:
    """Nothing is written outside of the folder."""
    (folder / "bucket").mkdir(parents=True)
    os.symlink(tmp_path, folder / "bucket" / "out")
    given = {"logGroupName": GROUP, "from": 0, "to": 4_000_000_000_000, "destination": "bucket", **members}
    code, message = refused(exporter.create_export_task, **given)
    assert code == "InvalidParameterException"
    assert words in message
    assert list((folder / "bucket").iterdir()) == [folder / "bucket" / "out"]


def test_without_a_folder(logs: Path) -> None:
    """An endpoint that may not write says how it may."""
    with serving(LocalAccount([FileGroup(GROUP, [str(logs)])])) as endpoint:
        client = connect(endpoint.url)
        given = {"logGroupName": GROUP, "from": 0, "to": 1, "destination": "bucket"}
        assert "--export-to FOLDER" in refused(client.create_export_task, **given)[1]


def test_failure_and_cancelling(exporter: Any, folder: Path) -> None:
    """A task that cannot write has failed, and one that has ended cannot be cancelled."""
    folder.write_text("in the way")
    task = finished(exporter)
    assert task["status"]["code"] == "FAILED"
    assert refused(exporter.cancel_export_task, taskId=task["taskId"])[0] == "InvalidOperationException"
    assert refused(exporter.cancel_export_task, taskId="nobody")[0] == "ResourceNotFoundException"
    assert exporter.describe_export_tasks(statusCode="COMPLETED")["exportTasks"] == []
    given = {"logGroupName": "nobody", "from": 0, "to": 1, "destination": "bucket"}
    assert refused(exporter.create_export_task, **given)[0] == "ResourceNotFoundException"
