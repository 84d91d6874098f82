"""The endpoint as a server: bodies, connections, many queries at once, and queries that run long."""

from __future__ import annotations

import gzip
import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

import flowlocal
from flowlocal.aws.bodies import MOST_BODY
from flowlocal.aws.endpoint import Endpoint
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from flowlocal.aws.workers import POOL
from tests.aws.conftest import ALL_TIME, GROUP, REGION, ask, connect, record, rows, serving, wait

SLOW = "slow"
SLOW_QUERY = "stats " + ", ".join(f"count_distinct(sha256(concat(@message, {n})))" for n in range(160))
"""A query of seven kilobytes that takes minutes over the slow group."""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log of a hundred thousand records."""
    path = tmp_path_factory.mktemp("slow") / "flow.log"
    path.write_text("".join(record("10.0.0.1", n % 65_536, n, "ACCEPT", 1_777_600_000) + "\n" for n in range(100_000)))
    return path


@pytest.fixture
def endpoint(logs: Path, slow: Path) -> Iterator[Endpoint]:
    """Yield an endpoint over a group and a slow group."""
    with serving(LocalAccount([FileGroup(GROUP, [str(logs)]), FileGroup(SLOW, [str(slow)])])) as endpoint:
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
    assert response.headers["x-amzn-ErrorType"] == answer.get("__type")
    connection.close()
    return response.status, answer


def alive(endpoint: Endpoint) -> bool:
    """Return True if the endpoint still answers."""
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
    status, answer = post(endpoint, b"{}", "PutTransformer")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    assert "PutTransformer" in answer["message"]


@pytest.mark.parametrize(
    "sent", [b"", b"POST / HT", b"garbage\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"]
)
def test_killed_clients(endpoint: Endpoint, sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """A client that disconnects in the middle of a request disturbs no other client, and nothing is printed."""
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", endpoint.server_port), timeout=30) as connection:
            connection.sendall(sent)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert alive(endpoint)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("method", "words"), [("GET", b"CloudWatch Logs"), ("HEAD", b""), ("OPTIONS", b"")])
def test_other_methods(endpoint: Endpoint, method: str, words: bytes) -> None:
    """A browser is shown what this is, and the connection stays open."""
    connection = HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    for _ in range(2):
        connection.request(method, "/", b"POST / HTTP/1.1\r\n\r\n")
        response = connection.getresponse()
        assert (response.status, words in response.read()) == (200, True)
    connection.close()


@pytest.mark.parametrize(
    ("origin", "allowed"), [("http://localhost:3000", True), ("https://example.com", False), ("null", False)]
)
def test_pages(endpoint: Endpoint, origin: str, allowed: bool) -> None:
    """Pages of this machine can send requests, with the headers that they ask for; others cannot."""
    connection = HTTPConnection(endpoint.url.removeprefix("http://"), timeout=30)
    connection.request("OPTIONS", "/", headers={"Origin": origin, "Access-Control-Request-Headers": "x-amz-target"})
    response = connection.getresponse()
    response.read()
    assert (response.headers["Access-Control-Allow-Origin"] == origin) is allowed
    assert (response.headers["Access-Control-Allow-Headers"] == "x-amz-target") is allowed
    connection.close()


def test_many_at_once(endpoint: Endpoint, logs: Path) -> None:
    """Many clients at once each get their own answer."""
    queries = [f"filter dstPort = {port} | stats count(*) as n, sum(bytes) as b" for port in (22, 443, 3389)] * 8
    expected = {query: flowlocal.query(query, logs).rows for query in queries}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda query: rows(ask(connect(endpoint.url), query)), queries))
    assert answers == [expected[query] for query in queries]


def start_slow(client: Any) -> str:
    """Start a query that takes minutes; its id."""
    query_id: str = client.start_query(logGroupName=SLOW, queryString=SLOW_QUERY, **ALL_TIME)["queryId"]
    return query_id


def test_stopping(endpoint: Endpoint) -> None:
    """A query that runs is said to run, others are answered beside it, and it can be stopped once."""
    client = connect(endpoint.url)
    query_id = start_slow(client)
    answer = client.get_query_results(queryId=query_id)
    assert (answer["status"], answer["results"]) == ("Running", [])
    assert answer["statistics"]["recordsMatched"] == 0.0
    assert rows(ask(client, "stats count(*) as n")) == [{"n": "6"}]
    assert client.stop_query(queryId=query_id)["success"]
    assert client.get_query_results(queryId=query_id)["status"] == "Cancelled"
    assert client.describe_queries(status="Cancelled")["queries"][0]["queryId"] == query_id
    with pytest.raises(client.exceptions.InvalidParameterException, match="Query status: Cancelled"):
        client.stop_query(queryId=query_id)


def test_stopped_queries_end(endpoint: Endpoint) -> None:
    """The processes of stopped queries have ended."""
    client = connect(endpoint.url)
    queries = [start_slow(client) for _ in range(3)]
    busy = [worker._process for worker in POOL._busy]
    assert len(busy) == 3
    for query_id in queries:
        client.stop_query(queryId=query_id)
    assert [process.wait(30) for process in busy] == [-signal.SIGKILL] * 3


def test_timeout(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that runs longer than the service allows ends with that status, and so does its process."""
    monkeypatch.setattr("flowlocal.aws.queries.LONGEST", 1)
    client = connect(endpoint.url)
    query_id = start_slow(client)
    monkeypatch.undo()
    assert wait(client, query_id)["status"] == "Timeout"
    assert rows(ask(client, "stats count(*) as n")) == [{"n": "6"}]


