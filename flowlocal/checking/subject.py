"""A query as checks see it: its text, its tree, and the names that there are before each stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from io import BytesIO
from typing import TypeVar

from flowlocal.checking.unseen import AnyFields, AnyTables, without_sources
from flowlocal.commands.frame import Frame
from flowlocal.engine import Meter, open_frame, parse, plan
from flowlocal.events import Events, ScanReport
from flowlocal.functions.registry import find
from flowlocal.functions.scope import Circumstances
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import Lexer, Token
from flowlocal.language.templates import MOST_CHARACTERS
from flowlocal.sources import catalog, open_events

N = TypeVar("N", bound=tree.Node)

_GENERIC = frozenset({"version", "action", "bytes", "packets", "protocol", "start", "end", "type", "region"})
"""Fields of flow logs whose names many other logs use as well."""


_LONGEST = 3 * MOST_CHARACTERS
"""Characters beyond which a query is not studied: without its comments, it might have as many as the service takes."""


@cache
def insights_names() -> tuple[str, ...]:
    """The names of the fields of VPC and Transit Gateway flow logs, as queries know them."""
    return tuple(sorted(set(map(catalog.insights_name, catalog.KNOWN))))


@cache
def flow_log_names() -> frozenset[str]:
    """Every name by which a query may know a field of flow logs: also as the log spells it."""
    return frozenset(catalog.KNOWN) | frozenset(insights_names())


@cache
def _distinctive() -> frozenset[str]:
    common = _GENERIC | {"accountId", "startTime", "endTime"}
    return flow_log_names() - common


@cache
def _no_events() -> Events:
    """Opened logs without any event."""
    return open_events(["-"], stdin=BytesIO())


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
    def defined(self) -> frozenset[str]:
        """Names that the query's own stages define."""
        return frozenset().union(*(frame.ephemeral for frame in self.frames))


def _frames(text: str, query: tree.Query) -> tuple[Frame, ...]:
    """What each stage gets, and what the last one makes, over events that may have any field.

    Raises:
        MalformedQuery: the query cannot be planned.
    """
    start = open_frame(_no_events(), Circumstances(text, 0, 0, 0), ScanReport(), Meter())
    hooks = replace(start.hooks, tables=AnyTables.of(query))
    start = replace(start, hooks=hooks, discovered=AnyFields())
    frame: Frame | None = plan(without_sources(query), start)
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
    try:
        frames = _frames(text, query)
    except MalformedQuery as error:
        error.text = text
        raise
    subject = Subject(text, query, frames, flow_logs=bool(flow_logs))
    if flow_logs is None and _looks_like_flow_logs(subject):
        subject = Subject(text, query, frames, flow_logs=True)
    return subject


def _looks_like_flow_logs(subject: Subject) -> bool:
    named = {node.name for node in subject.nodes(tree.Name)}
    return bool((named - subject.defined) & _distinctive())
