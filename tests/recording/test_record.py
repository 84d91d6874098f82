"""``flowlocal record`` against the endpoint, moto and servers that refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from flowlocal.aws import mock_insights, seed
from flowlocal.cli._guard import run
from flowlocal.testing.case import Case
from tests.aws.conftest import connect, mock_aws
from tests.aws.conftest import record as flow
from tests.recording.conftest import RANGE, START, Record, passes

Groups = Callable[..., None]
CaseRead = Callable[[], Case]
FLOWS = [flow(f"10.0.0.{n % 3 + 1}", 22 + n % 2, n, "REJECT" if n % 4 else "ACCEPT", START + n) for n in range(12)]
JSON = [
    '{"level": "error", "took": {"ms": 12}, "text": "a \\"quoted\\" \\\\ word"}',
    '{"level": "info", "took": {"ms": 3}}',
    "plain 'words', \"\"\"and''' more\twith tabs \x7f and\nlines",
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 try again at once; it would wait for a minute before it gives up."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None, time=time.time))


@pytest.mark.parametrize(
    "query",
    [
        "filter action = 'REJECT' | stats count(*) as n, sum(bytes) as b by srcAddr | sort n desc, srcAddr | limit 2",
        "stats count(*) as n by srcAddr",
        "fields @timestamp, @message, @log, @logStream",
        "fields dstPort | sort dstPort | limit 3",
        "filter srcAddr = '192.0.2.1'",
        "stats sum(bytes) as `total bytes` by bin(1m)\n| sort `total bytes` desc",
        "# a comment\nfields @message\n| limit 1",
        "fields toMillis(now()) - toMillis(@timestamp) > 0 as past | limit 1",
        "dedup srcAddr | fields srcAddr",
    ],
)
def test_flow_logs(record: Record, groups: Groups, case: CaseRead, query: str) -> None:
    """A case passes ``flowlocal test``, and has the query to the letter, the events and the rows."""
    groups(vpc=FLOWS)
    assert record(query) == 0
    found = case()
    assert (found.query, found.expected.event_count, found.asking.options["start"]) == (
        query,
        12,
        "2026-05-01T01:46:40Z",
    )
    assert passes(found)


def test_a_difference_is_seen(record: Record, groups: Groups, case: CaseRead, tmp_path: Path) -> None:
    """A case whose rows or statistics are not what flowlocal answers does not pass."""
    groups(vpc=FLOWS)
    assert record("filter dstPort = 22 | stats count(*) as n") == 0
    file = tmp_path / "case.toml"
    text = file.read_text(encoding="utf-8")
    for right, wrong in (('n = "6"', 'n = "7"'), ("recordsMatched = 6 }", "recordsMatched = 7 }")):
        assert right in text
        file.write_text(text.replace(right, wrong), encoding="utf-8")
        assert run(["test", str(file)]) == 1
        assert run(["test", str(file), "--update"]) == 0
        assert passes(case())


def test_other_events(record: Record, groups: Groups, case: CaseRead) -> None:
    """JSON, quotes, control characters and lines within messages, twice each, are kept as they are."""
    groups(vpc=[*JSON, *JSON])
    assert record("fields @timestamp, level, took.ms, @message") == 0
    assert [each["message"] for each in case().asking.events or ()] == [*JSON, *JSON]
    assert len(case().expected.rows or ()) == 6
    assert passes(case())


def test_several_groups(record: Record, groups: Groups, case: CaseRead) -> None:
    """Events of several groups keep their group, with the account as @log shows it."""
    groups(vpc=FLOWS, other=JSON)
    assert record("stats count(*) as n by @log", groups=["vpc", "other"]) == 0
    assert {"@log": "123456789012:other", "n": "3"} in (case().expected.rows or ())
    assert passes(case())


def test_an_arn(record: Record, groups: Groups, case: CaseRead) -> None:
    """A group may be named by its ARN."""
    groups(vpc=FLOWS)
    assert record("stats count(*) as n", groups=["arn:aws:logs:us-east-1:123456789012:log-group:vpc:*"]) == 0
    assert case().expected.event_count == 12


def test_no_events(record: Record, groups: Groups, case: CaseRead) -> None:
    """A group without events makes a case, too."""
    groups(vpc=[])
    assert record("fields @message") == 0
    assert (case().expected.event_count, case().expected.rows) == (0, ())
    assert passes(case())


def test_a_malformed_query(record: Record, groups: Groups, case: CaseRead) -> None:
    """What the service refuses is a case that expects to be refused in the same words."""
    groups(vpc=FLOWS)
    assert record("fields srcAddr | limit 20 | foo") == 0
    assert case().expected.error == {"error": "", "service": "unexpected symbol found foo"}
    assert passes(case())


def test_lookup_tables(endpoint: str, record: Record, groups: Groups, case: CaseRead, tmp_path: Path) -> None:
    """A table becomes part of the case."""
    groups(vpc=FLOWS)
    text = "port,name\n22,ssh\n23,telnet\n"
    connect(endpoint).create_lookup_table(lookupTableName="services", tableBody=text)
    (tmp_path / "services.csv").write_text(text)
    query = "lookup services port as dstPort OUTPUT name | stats count(*) as n by name"
    assert record(query, "--table", str(tmp_path / "services.csv")) == 0
    assert passes(case())


def test_many_pages(record: Record, groups: Groups, case: CaseRead, capsys: pytest.CaptureFixture[str]) -> None:
    """Events are fetched page by page, up to the limit and not beyond."""
    groups(vpc=FLOWS)
    assert record("stats count(*) as n", "--limit-events", "11") == 3
    assert "more than 11 events" in capsys.readouterr().err
    assert record("stats count(*) as n", "--limit-events", "12", "--progress") == 0
    assert "12 events fetched" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["limit 1", "--log-group", "none"], 3, "the log group does not exist"),
        (["SOURCE 'vpc' | limit 1"], 3, "leave SOURCE out"),
        (["limit 1", "x.log"], 2, "record reads log groups, not files"),
        ([], 2, "give a QUERY"),
        (["limit 1", "--start", "now", "--end", "-1h"], 2, "--start is later than --end"),
        (["limit 1", "--start", "1900-01-01"], 2, "before 1970"),
        (["limit 1", "--profile", "none"], 3, "the profile does not exist"),
        (["limit 1", "--region", "no/region"], 3, "region"),
        (["limit 1", "--endpoint-url", "nonsense"], 3, "Invalid endpoint"),
        (["limit 1", "--table", "no.csv"], 0, "1 row over 12 events recorded"),
        (["lookup no a OUTPUT b", "--table", "no.csv"], 2, "cannot read --table no.csv"),
        (["limit 1", "-o", "no/folder/case.toml"], 2, "cannot write no/folder/case.toml: there is no such folder"),
    ],
)
def test_refusals(  # noqa: PLR0917 - three are fixtures
    endpoint: str, groups: Groups, arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be recorded is said in a sentence with what to do; no case is written."""
    groups(vpc=FLOWS)
    with TemporaryDirectory() as folder:
        file = Path(folder, "case.toml")
        usual = ["--log-group", "vpc", "--endpoint-url", endpoint, "-o", str(file), *RANGE]
        assert run(["record", *usual, *arguments]) == code
        assert file.exists() == (code == 0)
    assert told in " ".join(capsys.readouterr().err.split())


