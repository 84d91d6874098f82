"""Log groups of the endpoint in the processes that answer its queries: what is sent, and what is made of it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flowlocal.aws.local_groups import FileGroup, Group, WrittenGroup
from flowlocal.aws.records import Columns
from flowlocal.aws.tasks import Job

READY, DONE = "ready", "done"
"""Steps that are for the pool: the process has started; it waits for the next order."""


@dataclass(frozen=True)
class Files:
    """A group that is read from files; see ``FileGroup``."""

    name: str
    paths: tuple[str, ...]
    log_format: str | None
    owner: str


@dataclass(frozen=True)
class Additions:
    """What was written to a group since it was sent last.

    Attributes:
        id: the identity of the group.
        name: its name.
        owner: its account.
        anew: forget what was sent before: a stream was deleted, or nothing was sent.
        streams: the new events of each stream.
    """

    id: str
    name: str
    owner: str
    anew: bool
    streams: Mapping[str, Columns]


Change = Files | Additions


@dataclass(frozen=True)
class Order:
    """A job to do.

    Attributes:
        job: the job.
        changes: the groups that it reads, in order.
    """

    job: Job
    changes: Sequence[Change]


class Sent:
    """What one process was sent: of each group, the identities of its streams and how many of their events."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, tuple[str, int]]] = {}

    def change(self, group: Group) -> Change:
        """Return what the process needs in order to read a group, and count it as sent."""
        if isinstance(group, FileGroup):
            return Files(group.name, tuple(group.paths), group.log_format, group.owner)
        streams = group.snapshot()
        now = {name: (stream.id, count) for name, (stream, count) in streams.items()}
        known = self._groups.get(group.id)
        anew = known is None or any(name not in now or now[name][0] != id_ for name, (id_, _) in known.items())
        had = {} if known is None or anew else {name: count for name, (_, count) in known.items()}
        added = {name: stream.columns(had.get(name, 0), count) for name, (stream, count) in streams.items()}
        self._groups[group.id] = now
        return Additions(group.id, group.name, group.owner, anew, added)


class Copies:
    """The groups that were sent to this process."""

    def __init__(self) -> None:
        self._files: dict[Files, FileGroup] = {}
        self._written: dict[str, WrittenGroup] = {}

    def group(self, change: Change) -> Group:
        """Return a group after a change."""
        if isinstance(change, Files):
            made = self._files.get(change) or FileGroup(change.name, change.paths, change.log_format, change.owner)
            return self._files.setdefault(change, made)
        if change.anew:
            self._written[change.id] = WrittenGroup(change.name, change.owner)
        group = self._written[change.id]
        for name, columns in change.streams.items():
            group.create(name)
            group.put(group.streams[name], columns, 0)
        return group
