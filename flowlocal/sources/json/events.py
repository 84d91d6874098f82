"""Extract events from JSON documents: Logs API responses, subscription payloads, and collectors' envelopes.

Every element of a document becomes an event. One that is not a log event has its text as message, and a reason.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from msgspec import Struct

from flowlocal.sources.containers.codec import codec_of
from flowlocal.sources.containers.stored import text_in
from flowlocal.sources.json.api_events import columns, result_row, wrapped
from flowlocal.sources.json.stream import Document, documents
from flowlocal.sources.reading.batch import BATCH_CHARACTERS, Batch, one_batch

WRAPPERS = ("message", "log", "body", "msg")
"""Keys under which collectors put a line: Vector, fluent-bit, OpenTelemetry."""
_EVENT_MARKS = frozenset({"logStreamName", "logStream", "ingestionTime", "eventId", "id"})
_PAGE = frozenset({"searchedLogStreams", "nextToken", "nextForwardToken", "nextBackwardToken", "ResponseMetadata"})
_PAYLOAD = frozenset({"messageType", "owner", "logGroup", "logStream", "subscriptionFilters", "policyLevel"})
_ANSWER = frozenset({"statistics", "status", "queryLanguage", "encryptionKey", "nextToken", "ResponseMetadata"})
_TELEMETRY = frozenset({"resource", "scope", "schemaUrl", "scopeLogs", "logRecords"})
_TOGETHER = 10_000
_DEEPEST = 20
"""Maximum nesting of lists and payloads."""


def batches(documents: Iterable[Document], wrapper: str | None, warnings: list[str]) -> Iterator[Batch]:
    """Yield the events of documents.

    Args:
        documents: JSON values.
        wrapper: the key under which every object has its line, if there is one.
        warnings: receives sentences on what went wrong.
    """
    yield from _Unwrapping(wrapper, warnings).batches(documents)


class _Unwrapping(Struct, frozen=True):
    """Extracts the events of documents.

    Attributes:
        wrapper: the key under which every object has its line, if there is one.
        warnings: receives sentences on what went wrong in payloads.
        depth: number of enclosing lists and payloads.
    """

    wrapper: str | None
    warnings: list[str]
    depth: int = 0

    def batches(self, documents: Iterable[Document]) -> Iterator[Batch]:
        """Yield the events of documents; consecutive ones of the same kind share a batch."""
        for kind, some in groupby(documents, self._kind):
            if kind is None:
                for document in some:
                    yield from self._of_document(document)
                continue
            while held := _several(some):
                stored = sum(document.stored for document in held)
                made = (
                    iter([one_batch([each.text for each in held], kind)])
                    if kind
                    else columns([each.value for each in held])
                )
                for batch in made:
                    batch.stored, stored = stored, 0  # counted once
                    held = []
                    yield batch

    def _kind(self, document: Document) -> str | None:
        """Return an empty text for an event, the reason for a plain value that is not one, and None for all others."""
        value = document.value
        if value is None or isinstance(value, bool | int | float):
            return _not_an_event(value) if document.text and not document.problem else None
        return "" if self._is_event(document) else None

    def _is_event(self, document: Document) -> bool:
        return self.wrapper is None and isinstance(document.value, dict) and is_event(document.value)

    def _of_document(self, document: Document) -> Iterator[Batch]:
        stored = document.stored
        if document.problem:
            found = iter([one_batch([document.text], document.problem)])
        else:
            found = self._events(document.value, document.text)
        for batch in found:
            batch.stored, stored = stored, 0  # counted once
            yield batch

    def _deeper(self) -> _Unwrapping:
        return _Unwrapping(self.wrapper, self.warnings, self.depth + 1)

    def _events(self, value: Any, text: str = "") -> Iterator[Batch]:  # noqa: ANN401 - any JSON value
        """Yield the events of a value; ``text`` is what it was read from, if known."""
        if isinstance(value, str):
            yield one_batch([value])
        elif isinstance(value, list) and value and self.depth < _DEEPEST:
            yield from self._deeper()._list(value, text)
        elif isinstance(value, dict):
            yield from self._object(value, text)
        else:
            yield one_batch([text or _compact(value)], _not_an_event(value))

    def _list(self, items: list[Any], text: str) -> Iterator[Batch]:
        if _is_row(items):
            yield _row(items)
            return
        for item in items:
            yield from self._events(item, text if len(items) == 1 else "")

    def _object(self, value: dict[str, Any], text: str) -> Iterator[Batch]:
        envelopes = [(key, each) for key, each in _ENVELOPES.items() if key in value and each.holds(value, key)]
        line = line_under(value, self.wrapper or "message")
        if envelopes and self.depth < _DEEPEST:
            for key, envelope in envelopes:
                yield from envelope.unwrap(self._deeper(), value, key)
        elif self.wrapper is not None and line is not None:
            yield wrapped(value, line)
        elif is_event(value):
            yield from columns([value])
        elif "@message" in value:
            yield result_row({key: cell_text(cell) for key, cell in value.items()})
        else:
            yield one_batch([text or _compact(value)])

    def _many(self, items: list[Any], given: Mapping[str, Any]) -> Iterator[Batch]:
        """Yield the items of a list of events."""
        for kind, some in groupby(items, _kind):
            if kind == _EVENT:
                yield from columns(list(some), given)
            elif kind == _TEXT:
                yield one_batch(list(some))
            else:
                for item in some:
                    yield one_batch([_compact(item)], _not_an_event(item))

    def listed(self, value: Mapping[str, Any], key: str) -> Iterator[Batch]:
        """Yield the events of a Logs API page or of a subscription payload."""
        if value.get("messageType") != "CONTROL_MESSAGE":
            yield from self._many(value[key], value)

    def rows(self, value: Mapping[str, Any], key: str) -> Iterator[Batch]:
        """Yield the rows of a query's result."""
        for row in value[key]:
            if isinstance(row, list) and _is_row(row):
                yield _row(row)
            else:
                yield one_batch([_compact(row)], "it is not a row of a query's answer")

    def update(self, value: Mapping[str, Any], key: str) -> Iterator[Batch]:
        """Yield the events of a live tail update."""
        yield from self._events(value[key])

    def lambda_event(self, value: Mapping[str, Any], key: str) -> Iterator[Batch]:
        """Yield the events of a Lambda subscription event: its payload is compressed and base64-encoded."""
        yield from self._payload(_payload(value[key]) or b"")

    def payloads(self, value: Mapping[str, Any], key: str) -> Iterator[Batch]:
        """Yield the events of the records that Kinesis and Firehose pass to Lambda."""
        for record in value[key]:
            inner = record.get("kinesis", record) if isinstance(record, dict) else None
            stored = _payload(inner)
            if stored is None:
                yield one_batch([_compact(record)], "it has no log events in base64")
            else:
                yield from self._payload(stored)

    def _payload(self, stored: bytes) -> Iterator[Batch]:
        yield from self.batches(documents(text_in(stored), self.warnings))

    def telemetry(self, value: Mapping[str, Any], key: str) -> Iterator[Batch]:
        """Yield the log records of OpenTelemetry JSON: resources, scopes, records."""
        for record in value[key]:
            yield from self._telemetry(record, ("scopeLogs", "logRecords"))

    def _telemetry(self, value: Any, keys: tuple[str, ...]) -> Iterator[Batch]:  # noqa: ANN401 - any JSON value
        """Yield the log records in nested lists under these keys."""
        inner = value.get(keys[0]) if keys and isinstance(value, dict) else None
        line = line_under(value, "body") if isinstance(value, dict) else None
        if isinstance(inner, list):
            for each in inner:
                yield from self._telemetry(each, keys[1:])
        elif keys and isinstance(value, dict) and inner is None and value.keys() <= _TELEMETRY:
            return  # without records
        elif keys or not isinstance(value, dict):
            yield one_batch([_compact(value)], "it is not a log record, nor has it a list of some")
        elif line is not None:
            yield wrapped(value, line)
        else:
            yield one_batch([_compact(value)])


