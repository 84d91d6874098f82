"""``relevantfields``."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression, print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import evaluate
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import PlanNames
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import no_aggregates, quoted
from flowlocal.values import Key, Number, Text

_PASSED_OVER = ("@ptr", "@message", "@timestamp", "@ingestionTime")
_SHOWN = 3
_REFUSED = "Query cannot be compiled"
_SCHEMA = {
    "field": pl.String(),
    "score": pl.Float64(),
    "top": pl.String(),
    "median": pl.Float64(),
    "baseline": pl.Float64(),
}


@command(
    "relevantfields",
    dependency=Dependency.WHOLE,
    syntax="relevantfields [FIELD, ...] where CONDITION",
    examples=(
        'relevantfields where action = "REJECT" | limit 3',
        "relevantfields srcAddr, dstAddr, bytes where dstPort = 22",
    ),
    source="documented; how the score is computed decided",
)
class Relevantfields(Command, frozen=True):
    """Find the fields whose values differ most between events that meet a condition and other events.

    The columns are ``@fieldName``; ``@relevanceScore`` from 0 (alike) to 1 (nothing in common), the largest first;
    ``@topRelevanceContributors`` for texts: up to three values whose share differs most, each with its share among the
    events that meet the condition and among the others; ``@conditionalMedian`` and ``@baselineMedian`` for numbers: the
    medians of both sides, by nearest rank. Without a list, all fields are compared except times, the message and those
    in the condition (decided).

    The score is our own (decided): for texts half the sum of the differences between the shares of each value, for
    numbers the largest difference between the shares of values up to a number. A field is numeric if all of its values
    except ``-`` are numbers. Few events make high scores by chance. If one side has no event with a value, the field
    has no row. Names that an earlier stage defined cannot be compared (recorded).
    """

    fields: tuple[tree.Name, ...]
    condition: tree.Expression

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Relevantfields:
        """Parse ``relevantfields [FIELD, …] where CONDITION``."""
        fields = () if parser.at_word("where") else parser.separated(lambda: parser.field("a field, or `where`"))
        parser.expect_word("where")
        met = parser.expression()
        end_of_stage(parser, "`and`, `or`, a comparison, or `|` and the next command")
        return cls(fields, met, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each field."""
        self._check(frame)
        met, frame = evaluate(frame.count_matched(), self.condition)
        values = {name: frame.field(name, self.span) for name in self._names(frame)}
        assert frame.rows.row is not None  # noqa: S101 - they are events
        columns = [value.text().alias(name) for name, value in values.items() if not value.structured]
        table = frame.lazy.select(met.condition().alias("\0met"), frame.rows.row.alias("\0row"), *columns)
        counts = table.unpivot(index=["\0met", "\0row"], variable_name="field", value_name="value")
        groups = counts.filter(pl.col("value").is_not_null()).group_by("field", "value")
        counted = groups.agg(pl.col("\0met").sum().cast(pl.Int64).alias("met"), pl.col("\0row").count().alias("all"))
        found = counted.map_batches(
            _scores, schema=_SCHEMA, projection_pushdown=False, predicate_pushdown=False, slice_pushdown=False
        )
        names = {
            "@fieldName": Text(pl.col("field")),
            "@relevanceScore": Number.fraction(pl.col("score")),
            "@topRelevanceContributors": Text(pl.col("top")),
            "@conditionalMedian": Number.fraction(pl.col("median")),
            "@baselineMedian": Number.fraction(pl.col("baseline")),
        }
        order = (Key(pl.col("score"), descending=True), Key(pl.col("field")))
        return frame.replaced_by(found, PlanNames(names), order, made_by="relevantfields")

    def _check(self, frame: Frame) -> None:
        if not frame.rows.events:
            raise MalformedQuery("relevantfields compares events, and a stage before has replaced them", self.span)
        no_aggregates(frame, self)
        for node in tree.walk(self):
            if isinstance(node, tree.Name) and node.name in frame.names.ephemeral:
                raise MalformedQuery(
                    _REFUSED,
                    node.span,
                    hint=f"{quoted(node.name)} is made by an earlier stage; name fields of the events, as in"
                    " `relevantfields srcAddr where …`",
                    service=_REFUSED,
                )

    def _names(self, frame: Frame) -> tuple[str, ...]:
        if self.fields:
            return tuple(dict.fromkeys(field.name for field in self.fields))
        used = {frame.names.canonical(node.name) for node in tree.walk(self) if isinstance(node, tree.Name)}
        passed_over = used | frame.names.ephemeral | set(_PASSED_OVER)
        return tuple(name for name in frame.values if name not in passed_over)

    def __str__(self) -> str:
        listed = ", ".join(print_name(field.name) for field in self.fields)
        return f"relevantfields {listed}{' ' if listed else ''}where {print_expression(self.condition)}"


def _scores(counts: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each field that has values on both sides, from the counts of each value."""
    rows = [_score(field, table) for (field,), table in counts.group_by("field", maintain_order=True)]
    return pl.DataFrame([row for row in rows if row is not None], schema=_SCHEMA, orient="row")


def _score(field: object, table: pl.DataFrame) -> tuple[object, ...] | None:
    table = table.with_columns((pl.col("all") - pl.col("met")).alias("rest"))
    table = table.with_columns(_number(pl.col("value")).alias("number"))
    words = table.filter(pl.col("number").is_null() & (pl.col("value") != "-"))
    numeric = words.is_empty() and table["number"].is_not_null().any()
    table = table.filter(pl.col("number").is_not_null()) if numeric else table
    if not table["met"].sum() or not table["rest"].sum():
        return None
    return (field, *(_of_numbers(table) if numeric else _of_words(table)))


def _number(text: pl.Expr) -> pl.Expr:
    plain = ~text.str.contains("[A-Za-z]")
    return pl.when(plain).then(text.cast(pl.Float64, strict=False))


def _of_numbers(table: pl.DataFrame) -> tuple[float, None, float, float]:
    sums = table.group_by("number").agg(pl.col("met", "rest").sum()).sort("number")
    shares = sums.select(pl.col("met", "rest").cum_sum() / pl.col("met", "rest").sum())
    score = (shares["met"] - shares["rest"]).abs().max()
    assert isinstance(score, float)  # noqa: S101 - there is a row
    return score, None, _median(sums, "met"), _median(sums, "rest")


def _median(sums: pl.DataFrame, side: str) -> float:
    reached = pl.col(side).cum_sum() * 2 >= pl.col(side).sum()
    return float(sums.filter(reached)["number"][0])


def _of_words(table: pl.DataFrame) -> tuple[float, str, None, None]:
    shares = table.with_columns(pl.col("met", "rest") / pl.col("met", "rest").sum())
    shares = shares.with_columns((pl.col("met") - pl.col("rest")).abs().alias("shift"))
    top = shares.sort("shift", "value", descending=[True, False]).head(_SHOWN)
    shown = [f"{value} ({_percent(met)} / {_percent(rest)})" for value, met, rest in top["value", "met", "rest"].rows()]
    return float(shares["shift"].sum()) / 2, ", ".join(shown), None, None


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + "%"
