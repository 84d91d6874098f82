"""``pattern``."""

from __future__ import annotations

import polars as pl

from flowlocal.commands.pattern.mining import COUNT, PATTERN, SEVERITY, SHAPE, patterns, shape
from flowlocal.commands.sort import Sort
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import evaluate
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import PlanNames
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import no_aggregates
from flowlocal.values import Key, Number, Text

_SCHEMA = {PATTERN: pl.String(), "ratio": pl.Float64(), COUNT: pl.Int64(), SEVERITY: pl.String()}


@command(
    "pattern",
    dependency=Dependency.WHOLE,
    syntax="pattern FIELD\npattern EXPRESSION",
    examples=(
        "pattern @message | limit 3",
        'filter action = "REJECT" | pattern concat(srcAddr, " to port ", dstPort) | limit 3',
    ),
    source="documented; how messages are grouped decided",
)
class Pattern(Command, frozen=True):
    """Replace the events by the patterns of a text: what they share, with tokens in place of what varies.

    The columns are ``@pattern``; ``@ratio``, the share of the events that have it; ``@sampleCount``, their number; and
    ``@severityLabel``: ``ERROR`` if the pattern contains that word in any letter case, else ``WARN``, else ``INFO``.
    The most frequent pattern comes first. The command cannot directly follow ``sort``.

    Messages are grouped by a method of our own, so patterns differ from those of the service (decided). First, times,
    addresses, UUIDs, identifiers and numbers become tokens of their type: ``<IP-1>``, ``<Number-2>``. Then messages
    with the same punctuation are grouped if at least half of their words agree. A position with more than five
    different words becomes a ``<Token-N>``; up to five different words make a pattern each, so that ``ACCEPT`` and
    ``REJECT`` are different patterns. N counts the tokens of a pattern. Counts are exact, and the same events always
    have the same patterns. Only the first fifty words are compared, and of more than 10,000 different shapes the rarer
    ones keep their words.
    """

    subject: tree.Expression

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Pattern:
        """Parse ``pattern EXPRESSION``."""
        subject = parser.expression()
        end_of_stage(parser, "`|` and the next command")
        return cls(subject, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each pattern."""
        if frame.stages and isinstance(frame.stages[-1], Sort):
            raise MalformedQuery("pattern cannot follow `sort`", self.span, hint="move `sort` after `pattern`")
        frame = frame.count_matched()
        found = shapes(frame, self).map_batches(
            _table, schema=_SCHEMA, projection_pushdown=False, predicate_pushdown=False, slice_pushdown=False
        )
        names = {
            "@pattern": Text(pl.col(PATTERN)),
            "@ratio": Number.fraction(pl.col("ratio")),
            "@sampleCount": Number.whole(pl.col(COUNT)),
            "@severityLabel": Text(pl.col(SEVERITY)),
        }
        order = (Key(pl.col(COUNT), descending=True), Key(pl.col(PATTERN)))
        return frame.replaced_by(found, PlanNames(names), order, made_by="pattern")

    def __str__(self) -> str:
        return f"pattern {print_expression(self.subject)}"


def shapes(frame: Frame, stage: Pattern) -> pl.LazyFrame:
    """Return the number of events of a frame by shape; events without the text have no shape."""
    no_aggregates(frame, stage)
    value, frame = evaluate(frame, stage.subject)
    if value.structured:
        raise MalformedQuery("maps and lists have no patterns", stage.subject.span, hint="name one of their keys")
    lazy = frame.lazy.group_by(shape(value.text()).alias(SHAPE)).agg(frame.rows.size().cast(pl.Int64).alias(COUNT))
    return lazy.filter(pl.col(SHAPE).is_not_null())


def _table(found: pl.DataFrame) -> pl.DataFrame:
    table = patterns(found).group_by(PATTERN, SEVERITY, maintain_order=True).agg(pl.col(COUNT).sum())
    return table.select(PATTERN, (pl.col(COUNT) / pl.col(COUNT).sum()).alias("ratio"), COUNT, SEVERITY)
