"""Events that lie in memory, as the operations hand them to the sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flowlocal.events import Events
from flowlocal.sources.memory import events_of_batches
from flowlocal.sources.reading.batch import Batch


@dataclass(frozen=True)
class Columns:
    """The events of one log stream, in the order in which they are stored.

    Attributes:
        timestamps: epoch milliseconds.
        messages: the messages.
        ingested: epoch milliseconds at which the events came in.
    """

    timestamps: Sequence[int]
    messages: Sequence[str]
    ingested: Sequence[int]


def events_of(group: str, owner: str, streams: Mapping[str, Columns]) -> Events:
    """Return the events of a log group; ``locate`` returns ``<group>:<stream>`` and the number of the event.

    Args:
        group: the name of the group.
        owner: the account that owns it.
        streams: its streams by name; what is in them must not change any more.
    """
    columns = streams or {"": Columns([], [], [])}
    return events_of_batches({f"{group}:{name}": _batch(group, owner, name, each) for name, each in columns.items()})


def _batch(group: str, owner: str, stream: str, columns: Columns) -> Batch:
    count = len(columns.messages)
    return Batch(
        group, owner, list(columns.messages), list(columns.timestamps), [stream] * count, list(columns.ingested)
    )
