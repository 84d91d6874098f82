"""``estimate``."""

from __future__ import annotations

import polars as pl
from msgspec.structs import replace

from flowlocal.commands.source import SourceStage
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import PlanNames
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.values import Number

_BYTES = "estimatedBytes"
_LINE_END = 1


@command(
    "estimate",
    dependency=Dependency.WHOLE,
    syntax="estimate",
    examples=('filter @message like "REJECT" | estimate',),
    source="documented; the column decided",
)
class Estimate(Command, frozen=True):
    """Estimate how many bytes the query would scan, without running it: the column ``estimatedBytes`` (decided).

    That is the length of all messages in the time range with their line ends, whatever the stages before select: the
    service reads, and bills, also what its filters drop. No other stage is allowed after it (recorded).
    """

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Estimate:
        """Parse ``estimate``."""
        end_of_stage(parser, "the end of the query")
        parser.only_before(hint="`estimate` ends a query; remove what follows")
        return cls(span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row."""
        groups = tuple(stage for stage in frame.stages[:1] if isinstance(stage, SourceStage))
        every = frame.hooks.run(tree.Query(groups), frame.query)
        size = (every.values["@message"].text().str.len_bytes().cast(pl.Int64) + _LINE_END).sum()
        names = PlanNames({_BYTES: Number.whole(pl.col(_BYTES))})
        made = every.replaced_by(every.lazy.select(size.alias(_BYTES)), names, (), made_by="estimate")
        return replace(made, rows=replace(made.rows, counted=True))

    def __str__(self) -> str:
        return "estimate"
