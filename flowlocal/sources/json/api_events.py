"""Convert events of the Logs API, of query results and of log collectors to columns."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

from flowlocal.sources.reading.batch import Batch
from flowlocal.sources.records.times import milliseconds
from flowlocal.values.document import clean

_TIMES = ("timestamp", "@timestamp", "timeUnixNano", "time_unix_nano")
_STREAMS = ("logStreamName", "logStream", "log_stream", "@logStream")
_GROUPS = ("logGroup", "logGroupName", "logGroupIdentifier", "log_group", "@log")
_OWNERS = ("owner", "account", "accountId")
_DESCRIBING = frozenset({"@timestamp", "@ingestionTime", "@logStream", "@log", "@ptr", "@message"})
"""Cells of a result row that describe the event and are not part of its message."""
_ARN = re.compile(r"arn:[^:]*:logs:[^:]*:(\d+):log-group:(.*?)(?::\*?)?$")
_QUALIFIED = re.compile(r"(\d+):(.+)$")
_NO_TIME = "a timestamp is not a time, and is left out"
_NO_NAME = "a log stream, log group or account is not a text, and is left out"
_Convert = Callable[[object], int | None]


def columns(events: Sequence[Mapping[str, Any]], given: Mapping[str, Any] = MappingProxyType({})) -> Iterator[Batch]:
    """Yield a batch for each run of Logs API events that have the same log group.

    Args:
        events: objects with ``message`` and any of ``timestamp``, ``ingestionTime`` (epoch ms), stream, group, owner.
        given: log group, stream and owner for events that do not have their own.
    """
    names: set[str] = set().union(*events)
    streams = [name for name in _STREAMS if name in names]
    for some in _by_group(events, names):
        notes: Counter[str] = Counter()
        stream, (group, owner) = _name(given, _STREAMS, notes), _group_of(given, notes)
        own_group, own_owner = _group_of(some[0] if some else {}, notes)
        yield Batch(
            own_group or group,
            own_owner or owner,
            [event.get("message") or "" for event in some],
            _times([event.get("timestamp") for event in some], notes, _exact),
            _texts([next((found for name in streams if (found := event.get(name))), stream) for event in some], notes),
            _times([event.get("ingestionTime") for event in some], notes, _exact),
            notes=notes,
        )


def _by_group(events: Sequence[Mapping[str, Any]], names: Iterable[str]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield runs of events that have the same group and owner."""
    keys = [name for name in (*_GROUPS, *_OWNERS) if name in names]
    if not keys:
        yield events
        return
    for _, some in groupby(events, lambda event: [event.get(name) for name in keys]):
        yield list(some)


def wrapped(value: Mapping[str, Any], message: str) -> Batch:
    """Return one event that a collector or the API wrote; the magnitude of a time determines its unit."""
    time = next((value[name] for name in _TIMES if value.get(name) is not None), None)
    notes: Counter[str] = Counter()
    group, owner = _group_of(value, notes)
    times = _times([time, value.get("ingestionTime")], notes, milliseconds)
    return Batch(group, owner, [message], times[:1], [_name(value, _STREAMS, notes)], times[1:], notes=notes)


def result_row(row: Mapping[str, str | None], message: str | None = None) -> Batch:
    """Return a row of a query's result as an event.

    Args:
        row: the cells by name.
        message: the message; if None, the row's own, or all other cells as JSON.
    """
    message = row.get("@message") if message is None else message
    if message is None:
        cells = {name: cell for name, cell in row.items() if cell is not None and name not in _DESCRIBING}
        message = json.dumps(cells, separators=(",", ":"), ensure_ascii=False)
    notes: Counter[str] = Counter()
    group, owner = _split_group(row.get("@log"))
    times = _times([row.get("@timestamp"), row.get("@ingestionTime")], notes, milliseconds)
    return Batch(group, owner, [message], times[:1], [row.get("@logStream")], times[1:], notes=notes)


def _exact(time: object) -> int | None:
    """Return the epoch milliseconds of a Logs API time."""
    return time if type(time) is int else milliseconds(time)


def _times(values: Sequence[Any], notes: Counter[str], convert: _Convert) -> list[int | None]:
    """Return epoch milliseconds; a value that is not a time becomes None and is counted in the notes."""
    times = [None if value is None else convert(value) for value in values]
    if None in times and (wrong := sum(v is not None and t is None for v, t in zip(values, times, strict=True))):
        notes[_NO_TIME] += wrong
    return times


def _texts(values: list[Any], notes: Counter[str]) -> list[str | None]:
    """Return names as text; a value that cannot be a name becomes None and is counted in the notes."""
    if set(map(type, values)) <= {str, type(None)}:
        return values
    texts = [_text(value) for value in values]
    if wrong := sum(value is not None and text is None for value, text in zip(values, texts, strict=True)):
        notes[_NO_NAME] += wrong
    return texts


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return a name as text: an account may be written as a number."""
    if isinstance(value, str):
        return clean(value)
    return str(value) if type(value) is int else None


def _name(value: Mapping[str, Any], keys: Iterable[str], notes: Counter[str]) -> str | None:
    """Return the first name under one of the keys; values that are not text are counted in the notes."""
    for key in keys:
        found = value.get(key)
        if text := _text(found):
            return text
        if found not in (None, ""):
            notes[_NO_NAME] += 1
    return None


def _group_of(value: Mapping[str, Any], notes: Counter[str]) -> tuple[str | None, str | None]:
    group, owner = _split_group(_name(value, _GROUPS, notes))
    return group, _name(value, _OWNERS, notes) or owner


def _split_group(text: str | None) -> tuple[str | None, str | None]:
    """Return log group and account from a name, an identifier ``account:name``, or an ARN."""
    match = _ARN.match(text or "") or _QUALIFIED.match(text or "")
    return (match[2], match[1]) if match else (text, None)
