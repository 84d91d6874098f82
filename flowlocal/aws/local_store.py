"""The store behind the endpoint: groups on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.local_groups import FileGroup, Group, Stream, WrittenGroup, now
from flowlocal.aws.memo import Memo
from flowlocal.aws.queries import Queries, Query
from flowlocal.aws.reads import Read
from flowlocal.aws.records import Columns
from flowlocal.aws.store import State
from flowlocal.aws.workers import InWorkers, call

ACCOUNT, REGION = "123456789012", "us-east-1"
MOST_BYTES = 1 << 30
"""Bytes that may be written through the API; they are kept in memory (decided)."""


class LocalStore:
    """Groups read from files and groups written through the API, in one account and region.

    Attributes:
        account: the account.
        region: the region.
        state: what is remembered between requests.

    Args:
        groups: groups that are read from files.
        ended: called with each query that ended.
    """

    def __init__(self, groups: Iterable[FileGroup] = (), ended: Callable[[Query], None] = lambda _query: None) -> None:
        self.account = ACCOUNT
        self.region = REGION
        self.state = State(Queries(InWorkers(self.group), ended))
        self._groups: dict[str, Group] = {group.name: group for group in groups}
        self._kept = Memo()
        self._lock = Lock()

    def group_names(self) -> Sequence[str]:
        """The names of all groups, in order."""
        with self._lock:
            return sorted(self._groups)

    def log_class(self, name: str) -> str:
        """The class of a group; groups of files are STANDARD."""
        group = self.group(name)
        return group.log_class if isinstance(group, WrittenGroup) else "STANDARD"

    def owns(self, account: str, region: str) -> bool:
        """Always: an ARN copied from elsewhere means the group of that name here (decided)."""
        return True

    def read(self, names: Sequence[str], read: Read) -> Any:  # noqa: ANN401 - as the read
        """Read the events of some groups; what was read before is kept as long as they do not change."""
        groups = [self.group(name) for name in names]
        return self._kept.get((read, *(group.version for group in groups)), lambda: call(read, groups))

    def group(self, name: str) -> Group:
        """A group by name.

        Raises:
            ApiError: there is none.
        """
        with self._lock:
            if name not in self._groups:
                raise not_found("The specified log group does not exist.")
            return self._groups[name]

    def written(self, name: str) -> WrittenGroup:
        """A group that can be written to.

        Raises:
            ApiError: there is none, or it is read from files.
        """
        group = self.group(name)
        if isinstance(group, FileGroup):
            raise invalid(f"The log group {name} is read from files; write to another one")
        return group

    def create(self, name: str, log_class: str) -> None:
        """Make a group to write to."""
        with self._lock:
            if name in self._groups:
                raise ApiError("ResourceAlreadyExistsException", "The specified log group already exists")
            self._groups[name] = WrittenGroup(name, self.account, log_class)

    def delete(self, name: str) -> None:
        """Forget a group; one that is read from files is refused."""
        self.written(name)
        with self._lock:
            self._groups.pop(name, None)

    def put(self, group: WrittenGroup, stream: Stream, events: Sequence[tuple[int, str]], size: int) -> None:
        """Add events to a stream.

        Raises:
            ApiError: the memory set aside for written events is full.
        """
        with self._lock:
            held = sum(each.stored_bytes for each in self._groups.values() if isinstance(each, WrittenGroup))
        if held + size > MOST_BYTES:
            message = f"{MOST_BYTES} bytes of written events are kept at most; delete log groups, or serve files"
            raise ApiError("LimitExceededException", message)
        columns = Columns([time for time, _ in events], [text for _, text in events], [now()] * len(events))
        group.put(stream, columns, size)
