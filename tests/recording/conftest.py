"""An endpoint over log groups that tests write, and the command run against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from flowlocal.aws.local_store import LocalAccount
from flowlocal.cli._guard import run
from flowlocal.testing.case import Case, read_cases
from flowlocal.testing.run import CaseRunner, CaseStatus
from tests.aws.conftest import REGION, connect, serving

START = 1_777_600_000
RANGE = ("--start", str(START), "--end", str(START + 600))
Record = Callable[..., int]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set invented credentials, and hide the user's settings."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Return the address of an endpoint without log groups."""
    with serving(LocalAccount([])) as served:
        yield served.url


def write(client: Any, group: str, messages: Sequence[str], stream: str = "eni-0a1b2c3d-all") -> None:
    """Make a log group with an event a second."""
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": 1000 * (START + n), "message": message} for n, message in enumerate(messages)]
    if events:
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@pytest.fixture
def groups(endpoint: str) -> Callable[..., None]:
    """Return a function that makes log groups of the endpoint, each with an event for each text."""

    def make(**groups: Sequence[str]) -> None:
        for name, messages in groups.items():
            write(connect(endpoint), name, messages)

    return make


@pytest.fixture
def record(endpoint: str, tmp_path: Path) -> Record:
    """Return the command against the endpoint; it returns its exit code."""

    def command(query: str, *arguments: str, groups: Sequence[str] = ("vpc",)) -> int:
        named = [word for group in groups for word in ("--log-group", group)]
        where = ["--endpoint-url", endpoint, "-o", str(tmp_path / "case.toml")]
        return run(["record", query, *named, *RANGE, *where, *arguments])

    return command


@pytest.fixture
def case(tmp_path: Path) -> Callable[[], Case]:
    """Return a function that reads the case that was recorded."""
    return lambda: read_cases(tmp_path / "case.toml")[0]


def passes(case: Case) -> bool:
    """Return True if ``flowlocal test`` passes."""
    return CaseRunner().run(case).status is CaseStatus.PASSED
