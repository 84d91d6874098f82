"""The same events in both stores, read with real clients."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from flowlocal.aws import mock_insights, seed
from flowlocal.aws.endpoint import Endpoint
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount

mock_aws: Any = getattr(moto, "mock_aws", None) or getattr(moto, "mock_logs")  # noqa: B009 - before and since moto 5
REGION = "us-east-1"
ALL_TIME = {"startTime": 0, "endTime": 4_000_000_000}
GROUP = "vpc/flow-logs"
OTHER = "vpc/other"


def record(source: str, port: int, count: int, action: str, start: int) -> str:
    """Return a flow log record of a minute."""
    return f"2 123456789012 eni-0a1b {source} 10.0.0.9 41000 {port} 6 2 {count} {start} {start + 60} {action} OK"


LINES = [
    record("10.0.0.1", 22, 40, "ACCEPT", 1_777_600_000),
    record("10.0.0.2", 443, 4249, "ACCEPT", 1_777_600_060),
    record("198.51.100.7", 3389, 52, "REJECT", 1_777_600_120),
    record("198.51.100.7", 22, 52, "REJECT", 1_777_600_180),
    "2 123456789012 eni-0a1b - - - - - - - 1777600240 1777600300 - NODATA",
    record("10.0.0.2", 443, 900, "ACCEPT", 1_777_600_300),
]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set invented credentials, and hide real ones."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Return a file with the records."""
    path = tmp_path / "flow.log.gz"
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in LINES).encode()))
    return path


@pytest.fixture
def other_logs(tmp_path: Path) -> Path:
    """Return a file with one record of another group."""
    path = tmp_path / "other.log"
    path.write_text(record("10.9.9.9", 53, 70, "ACCEPT", 1_777_600_090) + "\n")
    return path


@contextmanager
def serving(account: LocalAccount) -> Iterator[Endpoint]:
    """Yield an endpoint in a thread of this process."""
    endpoint = Endpoint("127.0.0.1", 0, account)
    thread = Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()


def connect(url: str | None = None) -> Any:
    """Return a client of boto3."""
    return boto3.client("logs", region_name=REGION, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture(params=["moto", "endpoint"])
def client(request: pytest.FixtureRequest, logs: Path, other_logs: Path) -> Iterator[Any]:
    """Yield a client of each transport, over the same events."""
    with ExitStack() as stack:
        if request.param == "moto":
            stack.enter_context(mock_aws())
            stack.enter_context(mock_insights())
            seed(GROUP, logs)
            seed(OTHER, other_logs)
            yield connect()
        else:
            account = LocalAccount([FileGroup(GROUP, [str(logs)]), FileGroup(OTHER, [str(other_logs)])])
            yield connect(stack.enter_context(serving(account)).url)


def wait(client: Any, query_id: str, **page: Any) -> dict[str, Any]:
    """Return the answer to a query after it has ended."""
    while True:
        answer: dict[str, Any] = client.get_query_results(queryId=query_id, **page)
        if answer["status"] != "Running":
            return answer


def ask(client: Any, query: str, **more: Any) -> dict[str, Any]:
    """Start a query over all time and wait for its answer."""
    request = {"logGroupName": GROUP, **ALL_TIME, **more}
    request = {name: value for name, value in request.items() if value is not None}
    return wait(client, client.start_query(queryString=query, **request)["queryId"])


def rows(answer: dict[str, Any]) -> list[dict[str, str]]:
    """Return the rows as dicts, without ``@ptr``."""
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]
