"""Events in JSON documents: answers of the Logs API, subscription payloads, and wrappers that collectors write."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from types import MappingProxyType
from typing import Any

from flowlocal.sources.batch import Batch, one_batch
from flowlocal.sources.containers.stored import text_in
from flowlocal.sources.json_stream import Document
from flowlocal.sources.times import milliseconds

WRAPPERS = ("message", "log", "body", "msg")
"""Keys under which collectors put a line: Vector, fluent-bit, OpenTelemetry."""
_TIMES = ("timestamp", "@timestamp", "timeUnixNano", "time_unix_nano")
_STREAMS = ("logStreamName", "logStream", "log_stream", "@logStream")
_GROUPS = ("logGroup", "logGroupName", "logGroupIdentifier", "log_group", "@log")
_OWNERS = ("owner", "account", "accountId")
_EVENT_MARKS = frozenset({"logStreamName", "logStream", "ingestionTime", "eventId", "id"})
_ARN = re.compile(r"arn:[^:]*:logs:[^:]*:(\d+):log-group:(.*?)(?::\*?)?$")
_QUALIFIED = re.compile(r"(\d+):(.+)$")
_TOGETHER = 10_000


def batches(documents: Iterable[Document], wrapper: str | None) -> Iterator[Batch]:
    """The events of documents.

    Args:
        documents: JSON values.
        wrapper: the key under which every object holds its line, where that is so.
    """
    for alike, some in groupby(documents, lambda document: wrapper is None and _is_plain(document.value)):
        if not alike:
            for document in some:
                yield from _of_document(document, wrapper)
            continue
        while held := list(islice(some, _TOGETHER)):
            for batch in columns([document.value for document in held]):
                batch.stored = sum(document.stored for document in held)
                held = []
                yield batch


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a document is one event of the Logs API, of which many may follow each other."""
    return isinstance(value, dict) and is_event(value)


def _of_document(document: Document, wrapper: str | None) -> Iterator[Batch]:
    stored = document.stored
    found = iter([one_batch([document.text])]) if document.broken else _events(document.value, document.text, wrapper)
    for batch in found:
        batch.stored, stored = stored, 0  # told once
        yield batch


def _events(value: Any, text: str, wrapper: str | None) -> Iterator[Batch]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        yield one_batch([value])
    elif isinstance(value, list):
        yield from _list(value, text, wrapper)
    elif isinstance(value, dict):
        yield from _object(value, text, wrapper)
    else:
        yield one_batch([text])


def _list(items: list[Any], text: str, wrapper: str | None) -> Iterator[Batch]:
    if items and all(isinstance(item, dict) and "field" in item for item in items):
        yield result_row({str(item["field"]): str(item.get("value", "")) for item in items})
        return
    for item in items:
        yield from _events(item, text if len(items) == 1 else _compact(item), wrapper)


def _object(value: dict[str, Any], text: str, wrapper: str | None) -> Iterator[Batch]:
    for key, unwrap in _ENVELOPES.items():
        if key in value and _is_envelope(key, value[key]):
            yield from unwrap(value, wrapper)
            return
    line = value.get(wrapper or "message")
    line = line.get("stringValue") if isinstance(line, dict) else line
    if isinstance(line, str) and wrapper is not None:
        yield _wrapped(value, line)
    elif is_event(value):
        yield from columns([value])
    elif "@message" in value:
        yield result_row({key: str(cell) for key, cell in value.items()})
    else:
        yield one_batch([text or _compact(value)])