def test_without_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Missing credentials, a missing region and an address without a server are named."""
    command = ["record", "limit 1", "--log-group", "vpc", "-o", str(tmp_path / "case.toml")]
    assert run([*command, "--endpoint-url", "http://127.0.0.1:9"]) == 3
    assert "the service cannot be reached" in capsys.readouterr().err
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert run(command) == 3
    assert "name a --region" in capsys.readouterr().err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert run([*command, "--region", "eu-central-1"]) == 3
    assert "no credentials were found" in capsys.readouterr().err


@contextmanager
def scripted(answers: dict[str, tuple[int, dict[str, Any]]]) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server that gives each operation one answer, and the operations that were called."""
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            called.append(self.headers["X-Amz-Target"].partition(".")[2])
            code, body = answers[called[-1]]
            text = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", called
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


GROUP = {"logGroupName": "vpc", "arn": "arn:aws:logs:eu-central-1:123456789012:log-group:vpc:*"}
WELL: dict[str, tuple[int, dict[str, Any]]] = {
    "DescribeLogGroups": (200, {"logGroups": [GROUP]}),
    "FilterLogEvents": (200, {"events": [{"timestamp": START * 1000, "message": "x", "logStreamName": "s"}]}),
    "StartQuery": (200, {"queryId": "1"}),
    "GetQueryResults": (200, {"status": "Complete", "results": [], "statistics": {"recordsMatched": 1.0}}),
}


