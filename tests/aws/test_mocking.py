"""``mock_insights`` beside moto's ``mock_aws``: order, nesting, decorating, resetting, and moto as a server."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import moto
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError  # type: ignore[import-untyped]
from moto.logs.responses import LogsResponse

import flowlocal
from flowlocal.aws import UnsupportedMoto, mock_insights, mocking, seed
from flowlocal.aws.moto_store import OLDEST
from tests.aws.conftest import ALL_TIME, GROUP, LINES, ask, connect, mock_aws, rows

QUERY = "filter action = 'REJECT' | stats count(*) as n by srcAddr"
ANSWER = [{"srcAddr": "198.51.100.7", "n": "2"}]


def check(logs: Path) -> None:
    """Seed moto and ask it."""
    assert seed(GROUP, logs) == len(LINES)
    assert rows(ask(connect(), QUERY)) == ANSWER


@mock_aws  # type: ignore[untyped-decorator]
@mock_insights
def test_inside(logs: Path) -> None:
    """A decorator without brackets below ``mock_aws``."""
    check(logs)


@mock_insights()
@mock_aws  # type: ignore[untyped-decorator]
def test_outside(logs: Path) -> None:
    """A decorator with brackets above ``mock_aws``."""
    check(logs)


@mock_aws
@mock_insights
class TestClass:
    """A class of tests, decorated."""

    def test_member(self, logs: Path) -> None:
        """Its tests run with the mock."""
        check(logs)


def test_contexts(logs: Path) -> None:
    """Context managers in both orders."""
    with mock_insights(), mock_aws():
        check(logs)
    with mock_aws(), mock_insights():
        check(logs)


def test_coroutine(logs: Path) -> None:
    """Coroutine functions are decorated too."""

    @mock_insights
    async def ask_later() -> None:
        await asyncio.sleep(0)
        check(logs)

    with mock_aws():
        asyncio.run(ask_later())


def test_start_and_stop(logs: Path) -> None:
    """``start`` and ``stop`` stand for entering and leaving."""
    mock = mock_insights()
    mock.start()
    with mock_aws():
        check(logs)
    mock.stop()
    assert "stop_query" not in vars(LogsResponse)


def test_nesting(logs: Path) -> None:
    """The patch stays until the last one leaves, and then moto is as it was."""
    before = dict(vars(LogsResponse))
    with mock_insights():
        with mock_insights():
            pass
        with mock_aws():
            check(logs)
    assert dict(vars(LogsResponse)) == before


def test_events_put_through_the_api() -> None:
    """Events that code under test writes with PutLogEvents are queried; JSON is discovered."""
    with mock_aws(), mock_insights():
        client, now = connect(), int(time.time() * 1000)
        client.create_log_group(logGroupName="app")
        client.create_log_stream(logGroupName="app", logStreamName="s")
        messages = ['{"level": "error", "took": {"ms": 12}}', '{"level": "info", "took": {"ms": 3}}', "plain words"]
        events = [{"timestamp": now + n, "message": message} for n, message in enumerate(messages)]
        client.put_log_events(logGroupName="app", logStreamName="s", logEvents=events)
        query = "filter level = 'error' | fields took.ms as ms, @logStream"
        assert rows(ask(client, query, logGroupName="app")) == [{"ms": "12", "@logStream": "s"}]
        first = rows(ask(client, "fields @message | sort @timestamp asc | limit 1", logGroupName="app"))
        assert first == [{"@message": messages[0]}]


def test_empty_group() -> None:
    """A group without events answers with no rows."""
    with mock_aws(), mock_insights():
        connect().create_log_group(logGroupName="empty")
        assert ask(connect(), "fields @message", logGroupName="empty")["results"] == []
        assert connect().get_log_group_fields(logGroupName="empty")["logGroupFields"] == []


def test_reset(logs: Path) -> None:
    """Queries and saved queries are gone when moto is reset."""
    with mock_insights(), mock_aws():
        check(logs)
        connect().put_query_definition(name="x", queryString="fields dstPort")
    with mock_insights(), mock_aws():
        assert connect().describe_queries()["queries"] == []
        assert connect().describe_query_definitions()["queryDefinitions"] == []


def test_regions_are_apart(logs: Path) -> None:
    """A group is found in its own region alone."""
    with mock_aws(), mock_insights():
        seed(GROUP, logs, region="eu-central-1")
        with pytest.raises(ClientError, match="does not exist"):
            ask(connect(), QUERY)
        arn = f"arn:aws:logs:eu-central-1:123456789012:log-group:{GROUP}"
        with pytest.raises(ClientError, match="does not exist"):
            ask(connect(), QUERY, logGroupName=None, logGroupIdentifiers=[arn])


def test_running_polls(logs: Path) -> None:
    """A query can be made to look running for a while, and can be stopped meanwhile."""
    with mock_aws(), mock_insights(running_polls=2):
        seed(GROUP, logs)
        client = connect()
        first = client.start_query(logGroupName=GROUP, queryString=QUERY, **ALL_TIME)["queryId"]
        found = [client.get_query_results(queryId=first) for _ in range(3)]
        assert [each["status"] for each in found] == ["Running", "Running", "Complete"]
        assert (found[0]["results"], rows(found[2])) == ([], ANSWER)
        assert all("recordsScanned" in each["statistics"] for each in found)
        second = client.start_query(logGroupName=GROUP, queryString=QUERY, **ALL_TIME)["queryId"]
        assert client.stop_query(queryId=second)["success"]
        assert client.get_query_results(queryId=second)["status"] == "Cancelled"
        with pytest.raises(client.exceptions.InvalidParameterException):
            client.stop_query(queryId=second)


def test_too_many_running(logs: Path) -> None:
    """A hundred queries run at a time, not more."""
    with mock_aws(), mock_insights(running_polls=1):
        seed(GROUP, logs)
        client = connect()
        for _ in range(100):
            client.start_query(logGroupName=GROUP, queryString="limit 1", **ALL_TIME)
        with pytest.raises(client.exceptions.LimitExceededException, match="limit of \\[100\\]"):
            client.start_query(logGroupName=GROUP, queryString="limit 1", **ALL_TIME)


def test_seed_into_a_stream(logs: Path) -> None:
    """Events can be put into one stream."""
    with mock_aws(), mock_insights():
        seed(GROUP, logs, log_stream="mine")
        assert rows(ask(connect(), "stats count(*) as n by @logStream")) == [{"@logStream": "mine", "n": "6"}]


def test_old_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moto that is too old is named in one clear error."""
    monkeypatch.setattr(moto, "__version__", "4.1.0")
    with pytest.raises(UnsupportedMoto, match=r"flowlocal works with moto 4\.2\.14 and newer"), mock_insights():
        pass
    assert OLDEST == (4, 2, 14)


