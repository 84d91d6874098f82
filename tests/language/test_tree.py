"""Nodes of the syntax tree are values: what they are equal to, and how they are shown."""

from __future__ import annotations

import copy
import pickle

import pytest
from msgspec.structs import replace

from flowlocal.commands.stats import Stats
from flowlocal.language.errors import Span
from flowlocal.language.tree import Call, Item, Name, Node, Regex, String

COUNT = Call("count", (Name("x"),))
PAIRS = [
    (Name("x"), Name("x", span=Span(1, 2))),
    (COUNT, Call("count", (Name("x", span=Span(6, 7)),), Span(0, 5), span=Span(0, 8))),
    (Item(COUNT, "n", True), Item(COUNT, "n", True, Span(9, 10))),
    (Stats((Item(COUNT, "n", True),)), Stats((Item(COUNT, "n", True),), bare=True)),
]
"""Nodes that differ only in how they were written."""


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_how_it_was_written_does_not_count(one: Node, other: Node) -> None:
    """Nodes with the same content are equal, have the same hash, and look alike."""
    assert one == other
    assert not one != other  # noqa: SIM202 - another method
    assert {one: 1}[other] == 1
    assert repr(one) == repr(other)


@pytest.mark.parametrize("other", [Name("y"), String("x"), Regex("x"), "x"])
def test_the_content_and_the_class_count(other: object) -> None:
    """Nodes with other content or of another class are not equal."""
    assert Name("x") != other
    assert not Name("x") == other  # noqa: SIM201 - another method


def test_repr_shows_the_content() -> None:
    """The fields that count are shown."""
    assert repr(COUNT) == "Call(function='count', arguments=(Name(name='x'),))"


def test_copies_keep_the_position() -> None:
    """A node that was replaced, copied or pickled is where it was."""
    node = Name("x", span=Span(1, 2))
    copies = [replace(node, name="x"), copy.copy(node), copy.deepcopy(node), pickle.loads(pickle.dumps(node))]
    assert [(each, each.span) for each in copies] == [(node, Span(1, 2))] * 4


def test_nodes_are_frozen() -> None:
    """No node is changed."""
    with pytest.raises(AttributeError):
        Name("x").name = "y"  # type: ignore[misc]
