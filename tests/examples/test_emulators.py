"""Each example plugin inside the emulator that it is for; skipped where the emulator is not installed."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.aws.conftest import LINES, REGION, connect, mock_aws, wait

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "emulators"
QUERY = "filter action = 'REJECT' | stats count(*) as n by srcAddr"
ANSWER = [[{"field": "srcAddr", "value": "198.51.100.7"}, {"field": "n", "value": "2"}]]
RANGE = {"startTime": 1_777_590_000, "endTime": 1_777_610_000}
START = {"logGroupName": "vpc", "queryString": QUERY, **RANGE}
EVENTS = [{"timestamp": 1_777_600_000_000 + n, "message": line} for n, line in enumerate(LINES)]
WRONG = {**START, "queryString": "filter action = | foo"}


@pytest.fixture
def plugin() -> Callable[[str], Any]:
    """Return a function that imports an example."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def moto_group(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return moto's backend with a log group of flow logs."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    models = pytest.importorskip("moto.logs.models")
    with mock_aws():
        client = connect()
        client.create_log_group(logGroupName="vpc")
        client.create_log_stream(logGroupName="vpc", logStreamName="s")
        group = models.logs_backends["123456789012"][REGION].groups["vpc"]
        group.streams["s"].events += [models.LogEvent(0, event) for event in EVENTS]
        yield client


def test_moto(plugin: Callable[[str], Any], moto_group: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries under moto are answered; a malformed one is refused."""
    example = plugin("moto_plugin")
    monkeypatch.setattr("moto.logs.models.execute_query", None)  # is put back at the end
    example.install()
    query = moto_group.start_query(**START)["queryId"]
    results = wait(moto_group, query)["results"]
    assert [[cell for cell in row if cell["field"] != "@ptr"] for row in results] == ANSWER
    with pytest.raises(moto_group.exceptions.MalformedQueryException, match="unexpected symbol"):
        moto_group.start_query(**WRONG)


def test_ministack(plugin: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries of MiniStack are answered; a malformed one is refused with the place of the error."""
    logs = pytest.importorskip("ministack.services.cloudwatch_logs", reason="ministack is not installed")
    example = plugin("ministack_plugin")
    monkeypatch.setattr(logs, "_start_query", None)
    example.install()

    def call(operation: str, members: dict[str, Any]) -> tuple[int, Any]:
        headers = {"x-amz-target": f"Logs_20140328.{operation}"}
        status, _, body = asyncio.run(logs.handle_request("POST", "/", headers, json.dumps(members), {}))
        return status, json.loads(body or "{}")

    logs.reset()
    stream = {"logGroupName": "vpc", "logStreamName": "s"}
    assert call("CreateLogGroup", {"logGroupName": "vpc"})[0] == 200
    assert call("CreateLogStream", stream)[0] == 200
    assert call("PutLogEvents", {**stream, "logEvents": EVENTS})[0] == 200
    _, started = call("StartQuery", START)
    _, answer = call("GetQueryResults", started)
    assert (answer["status"], answer["results"]) == ("Complete", ANSWER)
    status, error = call("StartQuery", WRONG)
    assert (status, error["__type"]) == (400, "MalformedQueryException")
    assert error["queryCompileError"]["location"]["startCharOffset"] > 0


def test_robotocore(plugin: Callable[[str], Any], moto_group: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries are answered behind robotocore's table of handlers, of which the test has a copy: it is not on PyPI."""
    assert moto_group
    provider: Any = ModuleType("robotocore.services.cloudwatch.logs_provider")

    class LogsError(Exception):
        def __init__(self, code: str, message: str, status: int = 400) -> None:
            super().__init__(message)
            self.code = code

    provider.LogsError, provider._ACTION_MAP = LogsError, {}
    package: Any = ModuleType("robotocore.services.cloudwatch")
    package.logs_provider = provider
    for name in ("robotocore", "robotocore.services"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, package.__name__, package)
    monkeypatch.setitem(sys.modules, provider.__name__, provider)
    plugin("robotocore_plugin").install()
    place = (REGION, "123456789012")
    started = provider._ACTION_MAP["StartQuery"](START, *place)
    assert provider._ACTION_MAP["GetQueryResults"](started, *place)["results"] == ANSWER
    for operation, members, code in (
        ("StartQuery", WRONG, "MalformedQueryException"),
        ("GetQueryResults", {"queryId": "no"}, "ResourceNotFoundException"),
    ):
        with pytest.raises(LogsError) as caught:
            provider._ACTION_MAP[operation](members, *place)
        assert caught.value.code == code


def test_localstack(plugin: Callable[[str], Any], moto_group: Any) -> None:
    """Queries are answered by LocalStack's own dispatcher of operations."""
    assert moto_group
    pytest.importorskip("localstack.services.logs.provider", reason="localstack-core[base-runtime] is not installed")
    from localstack.aws.api import RequestContext  # type: ignore[import-not-found]  # noqa: PLC0415

    example = plugin("localstack_plugin")
    provider = object.__new__(example.FlowlocalLogsProvider)  # its constructor connects to a running LocalStack
    context = RequestContext(None)
    context.account_id, context.region = "123456789012", REGION
    started = provider.start_query(context, START)
    assert provider.get_query_results(context, started)["results"] == ANSWER
    with pytest.raises(example.MalformedQueryException) as caught:
        provider.start_query(context, WRONG)
    assert caught.value.queryCompileError["location"]["startCharOffset"] > 0
    with pytest.raises(example.ResourceNotFoundException):
        provider.get_query_results(context, {"queryId": "no"})
