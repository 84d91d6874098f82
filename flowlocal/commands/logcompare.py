"""``logcompare``."""

from __future__ import annotations

from flowlocal.commands.pattern import Pattern, shapes
from flowlocal.commands.pattern.comparing import compared, shifted, time_range
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command

_MESSAGES = Pattern(tree.Name("@message"))


@command(
    "logcompare",
    dependency=Dependency.WHOLE,
    syntax="logcompare timeshift PERIOD",
    examples=("logcompare timeshift 12h | limit 3",),
    source="documented; the columns decided",
    looks_back=True,
)
class Logcompare(Command, frozen=True):
    """Compare the query's time range with an earlier one of equal length, such as the same day a week ago.

    It is ``pattern @message | diff`` with a shift of your own: see ``diff`` for the comparison and the columns
    (decided; the documentation does not show what the service answers). Shifts of months, quarters and years follow the
    calendar. The query needs a time range that has a start.
    """

    timeshift: tree.Duration

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Logcompare:
        """Parse ``logcompare timeshift PERIOD``."""
        parser.expect_word("timeshift")
        period = parser.period("a duration such as `7d`")
        if int(period.amount) != period.amount or not 1 <= period.amount <= 1_000_000:
            raise MalformedQuery("a duration must be a whole number of units, 1 or more", period.span)
        end_of_stage(parser, "`|` and the next command")
        return cls(period, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each pattern."""
        if not frame.rows.events:
            raise MalformedQuery("logcompare compares events, and a stage before has replaced them", self.span)
        times = shifted(time_range(frame.query, "logcompare", self.span), self.timeshift)
        before = frame.hooks.over(tree.Query(frame.stages), *times)
        now = shapes(frame.count_matched(), _MESSAGES)
        return compared(frame, now, shapes(before, _MESSAGES), made_by="logcompare")

    def __str__(self) -> str:
        return f"logcompare timeshift {print_expression(self.timeshift)}"
