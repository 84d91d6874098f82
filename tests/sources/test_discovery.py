"""Logs other than flow logs: JSON keys and Lambda's platform lines are fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from flowlocal.events import ScanReport
from flowlocal.sources.memory import events_of_records
from flowlocal.sources.records.discovery import flattened
from flowlocal.values.kinds import FieldKind
from tests.sources.conftest import ACCEPTED, read

FLATTENED: dict[str, dict[str, str]] = {
    '{"a": 1, "b": {"c": "x", "d": [10, {"e": 2.50}]}}': {"a": "1", "b.c": "x", "b.d.0": "10", "b.d.1.e": "2.50"},
    '{"t": true, "f": false, "n": null, "s": ""}': {"t": "1", "f": "0", "s": ""},
    '{"big": 12345678901234567890, "e": 1e3, "z": -0.0}': {"big": "12345678901234567890", "e": "1e3", "z": "-0.0"},
    '{"@timestamp": 5, "a": {"@b": 1}}': {"@@timestamp": "5", "a.@b": "1"},
    '{"_row": 1, "_record": 2, "a b": 3}': {"a b": "3"},
    '{"a": {}, "b": []}': {},
    "[1, 2]": {},
    "plain": {},
    '{"a": 1} and more': {},
    'before {"a": 1}': {},
    '{"a": ': {},
    "{" * 5000: {},
    '{"a":' * 5000: {},
}
REPORT = (
    "REPORT RequestId: 9f\tDuration: 1394.60 ms\tBilled Duration: 1395 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 79 MB\tInit Duration: 428.60 ms\t"
)


@pytest.mark.parametrize("message", FLATTENED)
def test_flattened(message: str) -> None:
    """Keys are joined with dots, values are the text in the log."""
    assert flattened(message) == FLATTENED[message]


def test_two_hundred_fields() -> None:
    """No more than two hundred fields of an event are discovered."""
    assert len(flattened("{" + ",".join(f'"k{i}": {i}' for i in range(300)) + "}")) == 200


def _read(messages: list[str]) -> pl.DataFrame:
    events = events_of_records([{"timestamp": i, "message": message} for i, message in enumerate(messages)])
    return events.read(ScanReport()).collect()


def test_json_events() -> None:
    """Every event has the columns of all; what it lacks is missing."""
    frame = _read(['{"status": 200, "path": "/"}', "text", '{"status": "500"}'])
    assert frame["status"].to_list() == ["200", None, "500"]
    assert frame["path"].to_list() == ["/", None, None]
    assert frame["_record"].to_list() == [False] * 3
    assert [time.microsecond // 1000 for time in frame["@timestamp"]] == [0, 1, 2]


def test_lambda() -> None:
    """Platform lines contain type, request, durations in milliseconds and memory in bytes."""
    start = "START RequestId: 9f Version: $LATEST"
    frame = _read([start, REPORT, "INIT_START Runtime", 'INFO {"level": "x"}'])
    assert frame["@type"].to_list() == ["START", "REPORT", None, None]
    assert frame["@requestId"].to_list() == ["9f", "9f", None, None]
    row = frame.row(1, named=True)
    assert (row["@duration"], row["@billedDuration"], row["@initDuration"]) == (1394.6, 1395.0, 428.6)
    assert (row["@memorySize"], row["@maxMemoryUsed"]) == (1.28e8, 7.9e7)
    assert frame["level"].to_list() == [None, None, None, "x"]


def test_json_lines(write: Callable[..., Path]) -> None:
    """A file of JSON lines is a log of them, each line its own message."""
    lines = ['{"level": "INFO", "message": "hello"}', '{"level": "WARN",  "message": "x"}']
    found = read(write("app.log", lines))
    assert found.column("@message") == lines
    assert found.column("level") == ["INFO", "WARN"]
    assert found.events.fields["level"].kind is FieldKind.TEXT
    assert found.report.warnings == []


def test_broken_json_line(write: Callable[..., Path]) -> None:
    """A line of a JSON file that is not JSON is an event with its text."""
    found = read(write("app.log", ['{"a": 1}', '{"a": 2', "what", '{"a": 3}']))
    assert found.column("@message") == ['{"a": 1}', '{"a": 2', "what", '{"a": 3}']
    assert found.column("a") == ["1", None, None, "3"]


def test_export_of_lambda_logs(write: Callable[..., Path], tmp_path: Path) -> None:
    """An export of other logs has times and streams, too."""
    write("task/2024-01-01-[$LATEST]x/000000.gz", [f"2024-01-01T00:00:00.123Z {REPORT}", "2024-01-01T00:00:01.000Z hi"])
    found = read(tmp_path)
    assert found.column("@maxMemoryUsed") == [7.9e7, None]
    assert found.column("@message") == [REPORT, "hi"]
    assert found.column("@logStream") == ["2024-01-01-[$LATEST]x"] * 2
    assert found.column("@timestamp")[0].microsecond == 123000


def test_plain_text(write: Callable[..., Path]) -> None:
    """Other text is events with their messages, and a word about it."""
    found = read(write("app.log", ["one", "", "two"]))
    assert found.column("@message") == ["one", "", "two"]
    assert "no line is a flow log record" in found.report.warnings[0]


def test_groups_of_different_kind() -> None:
    """Groups in memory are read each in its own way."""
    records = [
        {"timestamp": 1, "message": ACCEPTED, "logGroup": "vpc", "account": "1"},
        {"timestamp": 2, "message": '{"dstPort": "x", "a": 1}', "logGroupIdentifier": "2:app"},
        {"timestamp": 3, "message": ACCEPTED, "logGroupName": "vpc", "account": "1"},
    ]
    events = events_of_records(records)
    frame = events.read(ScanReport()).collect()
    assert frame["dstPort"].to_list() == ["22", "22", "x"]
    assert frame["a"].to_list() == [None, None, "1"]
    assert frame["@log"].to_list() == ["1:vpc", "1:vpc", "2:app"]
    assert events.log_groups == ("vpc", "app")
    assert events.locate(frame["_row"][1]) == ("vpc", 2)


def test_no_records() -> None:
    """No events at all are none."""
    assert len(events_of_records([]).read(ScanReport()).collect()) == 0
