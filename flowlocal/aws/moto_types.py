"""As much of moto as is used, for type checking: moto's own types change from release to release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Event(Protocol):
    """A log event."""

    timestamp: int
    message: str
    ingestion_time: int


class MotoStream(Protocol):
    """A log stream."""

    events: Sequence[Event]


class Group(Protocol):
    """A log group."""

    streams: Mapping[str, MotoStream]

    def create_log_stream(self, log_stream_name: str) -> None:
        """Make a stream."""

    def put_log_events(self, log_stream_name: str, log_events: list[dict[str, object]]) -> object:
        """Put events into a stream, whatever their age."""


class Backend(Protocol):
    """The log groups of an account in a region."""

    groups: Mapping[str, Group]

    def create_log_group(self, log_group_name: str, tags: dict[str, str]) -> object:
        """Make a group."""


class Responses(Protocol):
    """What answers one request."""

    logs_backend: Backend
    current_account: str
    region: str
    body: str
