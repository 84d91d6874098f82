"""The endpoint under attack: requests that no client sends, connections without end, queries that never end.

Every attack goes against one `flowlocal serve`, which must answer everybody else as before.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from tests.hostile.command import RECORD, flowlocal

ALL_TIME = {"startTime": 0, "endTime": 4_000_000_000}
EVENTS = 100_000
FILES = 200
"""Files that the endpoint can have open."""
SLOW = "stats " + ", ".join(f"count_distinct(sha256(concat(@message, {n})))" for n in range(160))
"""A query of seven kilobytes that takes minutes."""
DOUBLED = "fields @message as c0 | fields " + ", ".join(f"concat(c{n}, c{n}) as c{n + 1}" for n in range(10))


@dataclass(frozen=True)
class Served:
    """A running `flowlocal serve`.

    Attributes:
        process: its process.
        port: where it listens.
        client: a client of boto3.
    """

    process: subprocess.Popen[str]
    port: int
    client: Any

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def start(self, query: str) -> str:
        """Start a query; return its id."""
        started = self.client.start_query(logGroupName="flowlocal", queryString=query, **ALL_TIME)
        return str(started["queryId"])

    def status(self, query_id: str) -> str:
        """Return the status of a query once it does not run any more."""
        while (status := self.client.get_query_results(queryId=query_id)["status"]) == "Running":
            time.sleep(0.1)
        return str(status)

    def check(self) -> None:
        """Raise AssertionError unless it answers a query."""
        query_id = self.start("limit 1 | stats count(*) as n")
        assert self.status(query_id) == "Complete"
        (row,) = self.client.get_query_results(queryId=query_id)["results"]
        assert row == [{"field": "n", "value": "1"}]


@contextmanager
def serve(*arguments: object) -> Iterator[Served]:
    """Run an endpoint that can have few open files."""
    limited = 'ulimit -n "$1"; shift; exec "$@"'
    command = [sys.executable, "-m", "flowlocal", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(
        ["sh", "-c", limited, "sh", str(FILES), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        found = next(filter(None, (re.search(r"http://127.0.0.1:(\d+)", line) for line in process.stdout)))
        client = boto3.client(
            "logs",
            region_name="us-east-1",
            endpoint_url=found[0],
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield Served(process, int(found[1]), client)
    finally:
        process.kill()
        _, errors = process.communicate()
        assert "Traceback" not in errors
        assert "panicked" not in errors
        assert "defect" not in errors


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log of nine megabytes."""
    path = tmp_path_factory.mktemp("endpoint") / "flow.log"
    path.write_text("".join(RECORD.replace(" 40 ", f" {n} ") + "\n" for n in range(EVENTS)))
    return path


@pytest.fixture(scope="module")
def served(log: Path) -> Iterator[Served]:
    """One endpoint for all attacks."""
    with serve(log, "--memory", "1MB") as served:
        yield served


def post(*headers: str, body: str = "") -> str:
    """Return a POST request."""
    lines = ["POST / HTTP/1.1", "Host: localhost", "X-Amz-Target: Logs_20140328.DescribeLogGroups", *headers]
    return "\r\n".join([*lines, "", body])


