"""A query as checks see it: its text, its tree, and the names that there are before each stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from io import BytesIO
from typing import TypeVar

from flowlocal.checking.evidence import looks_like_flow_logs
from flowlocal.checking.unseen import AnyFields, AnyTables, without_sources
from flowlocal.commands.frame import Frame
from flowlocal.engine import Meter, open_frame, parse, plan
from flowlocal.events import Events, ScanReport
from flowlocal.functions.registry import find
from flowlocal.functions.scope import QueryContext
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import Lexer, Token
from flowlocal.language.templates import MOST_CHARACTERS
from flowlocal.sources import catalog, open_events

N = TypeVar("N", bound=tree.Node)

_VALUES = frozenset({"ingress", "egress", "tcp", "udp", "icmp", "accept", "reject"})
"""What is often meant as a text, beside words in capitals such as ``REJECT``."""
BOOLEANS = ("true", "false")
"""Words that are meant as values, of which a check of its own says so."""

_LONGEST = 3 * MOST_CHARACTERS
"""Characters beyond which a query is not studied: without its comments, it might have as many as the service takes."""


@cache
def _no_events() -> Events:
    """Return opened logs without any event."""
    return open_events(["-"], stdin=BytesIO())


@cache
def _flow_logs() -> Events:
    """Return opened flow logs of one record, which has every field."""
    names = sorted(catalog.KNOWN)
    layout = " ".join(f"${{{name}}}" for name in names)
    return open_events(["-"], log_format=layout, stdin=BytesIO(b" ".join([b"-"] * len(names)) + b"\n"))


@dataclass(frozen=True)
class Subject:
    """A query that parses and can be planned.

    Attributes:
        text: the query.
        query: its tree.
        frames: what each stage gets, and what the last one makes.
        flow_logs: is it a query over flow logs?
    """

    text: str
    query: tree.Query
    frames: tuple[Frame, ...]
    flow_logs: bool

    @property
    def stages(self) -> tuple[tree.Stage, ...]:
        """The stages in the order in which they act, without those that name log groups at the start."""
        return self.frames[-1].stages

    @property
    def steps(self) -> Iterator[tuple[tree.Stage, Frame]]:
        """Each stage in the order in which they act, and the frame that it is given."""
        return zip(self.stages, self.frames, strict=False)

    def nodes(self, kind: type[N]) -> Iterator[N]:
        """All nodes of a kind, those of subqueries too."""
        return (node for node in tree.walk(self.query) if isinstance(node, kind))

    def calls(self, *names: str) -> Iterator[tree.Call]:
        """All calls of functions, by the names the documentation gives them."""
        for call in self.nodes(tree.Call):
            function = find(call.function)
            if function is not None and function.name in names:
                yield call

    def first_token(self, span: Span | None = None) -> Token:
        """The token with which the query, or a stretch of it, begins."""
        return Lexer(self.text).token(span.start if span else 0)

    @cached_property
    def meant_as_texts(self) -> frozenset[int]:
        """The offsets of names in the place of a value, such as `REJECT` without quotes."""
        rights = [each.right for each in self.nodes(tree.Comparison)]
        rights += [item for each in self.nodes(tree.In) for item in each.items]
        names = (each for each in rights if isinstance(each, tree.Name))
        return frozenset(each.span.start for each in names if each.name.isupper() or each.name in _VALUES)

    @property
    def fields(self) -> set[str]:
        """The names that are meant as fields of the events."""
        names = (each for each in self.nodes(tree.Name) if each.span.start not in self.meant_as_texts)
        return {each.name for each in names if each.name.lower() not in BOOLEANS} - self.defined

    @cached_property
    def defined(self) -> frozenset[str]:
        """Names that the query's own stages define."""
        return frozenset().union(*(frame.names.ephemeral for frame in self.frames))


def _planned(text: str, query: tree.Query, events: Events, discovered: frozenset[str] | None = None) -> Frame:
    """Plan a query over events.

    Args:
        text: the query.
        query: its tree.
        events: the events.
        discovered: the names that they are said to have, if not their own.

    Raises:
        MalformedQuery: the query cannot be planned.
    """
    start = open_frame(events, QueryContext(text, 0, 0, 0), ScanReport(), Meter())
    hooks = replace(start.hooks, tables=AnyTables.of(query))
    names = start.names if discovered is None else replace(start.names, discovered=discovered)
    start = replace(start, hooks=hooks, names=names)
    try:
        return plan(without_sources(query), start)
    except MalformedQuery as error:
        error.text = text
        raise


def _frames(text: str, query: tree.Query) -> tuple[Frame, ...]:
    """Return what each stage gets, and what the last one makes, over events that may have any field.

    Raises:
        MalformedQuery: the query cannot be planned.
    """
    frame: Frame | None = _planned(text, query, _no_events(), AnyFields())
    frames = list[Frame]()
    while frame is not None:
        frames.append(frame)
        frame = frame.before
    return tuple(reversed(frames))


def study(text: str, *, flow_logs: bool | None = None) -> Subject:
    """Parse and plan a query over no events.

    Args:
        text: the query.
        flow_logs: is it meant for flow logs? Where None, its names tell.

    Raises:
        MalformedQuery: it is none, whatever the log holds.
    """
    if len(text) > _LONGEST:
        message = f"{len(text):,} characters, and the service takes {MOST_CHARACTERS:,}"
        raise MalformedQuery(message, Span(_LONGEST, len(text)), text=text)
    query = parse(text)
    subject = Subject(text, query, _frames(text, query), flow_logs=bool(flow_logs))
    if flow_logs or (flow_logs is None and looks_like_flow_logs(subject.fields)):
        _planned(text, query, _flow_logs())  # what is refused over flow logs alone
        return replace(subject, flow_logs=True)
    return subject
