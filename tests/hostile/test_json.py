"""JSON of any kind is read, or refused by name: each element is an event, and one that is none is reported."""

from __future__ import annotations

import base64
import gzip
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowlocal.sources.formats.json_logs import _few
from flowlocal.sources.json.events import batches
from flowlocal.sources.json.stream import Document
from flowlocal.sources.reading.batch import BATCH_CHARACTERS, gathered, one_batch
from flowlocal.sources.records.layout import LONGEST_RECORD
from tests.hostile.command import RECORD, flowlocal, here
from tests.hostile.mutation import CONTAINERS, JSON, LOOSE, RECORDS, Mutation, check, mutations
from tests.hostile.reading import read
from tests.properties import examples

EVENT: dict[str, Any] = {"timestamp": 1777600000000, "message": RECORD, "ingestionTime": 1777600000009}
DEEP = '{"a":' * 100_000


def page(**changes: Any) -> bytes:
    """Return a page of a sound event and one with changes."""
    return json.dumps({"events": [EVENT, EVENT | changes]}).encode()


def telemetry(*records: Any) -> bytes:
    """Return OpenTelemetry's JSON of a sound log record and others."""
    sound = {"body": {"stringValue": RECORD}}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [sound, *records]}]}]}).encode()


def payload(text: bytes) -> bytes:
    """Return what Kinesis hands to Lambda."""
    data = base64.b64encode(gzip.compress(text)).decode()
    return json.dumps({"Records": [{"kinesis": {"data": data}}, {"kinesis": {"data": "!"}}]}).encode()