CHUNKED = "Transfer-Encoding: chunked"
GET = "GET / HTTP/1.1\r\nHost: localhost\r\n"
HIDDEN = "POST /evil HTTP/1.1\r\nA: b\r\n\r\n"
REQUESTS: dict[str, tuple[str, list[int]]] = {
    "body of GET": (f"{GET}Content-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}{GET}\r\n", [200, 200]),
    "chunked GET": (f"{GET}{CHUNKED}\r\n\r\n3\r\nGET\r\n0\r\n\r\n{GET}\r\n", [200, 200]),
    "pipelined": (post("Content-Length: 2", body="{}") * 3, [200] * 3),
    "no body": (post() + post(), [200, 200]),
    "chunked": (post(CHUNKED, body="1\r\n{\r\n1;a=b\r\n}\r\n0\r\nA: b\r\n\r\n") * 2, [200, 200]),
    "chunk without size": (post(CHUNKED, body="\r\n{}\r\n0\r\n\r\n") + post(), [400]),
    "chunk that is longer": (post(CHUNKED, body="1\r\n{}\r\n0\r\n\r\n") + post(), [400]),
    "chunk with an endless size": (post(CHUNKED, body="0" * 100_000) + post(), [400]),
    "negative chunk": (post(CHUNKED, body="-1\r\n{}\r\n0\r\n\r\n") + post(), [400]),
    "large chunk": (post(CHUNKED, body="7fffffff\r\n{}") + post(), [413]),
    "many trailers": (post(CHUNKED, body="0\r\n" + "A: b\r\n" * 1000 + "\r\n") + post(), [400]),
    "two lengths": (post("Content-Length: 2", "Content-Length: 0", body="{}") + post(), [400]),
    "length and chunks": (post("Content-Length: 2", CHUNKED, body="0\r\n\r\n") + post(), [400]),
    "unknown coding": (post("Transfer-Encoding: gzip, chunked", body="0\r\n\r\n") + post(), [400]),
    "no number": (post("Content-Length: x", body="{}") + post(), [400]),
    "signed number": (post("Content-Length: +2", body="{}") + post(), [400]),
    "negative number": (post("Content-Length: -2", body="{}") + post(), [400]),
    "large number": (post("Content-Length: 99999999999", body="{}") + post(), [413]),
    "endless number": (post(f"Content-Length: {'9' * 1000}", body="{}") + post(), [400]),
    "many headers": (post(*["A: b"] * 1000) + post(), [431]),
    "long header": (post("A: " + "b" * 100_000) + post(), [431]),
    "long line": (f"GET /{'a' * 100_000} HTTP/1.1\r\n\r\n", [414]),
    "other method": (f"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n{GET}\r\n", [501]),
    "no HTTP": ("hello\r\n\r\n", []),
    "TLS": ("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + "\xff" * 200 + "\r\n", []),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(served: Served, name: str) -> None:
    """Each request has its answer, and nothing of its body is taken for the next request."""
    request, statuses = REQUESTS[name]
    with served.connect() as connection:
        connection.sendall(request.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: _received(connection), b""))
    assert [int(code) for code in re.findall(rb"HTTP/1.1 (\d+) ", received)] == statuses
    assert served.client.describe_log_groups()["logGroups"]


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:  # closed before all that was sent was read
        return b""


@pytest.mark.parametrize("sent", [b"", b"POST / HT", post("Content-Length: 9", body="{").encode(), GET.encode() * 9])
def test_many_connections(served: Served, sent: bytes) -> None:
    """Connections of clients that never finish a request or never read an answer do not shut out the others."""
    with ExitStack() as stack:
        for _ in range(2 * FILES):
            connection = stack.enter_context(served.connect())
            try:
                connection.sendall(sent)
            except ConnectionError:  # made room already
                continue
        served.check()


def test_slow_queries(served: Served) -> None:
    """Slow queries do not keep a quick one waiting, and those that are stopped are over at once."""
    queries = [served.start(SLOW) for _ in range(3)]
    served.check()
    for query_id in queries:
        served.client.stop_query(queryId=query_id)
    assert [served.status(query_id) for query_id in queries] == ["Cancelled"] * 3
    served.check()


def test_texts(served: Served) -> None:
    """A query that makes gigabytes of texts has failed; the endpoint lives, in a few hundred megabytes."""
    assert served.status(served.start(f"{DOUBLED} | stats max(strlen(c10))")) == "Failed"
    served.check()
    status = Path(f"/proc/{served.process.pid}/status")
    if status.exists():
        (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert int(peak) < 500_000


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes where Linux lists them")
def test_killed_endpoint(log: Path) -> None:
    """An endpoint that is killed takes its processes along, also those that answer queries."""
    with serve(log) as served:
        served.start("stats count(*)")
        served.start(SLOW)
        (children,) = Path(f"/proc/{served.process.pid}/task").glob(f"{served.process.pid}/children")
        processes = [int(number) for number in children.read_text().split()]
        assert processes
        served.process.kill()
        for process in processes:
            _wait_gone(process)


def _wait_gone(process: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{process}/cmdline").exists() and Path(f"/proc/{process}/cmdline").read_bytes():
        assert time.monotonic() < deadline, f"process {process} lives on"
        time.sleep(0.05)


ADDRESSES = [
    ["--host", "a..b"],
    ["--host", ""],
    ["--host", "256.1.1.1"],
    ["--host", b"\xff"],
    ["--host", "203.0.113.1"],
    ["--port", "65536"],
]


@pytest.mark.parametrize("arguments", ADDRESSES, ids=lambda given: str(given[1])[:20])
def test_wrong_addresses(arguments: list[str | bytes]) -> None:
    """An address that cannot be bound is an error in one sentence."""
    done = flowlocal("serve", *arguments)
    assert done.code == 2
    assert "cannot listen on" in done.err or "'--port'" in done.err


def test_taken_port(served: Served) -> None:
    """A port that is taken is refused with a sentence."""
    done = flowlocal("serve", "--port", str(served.port))
    assert done.code == 2
    assert f"port {served.port}" in done.err
