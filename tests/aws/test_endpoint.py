"""The endpoint as a server: bodies, connections, many queries at once, and queries that run long."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest
from polars.io.plugins import register_io_source

import flowlocal
from flowlocal.aws.endpoint import MOST_BODY, Endpoint
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalStore
from flowlocal.events import Events, ScanReport
from tests.aws.conftest import ALL_TIME, GROUP, ask, connect, rows, serving, wait


class SlowGroup(FileGroup):
    """A group whose second half is held back until it is let go."""

    def __init__(self, name: str, paths: list[str]) -> None:
        super().__init__(name, paths)
        self.let_go = Event()
        self.reached = Event()

    def events(self) -> Events:
        """The events of the files, read with a pause."""
        return replace(super().events(), read=self._read)

    def _read(self, report: ScanReport) -> pl.LazyFrame:
        frame = super().events().read(ScanReport()).collect()

        def read(columns: list[str] | None, *_: Any) -> Iterator[pl.DataFrame]:
            yield frame.head(3).select(columns or frame.columns)
            self.reached.set()
            assert self.let_go.wait(30)
            report.on_bytes(1)
            yield frame.tail(3).select(columns or frame.columns)

        return register_io_source(read, schema=frame.schema)


@pytest.fixture
def slow(logs: Path) -> Iterator[SlowGroup]:
    """A group that is let go in the end, whatever happens."""
    group = SlowGroup("slow", [str(logs)])
    yield group
    group.let_go.set()


@pytest.fixture
def endpoint(logs: Path, slow: SlowGroup) -> Iterator[Endpoint]:
    """An endpoint over a group and a slow group."""
    with serving(LocalStore([FileGroup(GROUP, [str(logs)]), slow])) as endpoint:
        yield endpoint


def post(endpoint: Endpoint, body: bytes, operation: str = "DescribeLogGroups", **headers: str) -> tuple[int, Any]:
    """Status and body of a request that no client of AWS would send."""
    connection = HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    given = {"X-Amz-Target": f"Logs_20140328.{operation}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request("POST", "/", body, given)
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.headers["x-amzn-RequestId"]
    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
    connection.close()
    return response.status, answer


def alive(endpoint: Endpoint) -> bool:
    """Does it still serve?"""
    return len(post(endpoint, b"{}")[1]["logGroups"]) == 2


BODIES: list[tuple[bytes, dict[str, str], int, str]] = [
    (b"", {}, 200, ""),
    (b"null", {}, 400, "SerializationException"),
    (b"[]", {}, 400, "SerializationException"),
    (b"{", {}, 400, "SerializationException"),
    (b"\xff\xfe", {}, 400, "SerializationException"),
    (b"[" * 100_000, {}, 400, "SerializationException"),
    (b'{"limit": "many"}', {}, 400, "SerializationException"),
    (b'{"limit": true}', {}, 400, "SerializationException"),
    (b'{"limit": ' + b"9" * 5000 + b"}", {}, 400, ""),
    (b'{"logGroupNamePrefix": {}}', {}, 400, "SerializationException"),
    (gzip.compress(b"{}", mtime=0), {"Content_Encoding": "gzip"}, 200, ""),
    (gzip.compress(b"{}", mtime=0)[:-6], {"Content_Encoding": "gzip"}, 400, "SerializationException"),
    (b"{}", {"Content_Encoding": "gzip"}, 400, "SerializationException"),
    (gzip.compress(b" " * (MOST_BODY + 1)), {"Content_Encoding": "gzip"}, 413, "RequestEntityTooLargeException"),
    (b"{}", {"Content_Encoding": "br"}, 400, "SerializationException"),
    (b"{}", {"X_Amz_Target": "S3.ListBuckets"}, 400, "UnknownOperationException"),
    (b"{}", {"Host": "logs.example.com"}, 403, "AccessDeniedException"),
    (b"{}", {"Host": "localhost:80"}, 200, ""),
]


@pytest.mark.parametrize(("body", "headers", "status", "code"), BODIES)
def test_bodies(endpoint: Endpoint, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    """Bodies of every kind get an answer, and the server lives on."""
    found, answer = post(endpoint, body, **headers)
    assert found == status
    assert answer.get("__type", "") == code or not code
    assert alive(endpoint)


def test_unknown_operation(endpoint: Endpoint) -> None:
    """An operation that is not there is refused by name."""
    status, answer = post(endpoint, b"{}", "CreateScheduledQuery")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    assert "CreateScheduledQuery" in answer["message"]


@pytest.mark.parametrize("length", ["", "x", "-1", "99999999999", "9" * 30])
def test_lengths(endpoint: Endpoint, length: str) -> None:
    """A length that is missing or too large is refused without reading on."""
    lines = ["POST / HTTP/1.1", "Host: localhost", "X-Amz-Target: Logs_20140328.DescribeLogGroups"]
    lines += [f"Content-Length: {length}"] if length else []
    with socket.create_connection(("127.0.0.1", endpoint.server_port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.makefile("rb").readline().split()[1] in (b"411", b"413")
    assert alive(endpoint)


@pytest.mark.parametrize(
    "sent", [b"", b"POST / HT", b"garbage\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"]
)
def test_killed_clients(endpoint: Endpoint, sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """A client that goes away in the middle disturbs nobody, and nothing is said of it."""
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", endpoint.server_port), timeout=30) as connection:
            connection.sendall(sent)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert alive(endpoint)
    assert capfd.readouterr().err == ""


def test_get(endpoint: Endpoint) -> None:
    """A browser is told what this is."""
    connection = HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/")
    assert b"CloudWatch Logs" in connection.getresponse().read()
    connection.close()


def test_many_at_once(endpoint: Endpoint, logs: Path) -> None:
    """Many clients at once each get their own answer."""
    queries = [f"filter dstPort = {port} | stats count(*) as n, sum(bytes) as b" for port in (22, 443, 3389)] * 8
    expected = {query: flowlocal.query(query, logs).rows for query in queries}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda query: rows(ask(connect(endpoint.url), query)), queries))
    assert answers == [expected[query] for query in queries]


def test_stopping(endpoint: Endpoint, slow: SlowGroup) -> None:
    """A query that runs is told to be running, others are answered beside it, and it can be stopped once."""
    client = connect(endpoint.url)
    query_id = client.start_query(logGroupName="slow", queryString="stats count(*)", **ALL_TIME)["queryId"]
    assert slow.reached.wait(30)
    answer = client.get_query_results(queryId=query_id)
    assert (answer["status"], answer["results"]) == ("Running", [])
    assert answer["statistics"]["recordsMatched"] == 0.0
    assert rows(ask(client, "stats count(*) as n")) == [{"n": "6"}]
    assert client.stop_query(queryId=query_id)["success"]
    slow.let_go.set()
    assert client.get_query_results(queryId=query_id)["status"] == "Cancelled"
    with pytest.raises(client.exceptions.InvalidParameterException, match="Query status: Cancelled"):
        client.stop_query(queryId=query_id)


def test_long_query(endpoint: Endpoint, slow: SlowGroup, logs: Path) -> None:
    """A query that runs long is answered in the end, also when the client that started it is gone."""
    query_id = connect(endpoint.url).start_query(logGroupName="slow", queryString="fields dstPort", **ALL_TIME)[
        "queryId"
    ]
    assert slow.reached.wait(30)
    slow.let_go.set()
    assert rows(wait(connect(endpoint.url), query_id)) == flowlocal.query("fields dstPort", logs).rows


def test_failing_query(endpoint: Endpoint, logs: Path, slow: SlowGroup) -> None:
    """A query whose file vanishes while it runs has failed; the next one is refused with the reason."""
    client = connect(endpoint.url)
    query_id = client.start_query(logGroupName="slow", queryString="fields dstPort", **ALL_TIME)["queryId"]
    assert slow.reached.wait(30)
    logs.unlink()
    slow.let_go.set()
    wait(client, query_id)
    with pytest.raises(client.exceptions.InvalidParameterException, match="cannot read"):
        ask(client, "fields dstPort")
    for refused in (client.describe_log_groups, lambda: client.get_log_group_fields(logGroupName=GROUP)):
        with pytest.raises(client.exceptions.InvalidParameterException, match="cannot read"):
            refused()


def test_bounded_memory(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The results of the oldest queries are forgotten when there are too many."""
    monkeypatch.setattr("flowlocal.aws.queries.MOST_BYTES", 1)
    client = connect(endpoint.url)
    first = client.start_query(logGroupName=GROUP, queryString="fields dstPort", **ALL_TIME)["queryId"]
    wait(client, first)
    ask(client, "fields dstPort")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        wait(client, first)
