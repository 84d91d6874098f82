"""``accum``."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.values import Number
from flowlocal.values.number import INT64_MAX, finite


@command(
    "accum",
    dependency=Dependency.WHOLE,
    syntax="accum FIELD [as NAME]",
    examples=(
        'filter dstAddr = "192.0.2.44" | fields @timestamp, bytes | sort @timestamp | accum bytes as sent | limit 3',
    ),
    source="documented; the name of the column decided",
)
class Accum(Command, frozen=True):
    """Add up a field from the first row to the last, in the order of the rows.

    The column is called ``FIELD_accum`` unless it is given a name (decided). A row in which the field is missing or not
    a number adds nothing and has no total (decided).
    """

    field: tree.Name
    alias: str | None = None

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Accum:
        """Parse ``accum FIELD [as NAME]``."""
        field = parser.field()
        alias = parser.name("a name for the column").value if parser.accept_word("as") else None
        end_of_stage(parser, "`as` and a name, or `|` and the next command")
        return cls(field, alias, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with one more column."""
        name = self.alias or f"{self.field.name}_accum"
        frame.check_new(name, self.span)
        frame, _number = frame.numbered()
        total = _running(frame.field(self.field.name, self.field.span).number())
        return frame.define(name, total).show([name])

    def __str__(self) -> str:
        alias = f" as {print_name(self.alias)}" if self.alias is not None else ""
        return f"accum {print_name(self.field.name)}{alias}"


def _running(number: Number) -> Number:
    """Return the running sum: exact as long as it is a whole number that fits in 64 bits, else a double."""
    whole, real = pl.lit(0, pl.Int128), pl.lit(0.0)
    if number.integer is not None:
        whole = number.integer.cast(pl.Int128).fill_null(0).cum_sum()
    if number.real is not None:
        real = number.parts["real"].fill_null(0.0).cum_sum()
    present = number.present()
    exact = pl.when(present & (real == 0) & (whole.abs() <= INT64_MAX)).then(whole).cast(pl.Int64, strict=False)
    return Number(exact, finite(pl.when(present).then(whole.cast(pl.Float64) + real)))
