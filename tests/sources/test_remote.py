"""Logs in S3, against a real server that speaks its protocol."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from flowlocal.events import UnreadableInput
from flowlocal.sources.files.remote import _file_system, remote_files
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED, read

BASE = "AWSLogs/123456789010/vpcflowlogs/us-east-1"
NAME = "123456789010_vpcflowlogs_us-east-1_fl-1_{stamp}Z_h.log.gz"
KEYS = {
    f"{BASE}/2014/12/13/{NAME.format(stamp='20141213T0405')}": [HEADER, REJECTED],
    f"{BASE}/2014/12/14/{NAME.format(stamp='20141214T0405')}": [HEADER, ACCEPTED],
    f"{BASE}/2014/12/14/{NAME.format(stamp='20141214T2305')}": [HEADER, NO_DATA],
    f"{BASE}/2015/01/01/{NAME.format(stamp='20150101T0405')}": [HEADER, ACCEPTED, "odd"],
}
START = 1418530000_000


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Start a server with a bucket of deliveries."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "DEFAULT_REGION": "us-east-1"}.items():
            patch.setenv(f"AWS_{name}", value)
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        _file_system.cache_clear()
        client = boto3.client("s3")
        client.create_bucket(Bucket="logs")
        for key, lines in KEYS.items():
            client.put_object(Bucket="logs", Key=key, Body=gzip.compress("\n".join(lines).encode()))
        client.put_object(Bucket="logs", Key="other/aws-logs-write-test", Body=b"Permission Check Successful")
        client.put_object(
            Bucket="logs", Key="other/large.log", Body=f"{HEADER}\n".encode() + f"{ACCEPTED}\n".encode() * 20_000
        )
        yield client
        _file_system.cache_clear()
    server.stop()


def test_order_of_folders(client: Any) -> None:
    """Folders are listed at the same time, and their objects come in the order of their names nevertheless."""
    keys = [f"many/{month:02}/{day:02}/flow.log" for month in range(1, 5) for day in range(1, 9)]
    for key in keys:
        client.put_object(Bucket="logs", Key=key, Body=f"{HEADER}\n{ACCEPTED}\n".encode())
    assert [file.url for file in remote_files("s3://logs/many/")] == [f"s3://logs/{key}" for key in keys]


def test_prefix(client: Any) -> None:
    """All objects below a prefix are read in the order of their names."""
    del client
    found = read("s3://logs/AWSLogs/")
    assert found.column("dstPort") == [3389, 22, None, 22, None]
    assert found.report.odd_lines[0].path.startswith("s3://logs/AWSLogs/123456789010/")
    assert found.events.total_bytes is not None


@pytest.mark.parametrize("url", [f"s3://logs/{BASE}/2014/*/14/*", f"s3://logs/{BASE}/2014/12/14/12345"])
def test_globs_and_beginnings(client: Any, url: str) -> None:
    """A glob, or the beginning of a name, picks objects."""
    del client
    assert read(url).column("dstPort") == [22, None]


def test_one_large_object(client: Any) -> None:
    """An object that is not small is streamed; what a task wrote for itself is passed over."""
    del client
    assert read("s3://logs/other/large.log").report.records == 20_000
    assert read("s3://logs/other").report.records == 20_000


@pytest.mark.parametrize(
    ("start", "end", "ports"),
    [
        (START, START + 60_000, [22]),
        (None, START, [3389, 22]),
        (START + 86_400_000, None, [22, None]),
        (0, 1, []),
    ],
)
def test_pruned(client: Any, start: int | None, end: int | None, ports: list[int | None]) -> None:
    """Folders and files whose dates lie outside the time asked for are not read."""
    del client
    found = read("s3://logs/AWSLogs", start=start, end=end)
    assert len(found.frame) == len(ports)
    assert not ports or found.column("dstPort") == ports


@pytest.mark.parametrize("url", ["s3://nowhere/x", "s3://logs/nothing", "s3://logs/*.txt"])
def test_not_there(client: Any, url: str) -> None:
    """A missing object is named by its URL."""
    del client
    with pytest.raises(UnreadableInput, match="s3://"):
        read(url)
