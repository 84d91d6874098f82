"""What the operations work on, wherever the events live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from flowlocal.aws.lookup_tables import LookupTable
from flowlocal.aws.names import group_arn, identified
from flowlocal.aws.queries import Queries
from flowlocal.aws.reads import Read
from flowlocal.aws.sessions import Sessions

Shown = dict[str, Any]
"""Something that is kept, as the operations show it."""


@dataclass(frozen=True)
class QueryDefinition:
    """A saved query.

    Attributes:
        id: what PutQueryDefinition answered.
        members: the other members, as DescribeQueryDefinitions shows them.
        defaults: values of those parameters that have one.
    """

    id: str
    members: Mapping[str, object]
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Tagged:
    """Something that has tags.

    Attributes:
        tags: its tags.
    """

    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass
class GroupSettings(Tagged):
    """What a log group keeps beside its events.

    Attributes:
        retention: days for which events are said to be kept; None for ever.
        kms_key: the key that it is said to be encrypted with.
        protected: True if it must not be deleted.
        metric_filters: its metric filters by name, as they are shown.
        subscriptions: its subscription filters by name, as they are shown.
    """

    retention: int | None = None
    kms_key: str | None = None
    protected: bool = False
    metric_filters: dict[str, Shown] = field(default_factory=dict)
    subscriptions: dict[str, Shown] = field(default_factory=dict)


@dataclass
class ScheduledQuery:
    """A scheduled query.

    Attributes:
        shown: what is shown of it.
        executions: what became of it each time it ran, oldest first.
    """

    shown: Shown
    executions: list[Shown] = field(default_factory=list)


@dataclass
class State:
    """What the operations remember between two requests.

    Attributes:
        queries: the queries that were started.
        definitions: the saved queries by id.
        tables: the lookup tables by name.
        settings: what log groups keep beside their events, by name; those that were never set are not in it.
        policies: the resource policies by their name or log group, as they are shown.
        destinations: the destinations of subscriptions by name, as they are shown.
        tagged: what else has tags, by ARN.
        exports: the export tasks by id, as they are shown.
        scheduled: the scheduled queries by name.
        tails: the open sessions of Live Tail.
    """

    queries: Queries
    definitions: dict[str, QueryDefinition] = field(default_factory=dict)
    tables: dict[str, LookupTable] = field(default_factory=dict)
    settings: dict[str, GroupSettings] = field(default_factory=dict)
    policies: dict[str, Shown] = field(default_factory=dict)
    destinations: dict[str, Shown] = field(default_factory=dict)
    tagged: dict[str, Tagged] = field(default_factory=dict)
    exports: dict[str, Shown] = field(default_factory=dict)
    scheduled: dict[str, ScheduledQuery] = field(default_factory=dict)
    tails: Sessions = field(default_factory=Sessions)


class Store(Protocol):
    """A place with log groups."""

    @property
    def account(self) -> str:
        """The account that asks."""
        ...

    @property
    def region(self) -> str:
        """The region that is asked."""
        ...

    @property
    def state(self) -> State:
        """What is remembered here."""
        ...

    def group_names(self) -> Sequence[str]:
        """Return the names of all groups."""
        ...

    def log_class(self, name: str) -> str:
        """Return the class of a group: STANDARD or another documented one."""
        ...

    def owns(self, account: str, region: str) -> bool:
        """Are the groups of this account and region here?"""
        ...

    def read(self, names: Sequence[str], read: Read) -> Any:  # noqa: ANN401 - as the read
        """Call a function with the events of some groups.

        Their ``locate`` answers ``<group>:<file or stream>`` for the path.

        Raises:
            ApiError: the function raises it, or a file of a group cannot be read.
        """
        ...


def arn(store: Store, name: str) -> str:
    """Return the ARN of one of the store's groups."""
    return group_arn(store.region, store.account, name)


def find_group(store: Store, identifier: str) -> str | None:
    """Return the name of the group that a name or an ARN identifies; None if the store does not have it."""
    found = identified(identifier)
    here = not found.account or store.owns(found.account, found.region)
    return found.name if here and found.name in store.group_names() else None
