"""Answers that go on: messages in the encoding ``application/vnd.amazon.eventstream`` (documented)."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.amazon.eventstream"
STREAM = "responseStream"
"""Member of an answer that is a stream."""
_STRING = 7
"""Type of headers whose value is text."""


class EventStream:
    """Events that are sent as they come.

    Attributes:
        close: to be called when nothing more is sent.

    Args:
        events: name and members of each event; a name that ends with ``Exception`` ends the stream.
        closed: called when the stream is closed, even if nothing was sent.
    """

    def __init__(self, events: Iterator[tuple[str, Mapping[str, Any]]], closed: Callable[[], None]) -> None:
        self._events = events
        self.close = closed

    def messages(self) -> Iterator[bytes]:
        """Yield each message; the first one answers the request, as clients of JSON protocols expect."""
        yield _message({":message-type": "event", ":event-type": "initial-response"}, {})
        for name, members in self._events:
            kind = "exception" if name.endswith("Exception") else "event"
            yield _message({":message-type": kind, f":{kind}-type": name}, members)


def _message(headers: Mapping[str, str], members: Mapping[str, Any]) -> bytes:
    payload = json.dumps(members).encode()
    named = b"".join(_header(*each) for each in {**headers, ":content-type": "application/json"}.items())
    prelude = struct.pack("!II", 16 + len(named) + len(payload), len(named))
    checked = prelude + struct.pack("!I", zlib.crc32(prelude)) + named + payload
    return checked + struct.pack("!I", zlib.crc32(checked))


def _header(name: str, value: str) -> bytes:
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(value)) + value.encode()