@pytest.mark.parametrize(
    ("operation", "answer", "told"),
    [
        ("DescribeLogGroups", (400, {"__type": "AccessDeniedException"}), "allow logs:DescribeLogGroups"),
        ("FilterLogEvents", (400, {"__type": "AccessDeniedException"}), "allow logs:FilterLogEvents"),
        ("StartQuery", (400, {"__type": "AccessDeniedException"}), "allow logs:StartQuery"),
        ("StartQuery", (400, {"__type": "LimitExceededException"}), "wait until one has ended"),
        ("DescribeLogGroups", (400, {"__type": "ExpiredTokenException"}), "the credentials have expired"),
        ("DescribeLogGroups", (400, {"__type": "UnrecognizedClientException"}), "AWS does not know the credentials"),
        ("DescribeLogGroups", (400, {"__type": "InvalidSignatureException"}), "check the clock"),
        ("DescribeLogGroups", (400, {"__type": "UnknownOperationException"}), "check --endpoint-url"),
        ("StartQuery", (400, {"__type": "InvalidParameterException", "message": "No."}), "StartQuery was refused"),
        ("GetQueryResults", (200, {"status": "Failed", "results": []}), "without an answer: Failed"),
        ("GetQueryResults", (200, {"status": "Timeout", "results": []}), "without an answer: Timeout"),
        ("GetQueryResults", (200, {"status": "Cancelled", "results": []}), "without an answer: Cancelled"),
    ],
)
def test_errors_of_the_service(
    operation: str, answer: tuple[int, dict[str, Any]], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each error of the service is a sentence with what to do."""
    with scripted({**WELL, operation: answer}) as (url, _):
        file = str(tmp_path / "case.toml")
        assert run(["record", "limit 1", "--log-group", "vpc", "--endpoint-url", url, "-o", file, *RANGE]) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert told in said
    assert "help: " in said
    assert not Path(file).exists()


def test_throttling() -> None:
    """Throttling that lasts longer than boto3 tries again is said as such."""
    from botocore.exceptions import ClientError, ReadTimeoutError  # type: ignore[import-untyped]  # noqa: PLC0415

    from flowlocal.recording.errors import NotRecorded, translated  # noqa: PLC0415

    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "FilterLogEvents")
    for error, told in ((throttled, "throttles"), (ReadTimeoutError(endpoint_url="x"), "no answer came in time")):
        with pytest.raises(NotRecorded, match=told) as caught, translated("FilterLogEvents", "log group vpc"):
            raise error
        assert "run it again" in caught.value.hint


def test_another_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: CaseRead) -> None:
    """Where the service answers otherwise, the case is written, the difference shown, and the exit code is 1."""
    rows = [[{"field": "n", "value": "5"}, {"field": "@ptr", "value": "abc"}]]
    answer = {"status": "Complete", "results": rows, "statistics": {"recordsScanned": 5.0, "recordsMatched": 5.0}}
    with scripted({**WELL, "GetQueryResults": (200, answer)}) as (url, _):
        file = str(tmp_path / "case.toml")
        where = ["--log-group", "vpc", "--endpoint-url", url, "-o", file, *RANGE]
        assert run(["record", "stats count(*) as n", *where]) == 1
        said = capsys.readouterr().err
        assert run(["record", "stats count(*) as n", *where, "--mask"]) == 1
    assert "- 5" not in said
    assert "the service scanned 5 events, 1 were fetched" in said
    assert "please send the case in" in said
    assert case().expected.rows == ({"n": "5"},)
    assert not passes(case())


@pytest.mark.parametrize(
    ("query", "rows", "code"),
    [
        ("stats count(*) as n by a", [{"a": "1", "n": "1"}, {"a": "0", "n": "1"}], 0),
        ("stats count(*) as n by a", [{"a": "0", "n": "1"}, {"a": "1", "n": "1"}], 0),
        ("fields a, b | sort b", [{"a": "1", "b": "1"}, {"a": "0", "b": "1"}], 0),
        ("fields a, b | sort b", [{"a": "0", "b": "1"}, {"a": "1", "b": "1"}], 0),
        ("fields a | sort b", [{"a": "0"}, {"a": "1"}], 0),
        ("fields a | sort b", [{"a": "1"}, {"a": "0"}], 0),
        ("fields a, b | sort a desc", [{"a": "1", "b": "1"}, {"a": "0", "b": "1"}], 0),
        ("fields a, b | sort a desc", [{"a": "0", "b": "1"}, {"a": "1", "b": "1"}], 1),
    ],
)
def test_order(tmp_path: Path, query: str, rows: list[dict[str, str]], code: int) -> None:
    """Rows in an order that the query does not decide are compared without it; a wrong order is a difference."""
    events: list[dict[str, Any]] = [
        {"timestamp": (START + n) * 1000, "message": json.dumps({"a": n, "b": 1})} for n in range(2)
    ]
    results = [[{"field": name, "value": value} for name, value in row.items()] for row in rows]
    answer: dict[str, Any] = {"status": "Complete", "results": results, "statistics": {}}
    found: dict[str, Any] = {"events": events}
    with scripted({**WELL, "FilterLogEvents": (200, found), "GetQueryResults": (200, answer)}) as (url, _):
        where = ["--log-group", "vpc", "--endpoint-url", url, "-o", str(tmp_path / "case.toml"), *RANGE]
        assert run(["record", query, *where]) == code
    assert run(["test", str(tmp_path / "case.toml")]) == code


def test_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query is stopped when the wait for it is interrupted: it would be paid for."""

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flowlocal.recording.service.time.sleep", interrupt)
    running: dict[str, Any] = {
        "GetQueryResults": (200, {"status": "Running", "results": []}),
        "StopQuery": (200, {"success": True}),
    }
    with scripted({**WELL, **running}) as (url, called):
        file = str(tmp_path / "case.toml")
        assert run(["record", "limit 1", "--log-group", "vpc", "--endpoint-url", url, "-o", file, *RANGE]) == 130
    assert called[-1] == "StopQuery"


def test_moto(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: CaseRead) -> None:
    """Moto with flowlocal in it answers alike; moto alone ignores ``filter``, which is found."""
    (tmp_path / "flow.log").write_text("".join(f"{line}\n" for line in FLOWS))
    command = ["record", "filter dstPort = 22 | stats count(*) as n", "--log-group", "vpc", *RANGE]
    command += ["-o", str(tmp_path / "case.toml")]
    with mock_aws():
        seed("vpc", tmp_path / "flow.log")
        with mock_insights():
            assert run(command) == 0
        assert passes(case())
        assert run(command) == 1
    assert "failed" in capsys.readouterr().err