def _is_envelope(key: str, content: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a key holds what it holds in the documents that are known by it."""
    if isinstance(content, dict):
        return key == "sessionUpdate" or (key == "awslogs" and isinstance(content.get("data"), str))
    if not isinstance(content, list) or key in ("awslogs", "sessionUpdate"):
        return False
    inner = _INNER[key]
    return all(isinstance(item, list if key == "results" else dict) and inner(item) for item in content)


def is_event(value: Mapping[str, Any]) -> bool:
    """Whether an object is an event as the Logs API tells it."""
    if not isinstance(value.get("message"), str):
        return False
    keys = set(value)
    return keys == {"message"} or ("timestamp" in keys and (bool(keys & _EVENT_MARKS) or len(keys) == 2))


def _wrapped(value: Mapping[str, Any], message: str) -> Batch:
    """One event as a collector or the API wrote it; numbers that are no milliseconds are brought to them."""
    group, owner = _group_of(value)
    stream, ingestion = _first(value, _STREAMS), milliseconds(value.get("ingestionTime"))
    return Batch(group, owner, [message], [milliseconds(_first(value, _TIMES))], [stream], [ingestion])


def columns(events: Sequence[Mapping[str, Any]], given: Mapping[str, Any] = MappingProxyType({})) -> Iterator[Batch]:
    """Events as the Logs API tells them, those of one group together.

    Args:
        events: objects with ``message`` and any of ``timestamp``, ``ingestionTime`` (epoch ms), stream, group, owner.
        given: what is told of all of them.
    """
    stream, told = _first(given, _STREAMS), _group_of(given)
    names: set[str] = set().union(*events)
    streams = [name for name in _STREAMS if name in names]
    for (group, owner), some in _by_group(events, names):
        yield Batch(
            group or told[0],
            owner or told[1],
            [event.get("message") or "" for event in some],
            [_exact(event.get("timestamp")) for event in some],
            [next((found for name in streams if (found := event.get(name))), stream) for event in some],
            [_exact(event.get("ingestionTime")) for event in some],
        )


def _by_group(
    events: Sequence[Mapping[str, Any]], names: Iterable[str]
) -> Iterator[tuple[tuple[str | None, str | None], Sequence[Mapping[str, Any]]]]:
    """Runs of events that tell the same group and owner."""
    telling = [name for name in (*_GROUPS, *_OWNERS) if name in names]
    if not telling:
        yield (None, None), events
        return
    for _, some in groupby(events, lambda event: [event.get(name) for name in telling]):
        run = list(some)
        yield _group_of(run[0]), run


def _exact(time: object) -> int | None:
    return time if type(time) is int else milliseconds(time)


def _many(items: Sequence[Any], given: Mapping[str, Any]) -> Iterator[Batch]:
    """The items of a list of events; what is none is an event with its text for message."""
    for sound, some in groupby(items, lambda item: isinstance(item, dict) and isinstance(item.get("message"), str)):
        if sound:
            yield from columns(list(some), given)
        else:
            yield one_batch([item if isinstance(item, str) else _compact(item) for item in some])


def _api_events(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    del wrapper
    yield from _many(value.get("events") or value.get("sessionResults") or [], value)


def _subscription(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    del wrapper
    if value.get("messageType") != "CONTROL_MESSAGE":
        yield from _many(value["logEvents"], value)


def _results(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    for row in value["results"]:
        yield from _events(row, _compact(row), wrapper)


def _lambda_event(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    """What a subscription hands to Lambda: the payload, compressed and in base64."""
    yield from _encoded(value["awslogs"]["data"], wrapper)


def _records(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    """What Kinesis and Firehose hand to Lambda."""
    for record in value.get("Records") or value.get("records") or []:
        yield from _encoded(record.get("kinesis", record).get("data"), wrapper)


def _encoded(data: Any, wrapper: str | None) -> Iterator[Batch]:  # noqa: ANN401 - any JSON value
    from flowlocal.sources.json_stream import documents  # noqa: PLC0415 - the two know each other

    try:
        stored = base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError):
        yield one_batch([_compact(data)])
        return
    yield from batches(documents(text_in(stored), []), wrapper)


def _update(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    yield from _events(value["sessionUpdate"], "", wrapper)


def _telemetry(value: dict[str, Any], wrapper: str | None) -> Iterator[Batch]:
    """OpenTelemetry's own JSON: resources, scopes, records."""
    del wrapper
    for resource in value["resourceLogs"]:
        for scope in resource.get("scopeLogs", []):
            for record in scope.get("logRecords", []):
                body = record.get("body", {})
                line = body.get("stringValue") if isinstance(body, dict) else body
                yield _wrapped(record, line) if isinstance(line, str) else one_batch([_compact(record)])


_ENVELOPES: dict[str, Callable[[dict[str, Any], str | None], Iterator[Batch]]] = {
    "logEvents": _subscription,
    "events": _api_events,
    "sessionResults": _api_events,
    "sessionUpdate": _update,
    "awslogs": _lambda_event,
    "Records": _records,
    "records": _records,
    "results": _results,
    "resourceLogs": _telemetry,
}
"""What wraps lists of events, by the key that tells it."""
_INNER: dict[str, Callable[[Any], bool]] = {
    "logEvents": lambda event: "message" in event,
    "events": lambda event: "message" in event,
    "sessionResults": lambda event: "message" in event,
    "Records": lambda record: isinstance(record.get("kinesis"), dict),
    "records": lambda record: isinstance(record.get("data"), str),
    "results": lambda row: all(isinstance(cell, dict) and "field" in cell for cell in row),
    "resourceLogs": lambda resource: "scopeLogs" in resource,
}
"""What every item of such a list has."""


def result_row(row: dict[str, str]) -> Batch:
    """A row of a query's answer; one without a message is a JSON message of its own."""
    group, owner = _split_group(row.get("@log"))
    message = row.get("@message")
    if message is None:
        message = _compact({key: cell for key, cell in row.items() if not key.startswith("@")})
    times = [milliseconds(row.get(name)) for name in ("@timestamp", "@ingestionTime")]
    return Batch(group, owner, [message], [times[0]], [row.get("@logStream")], [times[1]])


def _group_of(value: Mapping[str, Any]) -> tuple[str | None, str | None]:
    group, owner = _split_group(_first(value, _GROUPS))
    return group, _first(value, _OWNERS) or owner


def _split_group(text: str | None) -> tuple[str | None, str | None]:
    """Group and account of a name, an identifier ``account:name`` or an ARN."""
    match = _ARN.match(text or "") or _QUALIFIED.match(text or "")
    return (match[2], match[1]) if match else (text, None)


def _first(value: Mapping[str, Any], keys: Iterable[str]) -> Any:  # noqa: ANN401 - any JSON value
    return next((value[key] for key in keys if isinstance(value.get(key), str | int | float)), None)


def _compact(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
