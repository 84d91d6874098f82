"""A query as checks see it: its text, its tree, and the names that exist before each stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from io import BytesIO
from typing import TypeVar

from msgspec import structs

from flowlocal.checking.evidence import looks_like_flow_logs
from flowlocal.checking.unseen import AnyFields, AnyTables, without_sources
from flowlocal.compiler.registry import find
from flowlocal.compiler.scope import QueryContext
from flowlocal.engine import Meter, open_frame, parse, plan
from flowlocal.events import Events, ScanReport
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import Lexer, Token
from flowlocal.language.templates import MOST_CHARACTERS
from flowlocal.planning.frame import Frame
from flowlocal.sources import open_events
from flowlocal.sources.records import catalog

N = TypeVar("N", bound=tree.Node)

_VALUES = frozenset({"ingress", "egress", "tcp", "udp", "icmp", "accept", "reject"})
"""Words that are often meant as texts, in addition to words in capitals such as ``REJECT``."""
BOOLEANS = ("true", "false")
"""Words that are meant as values; another check reports them."""

_LONGEST = 3 * MOST_CHARACTERS
"""Maximum characters of a query that is studied; without its comments it may be as short as the service requires."""


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
        frames: the input of each stage, and the output of the last one.
        flow_logs: True if it is a query over flow logs.
    """

    text: str
    query: tree.Query
    frames: tuple[Frame, ...]
    flow_logs: bool

    @property
    def stages(self) -> tuple[tree.Stage, ...]:
        """The stages in the order in which they act, without those at the start that name log groups."""
        return self.frames[-1].stages

    @property
    def steps(self) -> Iterator[tuple[tree.Stage, Frame]]:
        """Each stage in the order in which they act, with its input frame."""
        return zip(self.stages, self.frames, strict=False)

    def nodes(self, kind: type[N]) -> Iterator[N]:
        """Yield all nodes of a kind, including those of subqueries."""
        return (node for node in self._nodes if isinstance(node, kind))

    @cached_property
    def _nodes(self) -> tuple[tree.Node, ...]:
        return tuple(tree.walk(self.query))  # once for all checks

    def calls(self, *names: str) -> Iterator[tree.Call]:
        """Yield all calls of functions, by the names in the documentation."""
        for call in self.nodes(tree.Call):
            function = find(call.function)
            if function is not None and function.name in names:
                yield call

    def first_token(self, span: Span | None = None) -> Token:
        """Return the first token of the query, or of a part of it."""
        return Lexer(self.text).token(span.start if span else 0)

    @cached_property
    def meant_as_texts(self) -> frozenset[int]:
        """The offsets of names in place of a value, such as `REJECT` without quotes."""
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
        discovered: the names of their fields, if not their own.

    Raises:
        MalformedQuery: the query cannot be planned.
    """
    start = open_frame(events, QueryContext(text, 0, 0, 0), ScanReport(), Meter())
    hooks = structs.replace(start.hooks, tables=AnyTables.of(query))
    names = start.names if discovered is None else structs.replace(start.names, discovered=discovered)
    start = structs.replace(start, hooks=hooks, names=names)
    try:
        return plan(without_sources(query), start)
    except MalformedQuery as error:
        error.text = text
        raise


def _frames(text: str, query: tree.Query) -> tuple[Frame, ...]:
    """Return the input of each stage, and the output of the last one, over events that may have any field.

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
        flow_logs: True if it is meant for flow logs; None to decide by its names.

    Raises:
        MalformedQuery: it is malformed, whatever the log contains.
    """
    if len(text) > _LONGEST:
        message = f"{len(text):,} characters, and the service takes {MOST_CHARACTERS:,}"
        raise MalformedQuery(message, Span(_LONGEST, len(text)), text=text)
    query = parse(text)
    subject = Subject(text, query, _frames(text, query), flow_logs=bool(flow_logs))
    if flow_logs or (flow_logs is None and looks_like_flow_logs(subject.fields)):
        _planned(text, query, _flow_logs())  # what is refused only over flow logs
        return replace(subject, flow_logs=True)
    return subject
