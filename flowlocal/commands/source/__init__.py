"""``SOURCE``."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from msgspec.structs import replace

from flowlocal.commands.source.forms import GroupSelector, NamedGroup, Range, read_groups, read_range
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.language.parser import Parser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command


@command(
    "SOURCE",
    dependency=Dependency.NARROW,
    syntax=(
        'SOURCE "LOG GROUP" [| SOURCE "LOG GROUP"] ...\n'
        'SOURCE logGroups(namePrefix: ["PREFIX", ...], accountIdentifiers: ["ACCOUNT", ...])\n'
        'SOURCE dataSource(["amazon_vpc.flow"]) [logGroups(...)]\n'
        "SOURCE LOG GROUP [start=TIME] [end=TIME]"
    ),
    examples=(
        "SOURCE dataSource(['amazon_vpc.flow']) | stats count(*) by action",
        "SOURCE logGroups() | stats count(*) by @log",
    ),
    source="documented; times as in the sample of logcompare, the rest of times decided",
)
class SourceStage(Command, frozen=True):
    """Select the loaded log groups that the query reads (default: all).

    It is only allowed at the start of a query or a subquery. Several in a row, as dashboards write them, add up. Groups
    are loaded with ``--log-group NAME=PATH`` on the command line and ``scan({"NAME": "PATH", ...})`` in Python. They
    are selected by name or ARN, by prefixes of their names, or by the accounts of their events. A group that was not
    loaded is an error. If a single group was loaded without a name, any name selects it (decided).

    ``dataSource`` accepts only ``amazon_vpc.flow``, the data source of every group here. Tags and classes of log groups
    are known to the service only, so ``logGroupTags`` and ``class`` are refused.

    ``start`` and ``end`` narrow the time range of the query: epoch seconds or milliseconds, a duration before now such
    as ``-1d``, or ``now``.
    """

    groups: tuple[GroupSelector, ...]
    range: Range
    first: ClassVar[bool] = True

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> SourceStage:
        """Parse ``SOURCE GROUPS [start=TIME] [end=TIME] [| SOURCE GROUPS] …``."""
        groups = [read_groups(parser)]
        span = read_range(parser)
        while _at_another(parser):
            parser.expect("|")
            parser.next()
            groups.append(read_groups(parser))
            span = read_range(parser) if span == Range() else span
        end_of_stage(parser, "`start=`, `end=`, or `|` and the next command")
        return cls(tuple(groups), span, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the events of the groups in the time range."""
        log = frame.field("@log", self.span).text()
        self._check_one(frame)
        conditions = [groups.condition(log, frame.hooks.log_groups) for groups in self.groups]
        meant = [condition for condition in conditions if condition is not None]
        frame = frame.filter(pl.any_horizontal(meant)) if len(meant) == len(conditions) else frame
        return _within(frame, *self.range.bounds(frame.query.now))

    def _check_one(self, frame: Frame) -> None:
        """Refuse a second name for the only group, which has none of its own."""
        called = frame.query.called
        called |= {groups.group for groups in self.groups if isinstance(groups, NamedGroup)}
        if frame.hooks.log_groups.unnamed and len(called) > 1:
            listed = " and ".join(sorted(called))
            raise MalformedQuery(
                f"the query names the log groups {listed}, and one group was loaded, without a name",
                self.span,
                hint="load each with its name: `--log-group NAME=PATH`",
            )

    @property
    def looks_back(self) -> bool:
        """True if the stage names a range of its own."""
        return self.range.start is not None

    def in_any_range(self) -> SourceStage:
        """Return the same groups without their range."""
        return replace(self, range=Range())

    def __str__(self) -> str:
        first, *others = self.groups
        return " | ".join([f"SOURCE {first}{self.range}", *(f"SOURCE {each}" for each in others)])


def _at_another(parser: Parser) -> bool:
    """Return True if another ``SOURCE`` follows after a pipe."""
    token = parser.peek()
    if token.kind is not TokenKind.OPERATOR or token.value != "|":
        return False
    following = parser.lexer.token(token.span.end)
    return following.kind is TokenKind.NAME and following.value.lower() == "source"


def _within(frame: Frame, start: int | None, end: int | None) -> Frame:
    """Return the events in a time range, which narrows that of the query."""
    whole = frame.query
    first = max((each for each in (whole.start, start) if each is not None), default=None)
    last = min((each for each in (whole.end, end) if each is not None), default=None)
    frame = replace(frame, query=replace(whole, start=first, end=last))
    time = frame.timestamp(tree.NOWHERE).milliseconds
    frame = frame if start is None else frame.filter(time >= start)
    return frame if end is None else frame.filter(time <= end)
