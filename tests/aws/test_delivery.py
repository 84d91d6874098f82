"""Subscription filters that deliver to files and addresses of this machine."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import connect, serving

ROLE = "arn:aws:iam::123456789012:role/r"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
START = 1_777_600_000_000


@contextmanager
def subscribed(arn: str, targets: dict[str, str], pattern: str = "error", **members: Any) -> Iterator[Any]:
    """Yield a client of an endpoint with a group whose events go to an ARN."""
    with serving(LocalAccount(targets=targets)) as endpoint:
        client = connect(endpoint.url)
        client.create_log_group(logGroupName="g")
        client.create_log_stream(logGroupName="g", logStreamName="s")
        if "destination" in arn:
            client.put_destination(destinationName="d", targetArn=KINESIS, roleArn=ROLE)
        filter_ = {"logGroupName": "g", "filterName": "f", "filterPattern": pattern, **members}
        client.put_subscription_filter(**filter_, destinationArn=arn)
        yield client


def put(client: Any, *messages: str) -> None:
    """Write events."""
    events = [{"timestamp": START + n, "message": message} for n, message in enumerate(messages)]
    client.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)


@pytest.mark.parametrize("arn", [LAMBDA, "arn:aws:logs:us-east-1:123456789012:destination:d"])
def test_file(tmp_path: Path, arn: str) -> None:
    """What matches is in the file when PutLogEvents has answered, with the ids of FilterLogEvents."""
    target = tmp_path / "delivered.jsonl"
    with subscribed(arn, {LAMBDA: str(target), KINESIS: str(target)}) as client:
        put(client, "error 1", "fine")
        put(client, "fine")
        put(client, "fine", "error 2")
        batches = [json.loads(line) for line in target.read_text().splitlines()]
        assert [[each["message"] for each in batch["logEvents"]] for batch in batches] == [["error 1"], ["error 2"]]
        expected = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "g", "logStream": "s"}
        assert {name: batches[0][name] for name in expected} == expected
        assert batches[0]["subscriptionFilters"] == ["f"]
        found = client.filter_log_events(logGroupName="g", filterPattern="error")["events"]
        assert {each["eventId"] for each in found} == {batch["logEvents"][0]["id"] for batch in batches}


def test_no_target(tmp_path: Path) -> None:
    """A subscription whose ARN has no target delivers nothing."""
    with subscribed(KINESIS, {LAMBDA: str(tmp_path / "x")}, roleArn=ROLE) as client:
        put(client, "error")
    assert not (tmp_path / "x").exists()


def test_address() -> None:
    """An address gets what a Lambda function would."""
    bodies: Queue[dict[str, Any]] = Queue()

    class Sink(BaseHTTPRequestHandler):
        """Keep the body of each request."""

        def do_POST(self) -> None:
            """Take it."""
            bodies.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Log nothing."""

    sink = HTTPServer(("127.0.0.1", 0), Sink)
    Thread(target=sink.serve_forever, daemon=True).start()
    try:
        with subscribed(LAMBDA, {LAMBDA: f"http://127.0.0.1:{sink.server_port}/invoke"}) as client:
            put(client, "error")
            data = bodies.get(timeout=30)["awslogs"]["data"]
    finally:
        sink.shutdown()
        sink.server_close()
    assert json.loads(gzip.decompress(b64decode(data)))["logEvents"][0]["message"] == "error"


def test_target_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that cannot be written to is named once, and the events are kept."""
    with subscribed(LAMBDA, {LAMBDA: str(tmp_path / "no" / "folder")}) as client:
        put(client, "error")
        put(client, "error")
        assert len(client.filter_log_events(logGroupName="g")["events"]) == 2
    assert capsys.readouterr().err.count("cannot deliver to") == 1
