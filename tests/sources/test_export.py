"""An export made by moto's export task answers the same as the events it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto import mock_aws
from moto.logs.models import logs_backends

from flowlocal.events import ScanReport
from flowlocal.sources.memory import events_of_records
from tests.sources.conftest import ACCEPTED, NO_DATA, REJECTED, read

EVENTS = {
    "eni-1-all": [(1418530010000, ACCEPTED), (1431280876000, NO_DATA)],
    "a/b/eni-2-all": [(1418530011000, REJECTED), (1418530012000, "odd")],
}


def _exported(folder: Path) -> list[dict[str, Any]]:
    """Events put into a log group of moto, exported to a bucket of moto, and downloaded again."""
    logs, s3 = (boto3.client(name, region_name="us-east-1") for name in ("logs", "s3"))
    s3.create_bucket(Bucket="exports")
    logs.create_log_group(logGroupName="vpc")
    group = logs_backends["123456789012"]["us-east-1"].groups["vpc"]
    for stream, events in EVENTS.items():
        logs.create_log_stream(logGroupName="vpc", logStreamName=stream)
        group.put_log_events(stream, [{"timestamp": time, "message": message} for time, message in events])
    logs.create_export_task(logGroupName="vpc", fromTime=0, to=2**41, destination="exports")
    for item in s3.list_objects_v2(Bucket="exports")["Contents"]:
        path = folder / item["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket="exports", Key=item["Key"])["Body"].read())
    return list(logs.filter_log_events(logGroupName="vpc")["events"])


def test_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages, times, streams and fields are those of the events; slashes of streams are dashes in paths."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    with mock_aws():
        events = events_of_records(_exported(tmp_path))
    known = events.read(ScanReport()).collect().sort("@timestamp")
    found = read(tmp_path)
    frame = found.frame.sort("@timestamp")
    for name in ("@timestamp", "@message", "dstPort", "srcAddr", "action", "bytes", "startTime"):
        assert frame[name].to_list() == known[name].to_list()
    assert frame["@logStream"].to_list() == [stream.replace("/", "-") for stream in known["@logStream"]]
    assert found.report.odd_count == 1
    assert found.report.warnings == []
