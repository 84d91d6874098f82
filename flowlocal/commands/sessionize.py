"""``sessionize``."""

from __future__ import annotations

import polars as pl

from flowlocal.compiler.periods import period_milliseconds
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression, print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.values import Number

_HALF_AN_HOUR = tree.Duration(30, "m")


@command(
    "sessionize",
    dependency=Dependency.WHOLE,
    syntax="sessionize FIELD, ... [maxspan PERIOD] [as NAME]",
    examples=(
        "filter dstPort = 22 | sessionize srcAddr, dstAddr maxspan 1h as visit"
        " | stats count(*) as flows by srcAddr, dstAddr, visit | sort flows desc | limit 3",
    ),
    source="documented; the numbers decided",
)
class Sessionize(Command, frozen=True):
    """Number the sessions of events: a session ends if nothing happens for longer than ``maxspan``.

    Events with equal fields share sessions. The default of ``maxspan`` is 30 minutes, that of the name ``session_id``.
    Sessions are numbered from 1 in the order in which they begin, whatever the order of the rows; an event in which one
    of the fields or the time is missing belongs to no session (decided).
    """

    fields: tuple[tree.Name, ...]
    maxspan: tree.Duration = _HALF_AN_HOUR
    alias: str = "session_id"

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Sessionize:
        """Parse ``sessionize FIELD, … [maxspan PERIOD] [as NAME]``."""
        fields = parser.separated(parser.field)
        maxspan = parser.period("a duration such as `30m`") if parser.accept_word("maxspan") else _HALF_AN_HOUR
        alias = parser.name("a name for the column").value if parser.accept_word("as") else "session_id"
        end_of_stage(parser, "`,` and another field, `maxspan` and a period, `as` and a name, or `|`")
        return cls(fields, maxspan, alias, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with one more column."""
        frame.check_new(self.alias, self.span)
        gap = period_milliseconds(self.maxspan)
        frame, number = frame.numbered()
        time, present = frame.timestamp(self.span).milliseconds, list[pl.Expr]()
        keys = list[pl.Expr]()
        for name in self.fields:
            value = frame.field(name.name, name.span)
            if value.structured:
                raise MalformedQuery("maps and lists make no sessions", name.span)
            key, frame = frame.hold(value, "session")
            present.append(key.present())
            keys += list(key.keys().values())
        whole = pl.all_horizontal(*present, time.is_not_null())
        column = frame.query.fresh(self.alias)
        lazy = _number_sessions(frame.lazy, keys, time=time, whole=whole, number=number, gap=gap, column=column)
        made = Number.whole(pl.when(whole).then(pl.col(column)))
        return frame.with_lazy(lazy).define(self.alias, made).show([self.alias])

    def __str__(self) -> str:
        fields = ", ".join(print_name(field.name) for field in self.fields)
        return f"sessionize {fields} maxspan {print_expression(self.maxspan)} as {print_name(self.alias)}"


def _number_sessions(
    lazy: pl.LazyFrame,
    keys: list[pl.Expr],
    *,
    time: pl.Expr,
    whole: pl.Expr,
    number: pl.Expr,
    gap: int,
    column: str,
) -> pl.LazyFrame:
    """Return the rows with the number of their session: sessions are found for each key, then numbered by start."""
    lazy = lazy.sort([~whole, *keys, time, number])
    begins = [key.ne_missing(key.shift()) for key in [*keys, whole]]
    session = pl.any_horizontal(*begins, (time - time.shift() > gap).fill_null(value=False)).cast(pl.Int64).cum_sum()
    lazy = lazy.with_columns(session.alias(column))
    lazy = lazy.with_columns(
        time.first().over(column).alias(f"{column}.time"), number.first().over(column).alias(f"{column}.row")
    )
    lazy = lazy.sort([~whole, pl.col(f"{column}.time"), pl.col(f"{column}.row")], maintain_order=True)
    return lazy.with_columns(pl.col(column).ne_missing(pl.col(column).shift()).cast(pl.Int64).cum_sum())