WRONG_NAME = "a log stream, log group or account is not a text"
WRONG_TIME = "a timestamp is not a time"
NO_TIME = "outside the years 1 to 9999"
ENDS_EARLY = "the JSON ends too early"
FILES: dict[str, tuple[bytes, int, int, str]] = {
    # the file; how many of its events are records, and how many are not; what is said
    "elements that are not events": (b'{"events": [%b, 1, null]}' % json.dumps(EVENT).encode(), 1, 2, "it is null"),
    "an empty list": (b'{"events": [], "nextToken": "x"}', 0, 0, ""),
    "lone surrogate in a message": (page(message="\ud800"), 1, 1, "1 value, expected"),
    "lone surrogate in names": (page(logStreamName="\ud800", logGroup="\udfff\ud800"), 2, 0, ""),
    "lone surrogate in keys": (b'{"\\ud800": "\\udfff"}\n{"a": 1}', 0, 2, ""),
    "number as stream": (page(logStreamName=123), 2, 0, ""),
    "number as group": (page(logGroup=123, owner=123456789010), 2, 0, ""),
    "list as stream": (page(logStreamName=[1]), 2, 0, WRONG_NAME),
    "object as group": (page(logGroup={"a": 1}), 2, 0, WRONG_NAME),
    "boolean as account": (page(owner=True), 2, 0, WRONG_NAME),
    "message of another type": (page(message=5), 1, 1, "it is an object without a text as message"),
    "time after the year 9999": (page(timestamp=253402300800000), 2, 0, NO_TIME),
    "time before the year 1": (page(timestamp=-(10**15)), 2, 0, NO_TIME),
    "time of 70 digits": (page(timestamp=10**70, ingestionTime=-(10**70)), 2, 0, NO_TIME),
    "time of 5,000 digits": (page(timestamp=5).replace(b": 5,", b": %b," % (b"9" * 5000)), 2, 0, WRONG_TIME),
    "time as text": (page(timestamp="yesterday"), 2, 0, WRONG_TIME),
    "infinite time": (page(timestamp=float("inf"), ingestionTime=float("nan")), 2, 0, WRONG_TIME),
    "time of 1e999": (page(timestamp=5).replace(b": 5,", b": 1e999,"), 2, 0, WRONG_TIME),
    "time that is true": (page(timestamp=True), 2, 0, WRONG_TIME),
    "time that is a list": (page(timestamp=[]), 2, 0, WRONG_TIME),
    "key twice": (page(x=1).replace(b'"x"', b'"message"'), 1, 1, "'message' more than once"),
    "list twice": (b'{"events": [%b], "events": [%b]}' % ((json.dumps(EVENT).encode(),) * 2), 2, 0, ""),
    "OpenTelemetry: nulls": (
        b'{"resourceLogs": [{"scopeLogs": null}, {"scopeLogs": [{"logRecords": null}]}]}',
        0,
        0,
        "",
    ),
    "OpenTelemetry: null as resource": (telemetry().replace(b"[{", b"[null, {", 1), 1, 1, "it is not a log record"),
    "OpenTelemetry: null as scope": (b'{"resourceLogs": [{"scopeLogs": [null]}]}', 0, 1, "it is not a log record"),
    "OpenTelemetry: null as record": (telemetry(None), 1, 1, "it is not a log record"),
    "OpenTelemetry: other types": (telemetry(5, [], "x", {"body": 5}), 1, 4, "it is not a log record"),
    "OpenTelemetry: text as scopes": (b'{"resourceLogs": [{"scopeLogs": "x"}]}', 0, 1, "it is not a log record"),
    "OpenTelemetry: bodies": (telemetry({"body": None}, {"body": {"stringValue": 5}}, {}), 1, 3, ", expected"),
    "OpenTelemetry: null as time": (telemetry({"body": RECORD, "timeUnixNano": None}), 2, 0, ""),
    "rows: null as value": (b'{"results": [[{"field": "@message", "value": null}]]}', 0, 1, ""),
    "rows: other types": (
        b'{"results": [[{"field": "@message", "value": "%b"}], null, [null], [{"field": 5}], {}]}' % RECORD.encode(),
        1,
        4,
        "it is not a row of a query's answer",
    ),
    "payload with a control message in it": (
        payload(b'{"messageType": "CONTROL_MESSAGE", "logEvents": []}'),
        0,
        1,
        "base64",
    ),
    "payload that is cut": (payload(page())[:-40] + b'"}}]}', 0, 1, ""),
    "data that are not base64": (b'{"records": [{"data": "hello"}], "level": "info"}', 0, 1, ""),
    "deep lists": (b"[" * 100_000, 0, 1, "nested too deeply"),
    "deep lists that end": (b"[" * 900 + b"]" * 900, 0, 1, "it is a list"),
    "deep objects": (DEEP.encode(), 0, 1, "nested too deeply"),
    "deep element": (b'{"events": [%b, %b' % (json.dumps(EVENT).encode(), DEEP.encode()), 1, 1, "nested too deeply"),
    "deep message": (page(message=DEEP), 1, 1, "1 value, expected"),
    "control character": (page(message="a").replace(b'"a"', b'"\t"'), 1, 1, "Invalid control character"),
    "byte order marks": (b"\xef\xbb\xbf" + page() + b"\n\xef\xbb\xbf" + page(), 4, 0, ""),
    "NULs between documents": (page() + b"\0\0\0" + page(), 4, 0, ""),
    "text after a document": (page() + b"garbage", 2, 1, "1 value, expected"),
    "text among lines": (
        b"hello\n" + json.dumps(EVENT).encode() + b'\n[INFO] x\n[1] x\n"\n5\n',
        1,
        5,
        "it is a number",
    ),
    "text between documents": (
        json.dumps(EVENT).encode() + b"\nhello\n" + page() + b"\n}\n",
        3,
        2,
        "1 value, expected",
    ),
    "cut in an element": (page()[:-40], 1, 1, ENDS_EARLY),
    "cut after an element": (page()[:-2], 2, 0, ENDS_EARLY),
    "a list that is cut": (json.dumps([EVENT, EVENT])[:-40].encode(), 1, 1, ENDS_EARLY),
    "a line that is cut": (json.dumps(EVENT).encode() + b"\n" + json.dumps(EVENT)[:-40].encode(), 1, 1, ENDS_EARLY),
}


@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    """Every element is a record or reported, and what is wrong is said."""
    data, records, others, words = FILES[name]
    found = read(data)
    assert not found.refusal
    assert (len(found.records), len(found.messages) - len(found.records)) == (records, others)
    said = [*found.report.warnings, *(line.reason for line in found.report.odd_lines)]
    assert any(words in each for each in said) if words else not [each for each in said if "invalid JSON" in each]
    assert found.report.odd_count in ((others,) if records else (0, others))


def test_folder_of_all(tmp_path: Path) -> None:
    """From the command line, one file does not keep the others from being read, and none is a defect."""
    for number, (data, *_) in enumerate(FILES.values()):
        (tmp_path / f"{number}.json").write_bytes(data)
    (tmp_path / "sound.log").write_text(f"{RECORD}\n")
    counted = here("query", "stats count(*) as n, max(@timestamp)", tmp_path, "--format", "json")
    assert counted.code == 0
    assert json.loads(counted.out)[0]["n"] == str(sum(records + others for _, records, others, _ in FILES.values()) + 1)
    shown = here("query", "fields @timestamp, @log, @logStream, @message | limit 1000", tmp_path, "--format", "json")
    assert (shown.code, len(json.loads(shown.out))) == (0, int(json.loads(counted.out)[0]["n"]))


