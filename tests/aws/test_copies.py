"""Groups in other processes: after any changes, and however often they are sent, they have the same events."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from flowlocal.aws.copies import Additions, Copies, Sent
from flowlocal.aws.local_groups import WrittenGroup
from flowlocal.aws.records import Columns

STREAMS = st.sampled_from("abc")
CHANGES = st.lists(st.tuples(st.sampled_from(["create", "put", "forget", "send", "other group"]), STREAMS), max_size=30)


def change(group: WrittenGroup, kind: str, stream: str, number: int) -> None:
    """Create a stream, write an event to it, or delete it, if that can be done."""
    if kind == "create":
        group.create(stream)
    elif kind == "put" and stream in group.streams:
        group.put(group.streams[stream], Columns([number], [f"event {number}"], [number]), 1)
    elif kind == "forget" and stream in group.streams:
        group.forget(stream)


def events(group: WrittenGroup) -> dict[str, list[str]]:
    """Return the messages of a group by stream."""
    return {name: stream.messages for name, stream in group.streams.items()}


@given(CHANGES)
def test_copies(changes: list[tuple[str, str]]) -> None:
    """The copy has the streams of the group in order, with their events."""
    group, sent, copies = WrittenGroup("g", "1"), Sent(), Copies()
    for number, (kind, stream) in enumerate([*changes, ("send", "")]):
        if kind == "other group":  # deleted, and made again by the same name
            group = WrittenGroup("g", "1")
        elif kind == "send":
            copy = copies.group(pickle.loads(pickle.dumps(sent.change(group))))
            assert isinstance(copy, WrittenGroup)
            assert list(events(copy).items()) == list(events(group).items())
        else:
            change(group, kind, stream, number)


def test_only_what_is_new_is_sent() -> None:
    """What a process has is not sent again."""
    group, sent = WrittenGroup("g", "1"), Sent()
    for number in range(3):
        group.create("a")
        change(group, "put", "a", number)
        added = sent.change(group)
        assert isinstance(added, Additions)
        assert [columns.messages for columns in added.streams.values()] == [[f"event {number}"]]
