"""The store of the endpoint: groups on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from flowlocal.aws.delivery import Delivery
from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.local_groups import FileGroup, Group, Stream, WrittenGroup, now
from flowlocal.aws.lookup_tables import Files, tables_of_files
from flowlocal.aws.memo import Memo
from flowlocal.aws.queries import Queries, StartedQuery
from flowlocal.aws.reads import Read
from flowlocal.aws.records import Columns
from flowlocal.aws.store import State
from flowlocal.aws.workers import InWorkers, call

ACCOUNT, REGION = "123456789012", "us-east-1"
MOST_BYTES = 1 << 30
"""Bytes that may be written through the API; they are kept in memory (decided)."""


class LocalAccount:
    """The account that the endpoint answers for: a store for each region.

    Groups of files are in every region, so that clients find them whatever region they are set to (decided); groups
    written through the API are in one.

    Attributes:
        id: the account.
        file_groups: groups that are read from files.
        ended: called with each query that ended.
        memo: what was read, kept as long as it does not change.
        tables: the lookup tables that every region begins with.
        region: the region of requests that name none.
        exports: the folder below which the buckets of export tasks are; None if nothing may be exported.
        delivery: delivers the events of subscriptions.

    Args:
        file_groups: groups that are read from files.
        ended: called with each query that ended.
        account: the account.
        region: the region of requests that name none; AWS_REGION, AWS_DEFAULT_REGION or us-east-1 if not given.
        tables: files of lookup tables, which are in every region at the start.
        exports: the folder below which the buckets of export tasks are.
        targets: URLs and paths of files, by the ARN of the subscriptions' destination that they stand for.
    """

    def __init__(
        self,
        file_groups: Iterable[FileGroup] = (),
        ended: Callable[[StartedQuery], None] = lambda _query: None,
        account: str = ACCOUNT,
        region: str | None = None,
        *,
        tables: Files | None = None,
        exports: str | None = None,
        targets: Mapping[str, str] | None = None,
    ) -> None:
        self.id = account
        self.file_groups = tuple(file_groups)
        self.ended = ended
        self.memo = Memo()
        self.tables = tables_of_files(tables or {})
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
        self.exports = exports
        self.delivery = Delivery(targets or {})
        self._stores: dict[str, LocalStore] = {}
        self._lock = Lock()

    def store(self, region: str | None = None) -> LocalStore:
        """Return the store of a region."""
        name = region or self.region
        with self._lock:
            if name not in self._stores:
                self._stores[name] = LocalStore(self, name)
            return self._stores[name]

    def check_room(self, size: int) -> None:
        """Refuse events for which there is no memory.

        Raises:
            ApiError: the memory set aside for written events is full.
        """
        with self._lock:
            stores = list(self._stores.values())
        if sum(store.written_bytes for store in stores) + size > MOST_BYTES:
            message = f"{MOST_BYTES} bytes of written events are kept at most; delete log groups, or serve files"
            raise ApiError("LimitExceededException", message)


class LocalStore:
    """Groups read from files and groups written through the API, in one region of an account.

    Attributes:
        region: the region.
        state: what is remembered between requests.
    """

    def __init__(self, account: LocalAccount, region: str) -> None:
        self.region = region
        self.state = State(Queries(InWorkers(self.group), account.ended), tables=dict(account.tables))
        self._account = account
        self._groups: dict[str, Group] = {group.name: group for group in account.file_groups}
        self._lock = Lock()

    @property
    def account(self) -> str:
        """The account."""
        return self._account.id

    @property
    def exports(self) -> str | None:
        """The folder below which the buckets of export tasks are."""
        return self._account.exports

    @property
    def delivery(self) -> Delivery:
        """What delivers the events of subscriptions."""
        return self._account.delivery

    @property
    def written_bytes(self) -> int:
        """Bytes of events written through the API."""
        with self._lock:
            return sum(each.stored_bytes for each in self._groups.values() if isinstance(each, WrittenGroup))

    def group_names(self) -> Sequence[str]:
        """Return the names of all groups, in order."""
        with self._lock:
            return sorted(self._groups)

    def log_class(self, name: str) -> str:
        """Return the class of a group; groups of files are STANDARD."""
        group = self.group(name)
        return group.log_class if isinstance(group, WrittenGroup) else "STANDARD"

    def owns(self, account: str, region: str) -> bool:
        """Return True if the region is this one; an account copied from elsewhere means this one (decided)."""
        return region in ("", self.region)

    def read(self, names: Sequence[str], read: Read) -> Any:  # noqa: ANN401 - as the read
        """Read the events of some groups; what was read before is kept as long as they do not change."""
        groups = [self.group(name) for name in names]
        return self._account.memo.get((read, *(group.version for group in groups)), lambda: call(read, groups))

    def read_once(self, name: str, read: Read) -> Any:  # noqa: ANN401 - as the read
        """Read the events of a group; the answer is not kept."""
        return call(read, [self.group(name)])

    def group(self, name: str) -> Group:
        """Return a group by name.

        Raises:
            ApiError: there is none.
        """
        with self._lock:
            if name not in self._groups:
                raise not_found("The specified log group does not exist.")
            return self._groups[name]

    def written(self, name: str) -> WrittenGroup:
        """Return a group that can be written to.

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

    def put(self, group: WrittenGroup, stream: Stream, events: Sequence[tuple[int, str]], size: int) -> int:
        """Add events to a stream; return how many it had before.

        Raises:
            ApiError: the memory set aside for written events is full.
        """
        self._account.check_room(size)
        columns = Columns([time for time, _ in events], [text for _, text in events], [now()] * len(events))
        return group.put(stream, columns, size)
