"""``outlier``."""

from __future__ import annotations

from typing import Any

import polars as pl

from flowlocal.language import tree
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import one_of, read_options, true_or_false
from flowlocal.planning.registry import Command, command
from flowlocal.values import Boolean, Number, Text, Value
from flowlocal.values.number import INT64_MAX, finite
from flowlocal.values.printing import real_text


@command(
    "outlier",
    dependency=Dependency.WHOLE,
    syntax="outlier [action=remove|transform] [param=NUMBER] [uselower=true|false] [mark=true|false] FIELD FIELD ...",
    examples=(
        "stats sum(bytes) as total by bin(1h) as hour | outlier mark=true total | sort total desc | limit 3",
        "fields @timestamp, bytes | outlier action=remove param=3 bytes | sort bytes desc | limit 3",
    ),
    source="documented; quartiles and the marks decided",
)
class Outlier(Command, frozen=True):
    """Find values that are far from the others, and move them to the bound (``transform``) or remove their rows.

    A value is an outlier if it exceeds the upper quartile by more than ``param`` (default: 2.5) times the distance
    between the quartiles; with ``uselower=true`` also if it is that far below the lower quartile. The quartiles are
    values of the field itself, by nearest rank over all rows (decided). ``mark=true`` adds a column ``FIELD_outlier``
    that is 1 for outliers and else 0 (decided). A value that is missing or not a number remains as it is.

    Fields are separated by blanks, without commas.
    """

    fields: tuple[tree.Name, ...]
    action: str = "transform"
    param: int | float = 2.5
    uselower: bool = False
    mark: bool = False

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Outlier:
        """Parse ``outlier [OPTION=VALUE …] FIELD …``."""
        readers = {
            "action": lambda: one_of(parser, "remove", "transform"),
            "param": lambda: _factor(parser),
            "uselower": lambda: true_or_false(parser),
            "mark": lambda: true_or_false(parser),
        }
        options: dict[str, Any] = read_options(parser, readers)
        fields = [parser.field("a field, or an option such as `mark=true`")]
        while not parser.at_stage_end():
            fields.append(parser.field("another field after a blank, or `|` and the next command"))
        return cls(tuple(fields), **options, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return rows with other values, or fewer rows."""
        outside: list[pl.Expr] = []
        for field in dict.fromkeys(self.fields):
            frame, far = self._one(frame, field)
            outside.append(far)
        return frame.filter(~pl.any_horizontal(outside)) if self.action == "remove" else frame

    def _one(self, frame: Frame, field: tree.Name) -> tuple[Frame, pl.Expr]:
        """Return the frame after one field, and a Boolean column: True for its outliers."""
        value, frame = frame.hold(frame.field(field.name, field.span), field.name)
        real = value.number().as_real()
        low, high = (real.quantile(share, interpolation="equiprobable") for share in (0.25, 0.75))
        distance = (high - low) * self.param
        above = (real > high + distance).fill_null(value=False)
        below = (real < low - distance).fill_null(value=False) if self.uselower else pl.lit(value=False)
        flag, bound = (frame.query.fresh(f"{field.name}.{part}") for part in ("outlier", "bound"))
        limit = pl.when(above).then(high + distance).when(below).then(low - distance)
        frame = frame.with_lazy(frame.lazy.with_columns((above | below).alias(flag), limit.alias(bound)))
        if self.action == "transform":
            frame = frame.name({field.name: _moved(value, pl.col(bound))})
        return self._marked(frame, field, pl.col(flag)), pl.col(flag)

    def _marked(self, frame: Frame, field: tree.Name, flag: pl.Expr) -> Frame:
        if not self.mark:
            return frame
        name = f"{field.name}_outlier"
        frame.check_new(name, field.span)
        return frame.define(name, Boolean(flag)).show([name])

    def __str__(self) -> str:
        options = f"action={self.action} param={self.param} uselower={_word(self.uselower)} mark={_word(self.mark)}"
        return " ".join(["outlier", options, *(print_name(field.name) for field in self.fields)])


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _factor(parser: Parser) -> int | float:
    token = parser.peek()
    if token.kind is not TokenKind.NUMBER or len(token.value) > 20:
        raise parser.unexpected(expected="a number such as `2.5`")
    parser.next()
    return int(token.value) if token.value.isdecimal() else float(token.value)


def _moved(value: Value, bound: pl.Expr) -> Value:
    """Return a value that is replaced by the bound in rows that have one."""
    if not isinstance(value, Number):
        return Text(pl.when(bound.is_null()).then(value.text()).otherwise(real_text(bound)))
    whole = pl.when(bound.is_finite() & (bound.abs() < INT64_MAX) & (bound == bound.round())).then(bound)
    integer = value.integer if value.integer is not None else pl.lit(None, pl.Int64)
    real = finite(pl.when(bound.is_null()).then(value.as_real()).otherwise(bound))
    return Number(pl.when(bound.is_null()).then(integer.cast(pl.Int64)).otherwise(whole.cast(pl.Int64)), real)