def test_too_many_slow_queries(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that would wait for slow ones is refused in the service's words; after one is stopped, it runs."""
    monkeypatch.setattr("flowlocal.aws.workers.MOST", 2)
    monkeypatch.setattr("flowlocal.aws.workers._SLOW", 0)
    client = connect(endpoint.url)
    first, second = start_slow(client), start_slow(client)
    with pytest.raises(client.exceptions.LimitExceededException, match=r"concurrency limit of \[2\] reached"):
        ask(client, "stats count(*) as n")
    client.stop_query(queryId=first)
    assert rows(ask(client, "stats count(*) as n")) == [{"n": "6"}]
    client.stop_query(queryId=second)


def reason(endpoint: Endpoint, query_id: str) -> str:
    """Why a query failed, as it is printed where the endpoint runs."""
    assert wait(connect(endpoint.url), query_id)["status"] == "Failed"
    return endpoint.account.store(REGION).state.queries.get(query_id).problem


def test_killed_process(endpoint: Endpoint) -> None:
    """A query whose process is killed fails, and the next one is answered."""
    client = connect(endpoint.url)
    query_id = start_slow(client)
    (worker,) = POOL._busy
    worker._process.kill()
    assert "the system has ended its process" in reason(endpoint, query_id)
    assert rows(ask(client, "stats count(*) as n")) == [{"n": "6"}]


def large(query: str, client: Any) -> str:
    """Start a query over the slow group; its id."""
    started = client.start_query(logGroupName=SLOW, queryString=query, **ALL_TIME)
    return str(started["queryId"])


def test_too_much_memory(endpoint: Endpoint) -> None:
    """A query of 300 characters that makes gigabytes of texts has failed, and the next one is answered."""
    doubled = ", ".join(f"concat(c{n}, c{n}) as c{n + 1}" for n in range(12))
    client = connect(endpoint.url)
    query = f"fields concat(@message, 1) as c0 | fields {doubled} | stats max(strlen(c12))"
    assert "give a larger --memory" in reason(endpoint, large(query, client))
    assert rows(ask(client, "stats count(*) as n")) == [{"n": "6"}]


def test_large_result(endpoint: Endpoint) -> None:
    """A result that is too large to keep is refused; the same query over fewer events is answered."""
    client = connect(endpoint.url)
    query = "fields " + ",".join(f"{n}" for n in range(1600))
    assert "name fewer fields, or limit the rows" in reason(endpoint, large(query, client))
    assert len(ask(client, query)["results"]) == 6


def test_failing_query(endpoint: Endpoint, logs: Path) -> None:
    """A query whose file has vanished is refused with the reason."""
    client = connect(endpoint.url)
    logs.unlink()
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