def test_different_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one whose insides have changed."""
    monkeypatch.delattr("moto.logs.models.LogEvent")
    with pytest.raises(UnsupportedMoto, match="built differently"), mock_insights():
        pass
    monkeypatch.undo()
    assert mocking._PATCH.settings == mocking.MockSettings()


def free_port() -> int:
    """Return a port that is free at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def test_server(logs: Path) -> None:
    """Moto as a server in this process answers as well."""
    pytest.importorskip("flask", reason="moto's server needs flask: pip install 'moto[server]'")
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - needs flask

    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    with mock_insights():
        server.start()
        try:
            seed(GROUP, logs)
            client: Any = connect(f"http://127.0.0.1:{port}")
            assert rows(ask(client, QUERY)) == flowlocal.query(QUERY, logs).rows
            with pytest.raises(client.exceptions.MalformedQueryException):
                ask(client, "bogus")
        finally:
            server.stop()


def test_server_process() -> None:
    """Moto as a server in a process of its own answers as well."""
    pytest.importorskip("flask", reason="moto's server needs flask: pip install 'moto[server]'")
    port = free_port()
    command = [sys.executable, "-m", "flowlocal.aws.moto_server", "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            client: Any = connect(f"http://127.0.0.1:{port}")
            for _ in range(300):
                with suppress(EndpointConnectionError):
                    client.create_log_group(logGroupName="app")
                    break
                time.sleep(0.1)
            now = int(time.time() * 1000)
            client.create_log_stream(logGroupName="app", logStreamName="s")
            event = {"timestamp": now, "message": LINES[0]}
            client.put_log_events(logGroupName="app", logStreamName="s", logEvents=[event])
            assert rows(ask(client, "fields dstPort", logGroupName="app")) == [{"dstPort": "22"}]
        finally:
            process.kill()
