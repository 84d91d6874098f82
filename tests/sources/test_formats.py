"""The same three records answer the same, whatever shape they come in."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from flowlocal.sources.memory import events_of_records
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED, read

RECORDS = [ACCEPTED, REJECTED, NO_DATA]
STARTS = [1418530010, 1418530011, 1431280876]
ISO = ["2014-12-14T04:06:50.000", "2014-12-14T04:06:51.000", "2015-05-10T18:01:16.000"]
STREAM = "eni-1235b8ca-all"
EVENTS: list[dict[str, Any]] = [
    {
        "logStreamName": STREAM,
        "timestamp": start * 1000,
        "message": record,
        "ingestionTime": start * 1000 + 9,
        "eventId": "3",
    }
    for start, record in zip(STARTS, RECORDS, strict=True)
]
PAYLOAD: dict[str, Any] = {
    "messageType": "DATA_MESSAGE",
    "owner": "123456789010",
    "logGroup": "vpc",
    "logStream": STREAM,
    "subscriptionFilters": ["all"],
    "logEvents": [{"id": str(i), "timestamp": e["timestamp"], "message": e["message"]} for i, e in enumerate(EVENTS)],
}
CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "owner": "CloudwatchLogs",
    "logGroup": "",
    "logStream": "",
    "subscriptionFilters": [],
    "logEvents": [
        {"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}
    ],
}
ROWS = [
    [
        {"field": "@timestamp", "value": iso.replace("T", " ")},
        {"field": "@message", "value": record},
        {"field": "@logStream", "value": STREAM},
        {"field": "@ptr", "value": "x"},
    ]
    for iso, record in zip(ISO, RECORDS, strict=True)
]


def text(lines: list[str], end: str = "\n") -> bytes:
    """Lines as bytes."""
    return "".join(line + end for line in lines).encode()


def dumps(*values: Any, between: str = "\n", **options: Any) -> bytes:
    """JSON values in a row."""
    return between.join(json.dumps(value, **options) for value in values).encode()


def prefixed(template: str) -> bytes:
    """Return records after a prefix in which ``{iso}`` is the time."""
    return text([template.format(iso=iso) + record for iso, record in zip(ISO, RECORDS, strict=True)])


def telemetry() -> dict[str, Any]:
    """OpenTelemetry's file of logs."""
    records = [
        {"timeUnixNano": str(s * 10**9), "body": {"stringValue": r}} for s, r in zip(STARTS, RECORDS, strict=True)
    ]
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]}