def _several(documents: Iterator[Document]) -> list[Document]:
    """Return the next documents, as many as a batch may have or as have the characters of one."""
    held: list[Document] = []
    characters = 0
    for document in islice(documents, _TOGETHER):
        held.append(document)
        characters += len(document.text)
        if characters >= BATCH_CHARACTERS:
            break
    return held


class _Envelope(Struct, frozen=True):
    """A kind of document that contains events under a key.

    Attributes:
        unwrap: yields the events of an object and a key of it.
        is_item: True for an item of its list, of which one identifies the document; or for a value that is not a list.
        beside: the only other keys of such a document, if its list does not identify it.
        is_list: True if the value is a list.
    """

    unwrap: Callable[[_Unwrapping, Mapping[str, Any], str], Iterator[Batch]]
    is_item: Callable[[Any], bool]
    beside: frozenset[str] | None = None
    is_list: bool = True

    def holds(self, value: Mapping[str, Any], key: str) -> bool:
        """Return True if an object is a document of this kind."""
        content = value[key]
        if not self.is_list:
            return self.is_item(content)
        if not isinstance(content, list):
            return False
        return any(map(self.is_item, content)) or (self.beside is not None and value.keys() <= self.beside | {key})


def _has_message(item: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(item, dict) and "message" in item


def _has_payload(record: Any) -> bool:  # noqa: ANN401 - any JSON value
    return _payload(record) is not None


def _holds_payload(record: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(record, dict) and _has_payload(record.get("kinesis"))


def _payload(record: Any) -> bytes | None:  # noqa: ANN401 - any JSON value
    """Return the base64-decoded data of a record if they are compressed or text; else None."""
    try:
        stored = base64.b64decode(record["data"], validate=True)
        if codec_of(stored) is None:
            stored.decode()
    except (binascii.Error, KeyError, TypeError, ValueError):
        return None
    return stored or None


def _is_row(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(cell, dict) and _is_cell(cell) for cell in items)


def _is_cell(cell: Mapping[str, Any]) -> bool:
    return isinstance(cell.get("field"), str) and cell.keys() <= {"field", "value"}


_ENVELOPES: dict[str, _Envelope] = {
    "logEvents": _Envelope(_Unwrapping.listed, _has_message, _PAYLOAD),
    "events": _Envelope(_Unwrapping.listed, _has_message, _PAGE),
    "sessionResults": _Envelope(_Unwrapping.listed, _has_message, frozenset({"sessionMetadata"})),
    "sessionUpdate": _Envelope(_Unwrapping.update, lambda content: isinstance(content, dict), is_list=False),
    "awslogs": _Envelope(_Unwrapping.lambda_event, _has_payload, is_list=False),
    "Records": _Envelope(_Unwrapping.payloads, _holds_payload),
    "records": _Envelope(_Unwrapping.payloads, _has_payload),
    "results": _Envelope(_Unwrapping.rows, lambda row: isinstance(row, list) and _is_row(row), _ANSWER),
    "resourceLogs": _Envelope(_Unwrapping.telemetry, lambda item: isinstance(item, dict) and "scopeLogs" in item),
}
"""The kinds of documents that contain events, by the key of the events."""


_EVENT, _TEXT, _OTHER = range(3)


def _kind(item: Any) -> int:  # noqa: ANN401 - any JSON value
    if isinstance(item, str):
        return _TEXT
    return _EVENT if isinstance(item, dict) and isinstance(item.get("message"), str) else _OTHER


def _not_an_event(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return why an element is not a log event."""
    if isinstance(value, dict):
        return "it is an object without a text as message"
    kind = {list: "a list", bool: "a boolean", type(None): "null"}.get(type(value), "a number")
    return f"it is {kind}, not a log event"


def is_event(value: Mapping[str, Any]) -> bool:
    """Return True if an object is an event in the format of the Logs API."""
    if not isinstance(value.get("message"), str):
        return False
    keys = value.keys()
    return keys == {"message"} or ("timestamp" in keys and (not keys.isdisjoint(_EVENT_MARKS) or len(keys) == 2))


def line_under(value: Mapping[str, Any], key: str) -> str | None:
    """Return the line under a key: a text, or OpenTelemetry's object with ``stringValue``."""
    line = value.get(key)
    line = line.get("stringValue") if isinstance(line, dict) else line
    return line if isinstance(line, str) else None


def _row(cells: list[dict[str, Any]]) -> Batch:
    return result_row({cell["field"]: cell_text(cell.get("value")) for cell in cells})


def cell_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return the text of a cell; None for null."""
    return value if isinstance(value, str) or value is None else _compact(value)


def _compact(value: Any) -> str:  # noqa: ANN401 - any JSON value
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown)"
