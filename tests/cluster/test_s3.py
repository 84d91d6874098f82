"""Objects in S3 on a cluster, from a server that answers slowly and with errors."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

import flowlocal
from flowlocal import UnreadableInput
from flowlocal.cluster.opening import scan
from flowlocal.cluster.runners import ClusterAddress
from flowlocal.cluster.runners.processes import opened
from flowlocal.sources.files.remote import _file_system
from tests.cluster.corpus import check_equal
from tests.cluster.serial import SerialRunner

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
"""The servers of moto leave sockets to the garbage collector."""
RECORD = "2 123456789012 eni-1 10.0.0.{} 10.0.0.2 443 49152 6 1 40 1418530010 1418530070 ACCEPT OK\n"
QUERY = "stats count(*) as n, pct(bytes, 50) by srcAddr"


class Moody(BaseHTTPRequestHandler):
    """Passes requests on to another server; reads of objects are slow, and fail as often as asked."""

    port = 0
    failing = 0
    seen: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        """Answer a read or a listing."""
        if ".gz" in self.path:
            time.sleep(0.05)
            Moody.seen[self.path] += 1
            if Moody.seen[self.path] <= Moody.failing:
                self.send_error(503, "Slow Down")
                return
        self._pass_on()

    def do_HEAD(self) -> None:
        """Answer a question about an object."""
        self._pass_on()

    def log_message(self, *_arguments: Any) -> None:
        """Print nothing."""

    def _pass_on(self) -> None:
        other = HTTPConnection("127.0.0.1", Moody.port)
        other.request(self.command, self.path, headers=dict(self.headers))
        answer = other.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "server", "date"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        other.close()


@pytest.fixture
def moody(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Moody]]:
    """Start the servers, with a bucket of twelve objects."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    front = ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    Thread(target=front.serve_forever, daemon=True).start()
    Moody.port, Moody.failing = moto.get_host_and_port()[1], 0
    Moody.seen.clear()
    for name, value in {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{Moody.port}")
    client = boto3.client("s3")
    client.create_bucket(Bucket="flows")
    for number in range(12):
        body = gzip.compress("".join(RECORD.format(each * number % 251) for each in range(3000)).encode())
        client.put_object(Bucket="flows", Key=f"day{number // 4}/{number:02}.log.gz", Body=body)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{front.server_port}")
    _file_system.cache_clear()
    yield Moody
    _file_system.cache_clear()
    front.shutdown()
    front.server_close()
    client.close()
    moto.stop()


def test_objects_in_processes(moody: type[Moody]) -> None:
    """Tasks read the objects of a prefix, with the answer of a local run."""
    del moody
    with opened(ClusterAddress()) as runner:
        there = scan("s3://flows/", runner, task_bytes=1).query(QUERY)
    check_equal(flowlocal.scan("s3://flows/").query(QUERY), there)


def test_errors_that_pass(moody: type[Moody]) -> None:
    """A read that fails is tried again by the file system layer, and changes nothing."""
    here = flowlocal.scan("s3://flows/").query(QUERY)
    moody.seen.clear()
    moody.failing = 1
    check_equal(here, scan("s3://flows/", SerialRunner(), task_bytes=1).query(QUERY))
    assert max(moody.seen.values()) > 1


def test_errors_that_stay(moody: type[Moody]) -> None:
    """An object that cannot be read in the end is named."""
    logs = scan("s3://flows/day1/05.log.gz", SerialRunner())
    _file_system.cache_clear()
    moody.failing = 1_000_000
    moody.seen.clear()
    with pytest.raises(UnreadableInput) as refused:
        logs.query(QUERY)
    assert refused.value.path == "s3://flows/day1/05.log.gz"