SHAPES: dict[str, bytes] = {
    "bare records": text(RECORDS),
    "header": text([HEADER, *RECORDS]),
    "header with a byte order mark": b"\xef\xbb\xbf" + text([HEADER, *RECORDS]),
    "byte order mark": b"\xef\xbb\xbf" + text(RECORDS),
    "carriage returns": text([HEADER, *RECORDS], "\r\n"),
    "no last newline": text(RECORDS).rstrip(),
    "header again": text([HEADER, RECORDS[0], HEADER, *RECORDS[1:]]),
    "runs of blanks": text([record.replace(" ", "   ") for record in RECORDS]),
    "blanks at the ends": text([f" {record} " for record in RECORDS]),
    "export task": prefixed("{iso}Z "),
    "aws logs tail": prefixed(f"{{iso}}000+00:00 {STREAM} "),
    "aws logs tail, short": text([f"{iso[:19]} {record}" for iso, record in zip(ISO, RECORDS, strict=True)]),
    "aws logs tail, coloured": prefixed(f"\x1b[32m{{iso}}000+00:00\x1b[0m \x1b[36m{STREAM}\x1b[0m "),
    "awslogs": prefixed(f"vpc/flow {STREAM}      "),
    "awslogs, group without a slash": prefixed(f"vpc {STREAM}      "),
    "awslogs with times": prefixed(f"vpc/flow {STREAM} {{iso}}Z {{iso}}Z "),
    "saw": prefixed(f"[{{iso}}Z] ({STREAM}) "),
    "cw": prefixed(f"{{iso}}Z - vpc/flow - {STREAM} - 3123 - "),
    "cw, group without a slash": prefixed(f"{{iso}} - vpc - {STREAM} - 3123 - "),
    "cw, time alone": prefixed("{iso}Z - "),
    "gzip": gzip.compress(text([HEADER, *RECORDS])),
    "gzip of two members": gzip.compress(text([HEADER, RECORDS[0]])) + gzip.compress(text([HEADER, *RECORDS[1:]])),
    "gzip padded with zeros": gzip.compress(text(RECORDS)) + b"\0" * 512,
    "zstd": zstandard.compress(text([HEADER, *RECORDS])),
    "zstd of two frames": zstandard.compress(text(RECORDS[:1])) + zstandard.compress(text(RECORDS[1:])),
    "filter-log-events": dumps({"events": EVENTS, "searchedLogStreams": []}, indent=4),
    "filter-log-events, list first": dumps({"searchedLogStreams": [], "events": EVENTS}),
    "get-log-events": dumps({"events": [{k: e[k] for k in ("timestamp", "message", "ingestionTime")} for e in EVENTS]}),
    "pages in a row": dumps({"events": EVENTS[:1], "nextToken": "a"}, {"events": []}, {"events": EVENTS[1:]}),
    "pages back to back": dumps({"events": EVENTS[:1]}, {"events": EVENTS[1:]}, between=""),
    "events, one a line": dumps(*EVENTS),
    "list of events": dumps(EVENTS),
    "list of pages": dumps([{"events": EVENTS[:2]}, {"events": EVENTS[2:]}]),
    "list of messages": dumps(RECORDS, indent=4),
    "get-query-results": dumps(
        {"results": ROWS, "statistics": {"recordsMatched": 3.0}, "status": "Complete"}, indent=1
    ),
    "query rows": dumps(ROWS),
    "live tail": dumps({"sessionUpdate": {"sessionResults": [{**e, "logGroupIdentifier": "1:vpc"} for e in EVENTS]}}),
    "subscription": dumps(PAYLOAD),
    "subscription, gzip": gzip.compress(dumps(PAYLOAD)),
    "Firehose": gzip.compress(dumps(CONTROL)) + gzip.compress(dumps(PAYLOAD)),
    "Lambda": dumps({"awslogs": {"data": base64.b64encode(gzip.compress(dumps(PAYLOAD))).decode()}}),
    "Kinesis": dumps({"Records": [{"kinesis": {"data": base64.b64encode(gzip.compress(dumps(PAYLOAD))).decode()}}]}),
    "flow log to Firehose": dumps(*({"message": record} for record in RECORDS), between=""),
    "Vector": dumps(*({"host": "h", "message": record, "source_type": "aws_s3"} for record in RECORDS)),
    "fluent-bit": dumps(*({"date": 1.5, "log": record} for record in RECORDS)),
    "OpenTelemetry body": dumps(*({"@timestamp": f"{i}Z", "body": r} for i, r in zip(ISO, RECORDS, strict=True))),
    "OpenTelemetry": dumps(telemetry()),
    "log stream download": text(
        ["timestamp,message", *(f"{s * 1000},{r}" for s, r in zip(STARTS, RECORDS, strict=True))]
    ),
    "Insights results": text(
        ["@timestamp,@message,@logStream"]
        + [f'{i.replace("T", " ")},"{r}",{STREAM}' for i, r in zip(ISO, RECORDS, strict=True)]
    ),
    "Insights results with fields": text(
        ["@timestamp,srcAddr,@message"] + [f"{i.replace('T', ' ')},x,{r}" for i, r in zip(ISO, RECORDS, strict=True)]
    ),
    "Athena": text(
        [",".join(f'"{name}"' for name in HEADER.replace("-", "_").split())]
        + [",".join("" if v == "-" else f'"{v}"' for v in record.split()) for record in RECORDS]
    ),
    "messages as text output": "\t".join(RECORDS).encode() + b"\n",
    "events as text output": text(
        [f"EVENTS\t3\t{e['ingestionTime']}\t{STREAM}\t{e['message']}\t{e['timestamp']}" for e in EVENTS]
    ),
    "get-log-events as text output": text(
        ["b/31\tf/31", *(f"EVENTS\t{e['ingestionTime']}\t{e['message']}\t{e['timestamp']}" for e in EVENTS)]
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str, write: Callable[..., Path]) -> None:
    """Every shape gives the records' fields, times, stream and messages."""
    found = read(write("log", SHAPES[shape]))
    assert found.column("dstPort") == [22, 3389, None]
    assert found.column("action") == ["ACCEPT", "REJECT", "-"]
    assert found.column("bytes") == [4249, 4249, None]
    assert [int(time.timestamp()) for time in found.frame["@timestamp"].dt.replace_time_zone("UTC")] == STARTS
    assert found.column("@logStream") == [STREAM] * 3
    assert [" ".join(message.split()) for message in found.column("@message")] == RECORDS
    assert found.column("_record") == [True] * 3
    assert (found.report.records, found.report.odd_count, found.report.warnings) == (3, 0, [])


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_in_several_files(shape: str, write: Callable[..., Path]) -> None:
    """Small files of any shape, which may be read as one block, have the events of each, and each its own lines."""
    one = read(write("one.log", SHAPES[shape]))
    both = read(write("1.log", SHAPES[shape]), write("2.log", SHAPES[shape]))
    names = ["dstPort", "action", "@timestamp", "@message", "_record"]
    assert both.frame.select(names).equals(pl.concat([one.frame.select(names)] * 2))
    assert [line for _, line in map(both.events.locate, both.column("_row"))] == [
        line for _, line in map(one.events.locate, one.column("_row"))
    ] * 2
    assert (both.report.records, both.report.odd_count, both.report.warnings) == (6, 0, [])


def test_events_in_memory() -> None:
    """Objects of the API are events as a file of them."""
    events = events_of_records([{**event, "logGroup": "vpc", "account": "123456789010"} for event in EVENTS])
    frame = events.read(__import__("flowlocal.events").events.ScanReport()).collect()
    assert frame["dstPort"].to_list() == [22, 3389, None]
    assert frame["@log"].to_list() == ["123456789010:vpc"] * 3
    assert events.log_groups == ("vpc",)
