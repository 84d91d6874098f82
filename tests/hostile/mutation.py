"""Files of numbered records in every format of clients, and mutations of them of which it is known what they touch."""

from __future__ import annotations

import bz2
import gzip
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zstandard
from hypothesis import strategies as st

from tests.hostile.reading import Reading, read

RECORDS = [
    f"2 123456789010 eni-1 10.0.0.1 10.0.0.2 {1000 + n} 22 6 1 40 {1777600000 + n} 1777600060 ACCEPT OK"
    for n in range(6)
]
CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "bzip2": bz2.compress,
}
PIECES = [
    *(b"", b'"', b'""', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\t", b"-", b"\0", b"\xff", b"\xef\xbb\xbf"),
    *(b"\n", b"\r\n", b"null", b"true", b"\\ud800", b"1e999", b"NaN", b"9" * 30, b"9" * 5000, b"[[[[", b'{"a":' * 30),
    *(b'"timestamp":', b'"message":null,', b"timestamp,message\n", b"EVENTS\t", b"\n\n"),
]


@dataclass(frozen=True)
class Format:
    """A format of files, in which each record is an element.

    Attributes:
        prefix: the text before the first element.
        separator: the text between elements.
        suffix: the text after the last element.
        element: the text of a record.
    """

    prefix: str
    separator: str
    suffix: str
    element: Callable[[str], str]

    def text(self, elements: list[str]) -> bytes:
        """Return a file of the texts of elements."""
        return (self.prefix + self.separator.join(elements) + self.suffix).encode()

    def spans(self) -> list[tuple[int, int]]:
        """Return where the elements of ``RECORDS`` begin and end in a file of them."""
        at, spans = len(self.prefix), []
        for element in map(self.element, RECORDS):
            spans.append((at, at + len(element)))
            at += len(element) + len(self.separator)
        return spans


def _event(record: str) -> dict[str, Any]:
    number = RECORDS.index(record)
    return {"logStreamName": "eni-1", "timestamp": 1777600000000 + number, "message": record, "eventId": str(number)}


def _row(record: str) -> list[dict[str, str]]:
    return [{"field": "@timestamp", "value": "2026-05-01 00:00:00.000"}, {"field": "@message", "value": record}]


def _log_record(record: str) -> dict[str, Any]:
    attributes = [{"key": "a", "value": {"stringValue": "x"}}]
    return {"timeUnixNano": "1777600000000000000", "attributes": attributes, "body": {"stringValue": record}}


def _dumped(make: Callable[[str], Any], indent: int = 0) -> Callable[[str], str]:
    def element(record: str) -> str:
        text = json.dumps(make(record), indent=2 if indent else None)
        return textwrap.indent(text, " " * indent)

    return element


PAYLOAD = '{"messageType": "DATA_MESSAGE", "owner": "123456789010", "logGroup": "vpc", "logStream": "s", "logEvents": ['
JSON: dict[str, Format] = {
    "page": Format('{"events": [', ", ", '], "nextToken": "x"}', _dumped(_event)),
    "page, indented": Format('{\n  "events": [\n', ",\n", '\n  ],\n  "nextToken": "x"\n}\n', _dumped(_event, 4)),
    "subscription": Format(PAYLOAD, ",", "]}", _dumped(_event)),
    "live tail": Format('{"sessionUpdate": {"sessionResults": [', ",", "]}}", _dumped(_event)),
    "rows": Format('{"results": [', ",", '], "status": "Complete"}', _dumped(_row)),
    "rows, indented": Format('{\n  "results": [\n', ",\n", '\n  ],\n  "status": "Complete"\n}', _dumped(_row, 4)),
    "OpenTelemetry": Format(
        '{"resourceLogs": [{"scopeLogs": [{"scope": {}, "logRecords": [', ",", "]}]}]}", _dumped(_log_record)
    ),
}
"""Documents in which each element is one event, whatever it is."""
LOOSE: dict[str, Format] = {
    "list": Format("[", ",", "]", _dumped(_event)),
    "list, indented": Format("[\n", ",\n", "\n]", _dumped(_event, 2)),
    "list of texts": Format("[", ", ", "]", json.dumps),
    "list of texts, indented": Format('[\n  "', '",\n  "', '"\n]', str),
    "lines": Format("", "\n", "\n", _dumped(_event)),
    "back to back": Format("", "", "", _dumped(_event)),
    "pages": Format("", "\n", "\n", _dumped(lambda record: {"events": [_event(record)]})),
    "wrapped": Format("", "\n", "\n", _dumped(lambda record: {"host": "h", "message": record})),
    "events as text": Format("", "\n", "\n", lambda record: f"EVENTS\t1\t1777600000009\ts\t{record}\t1777600000000"),
    "messages as text": Format("", "\t", "\n", str),
}
"""Documents in which an element of another type may be several events."""
_COLUMNS = (
    "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action log_status"
)
CSV: dict[str, Format] = {
    "download": Format("timestamp,message\n", "\n", "\n", lambda record: f"1777600000000,{record}"),
    "download, quoted": Format("timestamp,message\r\n", "\r\n", "\r\n", lambda record: f'1777600000000,"{record}"'),
    "results": Format(
        "@timestamp,@message,@logStream\n", "\n", "\n", lambda record: f'2026-05-01 00:00:00.000,"{record}",s'
    ),
    "Athena": Format(
        ",".join(f'"{name}"' for name in _COLUMNS.split()) + "\n",
        "\n",
        "\n",
        lambda record: ",".join(f'"{value}"' for value in record.split()),
    ),
}


@dataclass(frozen=True)
class Mutation:
    """A place of a file of ``RECORDS``, and what is put there.

    Attributes:
        place: where it is, 0 to 1 of the file.
        length: how many bytes are replaced; None if the file ends there.
        piece: what they are replaced by.
    """

    place: float
    length: int | None
    piece: bytes

    def apply(self, data: bytes) -> tuple[bytes, int, int]:
        """Return the mutated file, and from where to where it was touched."""
        at = int(self.place * len(data))
        if self.length is None:
            return data[:at], at, len(data)
        return data[:at] + self.piece + data[at + self.length :], at, at + self.length


mutations = st.builds(
    Mutation,
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([None, 0, 0, 1, 1, 2, 5, 30, 200]),
    st.sampled_from(PIECES),
)


def check(form: Format, mutation: Mutation, store: Callable[[bytes], bytes]) -> Reading:
    """Read a mutated file, and raise AssertionError if anything that was not touched is lost without a word."""
    data, start, end = mutation.apply(form.text(list(map(form.element, RECORDS))))
    found = read(store(data))
    if found.refusal:
        return found
    spans = list(zip(RECORDS, form.spans(), strict=True))
    whole = [record for record, (first, last) in spans if last < start or first > end]
    text = "\n".join(found.messages)
    kept = [record for record in whole if record in text or form.element(record).strip() in text]
    assert kept == whole or found.report.odd_count or found.report.warnings
    if found.records:
        assert found.report.odd_count == len(found.messages) - len(found.records)
    if start >= len(form.prefix) and found.records:
        before = [record for record, (_, last) in spans if last < start]
        assert found.records[: len(before)] == before
    return found