def test_internal_names(tmp_path: Path) -> None:
    """Keys of a log may be named as columns within flowlocal are."""
    names = [
        "_i",
        "_line",
        "_part",
        "_base",
        "_stream",
        "_group",
        "_holds",
        "_file",
        "_reason",
        "spare",
        "c0",
        "p0",
        "n",
        "",
    ]
    lines = [json.dumps({name: 1, "level": "x"}) for name in names]
    (tmp_path / "app.json").write_text("\n".join(lines))
    (tmp_path / "flow.log").write_text(f"{RECORD}\n")
    query = "fields `_i`, `_group`, `_holds`, spare, c0, level | filter level = 'x' or `_file` = 1"
    found = here("query", query, tmp_path, "--format", "json")
    assert (found.code, len(json.loads(found.out))) == (0, len(names))
    assert here("fields", tmp_path).code == 0


scalars = st.sampled_from(
    [None, True, 5, -1.5, 10**30, float("nan"), float("-inf"), "", "x", "\ud800", "a\nb", "\0", RECORDS[0][:40]]
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "timestamp", "events", "body", "field", "a", "\udfff"]), inner)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(JSON)),
    st.dictionaries(st.integers(1, len(RECORDS) - 1), values, min_size=1),
    st.sampled_from(sorted(CONTAINERS)),
)
@examples(0.6)
@example("page", {1: {"message": RECORDS[2], "timestamp": "x"}}, "gzip")
@example("OpenTelemetry", {1: {"body": RECORDS[2]}}, "plain")
def test_elements_of_any_type(form: str, others: dict[int, Any], container: str) -> None:
    """Each element of a list is one event, whatever its type, and each that is not a record is reported."""
    elements = [
        json.dumps(others[number]) if number in others else JSON[form].element(record)
        for number, record in enumerate(RECORDS)
    ]
    found = read(CONTAINERS[container](JSON[form].text(elements)))
    assert len(found.messages) == len(RECORDS)
    assert [message for number, message in enumerate(found.messages) if number not in others] == [
        record for number, record in enumerate(RECORDS) if number not in others
    ]
    assert found.report.odd_count == len(found.messages) - len(found.records)


@given(st.sampled_from(sorted(JSON | LOOSE)), mutations, st.sampled_from(sorted(CONTAINERS)))
@examples(2)
@example("page", Mutation(0.5, 0, b"]"), "plain")
@example("rows, indented", Mutation(0.06, 2, b"\\ud800"), "plain")
@example("list of texts", Mutation(0.12, 1, b'"message":null,'), "plain")
@example("OpenTelemetry", Mutation(0.4, 0, b'"'), "zstd")
def test_mutations(form: str, mutation: Mutation, container: str) -> None:
    """Whatever is done to a file, what was whole is kept, and what was damaged is reported."""
    check((JSON | LOOSE)[form], mutation, CONTAINERS[container])


@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"events": [', "]}")])
def test_a_long_line_takes_little_memory(before: str, after: str, tmp_path: Path) -> None:
    """A list of events is read item by item, also if all of it is one line."""
    event = json.dumps({"timestamp": 1777600000000, "message": RECORDS[0]})
    (tmp_path / "x.json").write_text(before + ",".join([event] * 150_000) + after)
    done = flowlocal("query", "stats count(*) as n", "x.json", folder=tmp_path)
    assert done.out == '{"n": "150000"}\n'
    assert done.peak < 400 << 20


def test_batches_are_bounded_by_their_texts() -> None:
    """Few long messages are as much as many short ones, and what is not an event is not kept to look at."""
    long = one_batch(["x" * BATCH_CHARACTERS])
    assert [len(batch) for batch in gathered([long.copy() for _ in range(4)])] == [1, 1, 1, 1]
    assert [len(batch) for batch in gathered([one_batch(["x"]) for _ in range(4)])] == [4]


def test_documents_are_read_ahead_by_their_texts() -> None:
    """Long events are passed on one by one, where thousands of short ones would share a batch."""
    event: dict[str, Any] = {"message": "x" * BATCH_CHARACTERS, "timestamp": 1_777_600_000_000}
    taken = count()
    endless = (Document(event, event["message"]) for _ in taken)
    assert len(next(batches(endless, None, []))) == 1
    assert next(taken) <= 2


def test_long_messages_are_cut_before_layouts_are_recognised() -> None:
    """What is kept of the first messages does not depend on their lengths."""
    messages, _groups = _few([one_batch(["x" * BATCH_CHARACTERS] * 3)])
    assert [len(message) for message in messages] == [LONGEST_RECORD] * 3


@pytest.mark.parametrize("stream", [123, "eni-1"])
def test_names_that_are_numbers_are_texts(stream: object) -> None:
    """A stream that is a number is read as its text, without a word on something left out."""
    found = read(json.dumps({"events": [EVENT | {"logStreamName": stream}]}).encode())
    assert (len(found.records), found.report.warnings) == (1, [])
