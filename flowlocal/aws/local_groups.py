"""Log groups on this machine: read from files, or written through the API."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from uuid import uuid4

import polars as pl
from msgspec.structs import replace

from flowlocal.aws.records import Columns, events_of
from flowlocal.events import Events, ScanReport, UnreadableInput
from flowlocal.sources import open_events
from flowlocal.sources.files.paths import expand, only_dataset


def now() -> int:
    """Epoch milliseconds."""
    return int(time.time() * 1000)


class FileGroup:
    """A group whose events are in files, which are opened anew when they have changed.

    Attributes:
        name: the name of the group.
        paths: files, directories and glob patterns.
        log_format: the layout of custom records, as given to CreateFlowLogs.
        owner: the account.
        created: epoch milliseconds.
    """

    def __init__(
        self, name: str, paths: Sequence[str], log_format: str | None = None, owner: str = "123456789012"
    ) -> None:
        self.name = name
        self.owner = owner
        self.created = now()
        self.paths = list(paths)
        self.log_format = log_format
        self._lock = Lock()
        self._seen: object = None
        self._events: Events | None = None

    def events(self) -> Events:
        """Return the events, as the files are now.

        Raises:
            UnreadableInput: a path does not exist or cannot be read.
        """
        with self._lock:
            seen = self._signature()
            if self._events is None or seen != self._seen:
                opened = open_events(self.paths, log_format=self.log_format, log_group=self.name)
                self._events, self._seen = _of_group(opened, self.name, self.owner), seen
            return self._events

    def _signature(self) -> list[tuple[str, int, int]]:
        """Return what changes when a file does: its size and the time of its last change."""
        try:
            return [(path, status.st_size, status.st_mtime_ns) for path, status in _files(self.paths)]
        except OSError as error:
            raise UnreadableInput(f"{error.filename}: {error.strerror}", str(error.filename)) from error

    @property
    def version(self) -> Hashable:
        """Something else whenever the events are."""
        return self.name, self.log_format, tuple(self._signature())

    @property
    def stored_bytes(self) -> int:
        """Bytes on disk."""
        return sum(size for _, size, _ in self._signature())


def _files(paths: Sequence[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the local files of a group.

    Raises:
        UnreadableInput: a path does not exist, cannot be read, or can be read only once.
    """
    if dataset := only_dataset(paths):
        yield from ((entry.path, entry.stat()) for entry in os.scandir(dataset))
        return
    for file in expand(paths).files:
        if file.status is not None and stat.S_ISREG(file.status.st_mode):
            yield file.path, file.status
        elif file.remote is None:
            message = "standard input, a pipe or a device, which can be read only once"
            raise UnreadableInput(message, file.path, hint="write it to a file, and name that")


def _of_group(events: Events, group: str, owner: str) -> Events:
    """Return the same events, of one group and account, whose places begin with the name of the group."""

    def locate(row: int) -> tuple[str, int]:
        path, line = events.locate(row)
        return f"{group}:{path}", line

    def read(report: ScanReport) -> pl.LazyFrame:
        return events.read(report).with_columns(pl.lit(f"{owner}:{group}").alias("@log"))

    return replace(events, locate=locate, read=read)


@dataclass
class Stream:
    """A log stream that was written through the API; its lists only grow.

    Attributes:
        name: its name.
        created: epoch milliseconds.
        timestamps: epoch milliseconds of the events.
        messages: their messages.
        ingested: epoch milliseconds at which they came.
        id: tells it from others that had the same name before.
    """

    name: str
    created: int = field(default_factory=now)
    timestamps: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    ingested: list[int] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid4()))

    def columns(self, start: int, end: int) -> Columns:
        """Return the events from one number up to another."""
        return Columns(self.timestamps[start:end], self.messages[start:end], self.ingested[start:end])


@dataclass
class WrittenGroup:
    """A log group that was made through the API.

    Attributes:
        name: its name.
        owner: the account.
        log_class: STANDARD or another documented class.
        created: epoch milliseconds.
        streams: its streams by name.
        stored_bytes: bytes written.
        id: tells it from others that had the same name before.
    """

    name: str
    owner: str
    log_class: str = "STANDARD"
    created: int = field(default_factory=now)
    streams: dict[str, Stream] = field(default_factory=dict)
    stored_bytes: int = 0
    id: str = field(default_factory=lambda: str(uuid4()))
    _changes: int = 0
    _lock: Lock = field(default_factory=Lock)
    _opened: tuple[int, Events] | None = None

    @property
    def version(self) -> Hashable:
        """Something else whenever the events or the streams are."""
        return self.id, self._changes

    def create(self, name: str) -> bool:
        """Make a stream; return False if there is one of that name."""
        with self._changing():
            return self.streams.setdefault(name, made := Stream(name)) is made

    def put(self, stream: Stream, columns: Columns, size: int) -> int:
        """Add events to a stream, all at once for whoever reads; return how many it had before."""
        with self._changing():
            before = len(stream.messages)
            stream.timestamps.extend(columns.timestamps)
            stream.messages.extend(columns.messages)
            stream.ingested.extend(columns.ingested)
            self.stored_bytes += size
            return before

    def forget(self, name: str) -> None:
        """Delete a stream."""
        with self._changing():
            del self.streams[name]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            yield
            self._changes += 1

    def snapshot(self) -> dict[str, tuple[Stream, int]]:
        """Return the streams by name, each with the number of its events."""
        with self._lock:
            return {name: (stream, len(stream.messages)) for name, stream in self.streams.items()}

    def events(self) -> Events:
        """Return the events as they are now; what is written later does not change them."""
        with self._lock:
            if self._opened is None or self._opened[0] != self._changes:
                self._opened = (self._changes, events_of(self.name, self.owner, self._columns()))
            return self._opened[1]

    def _columns(self) -> dict[str, Columns]:
        return {name: each.columns(0, len(each.messages)) for name, each in self.streams.items()}


Group = FileGroup | WrittenGroup
