"""``addtotals``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import polars as pl
from msgspec.structs import replace

from flowlocal.functions.aggregates import sum_
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import PlanNames
from flowlocal.planning.options import end_of_stage, read_options, true_or_false
from flowlocal.planning.registry import Command, command
from flowlocal.values import Key, Number, Text, Timestamp, Value
from flowlocal.values.arithmetic import add


@command(
    "addtotals",
    dependency=Dependency.NARROW,
    syntax="addtotals [fieldname=NAME] [row=true|false] [col=true|false] [FIELD, ...]",
    examples=(
        "stats sum(bytes) as total, sum(packets) as count by action | addtotals row=false col=true total, count",
        'stats sum(action = "ACCEPT") as accepted, sum(action = "REJECT") as rejected by bin(6h)'
        " | addtotals fieldname=flows",
    ),
    source="documented; which columns are summed decided",
)
class Addtotals(Command, frozen=True):
    """Add the sum of each row as a column, and with ``col=true`` the sum of each column as a last row.

    The named fields are summed; if none is named, all columns of the result that contain numbers. Group keys that are
    numbers are among them, so name the fields if keys should not count (decided). Times are not summed. The column is
    called ``Total`` unless ``fieldname`` is given, and is missing in a row that has nothing to sum. With ``col=true``
    the named fields are shown (decided).
    """

    fields: tuple[tree.Name, ...] = ()
    fieldname: str = "Total"
    row: bool = True
    col: bool = False

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Addtotals:
        """Parse ``addtotals [OPTION=VALUE …] [FIELD, …]``."""
        readers = {
            "fieldname": lambda: parser.name("a name for the column").value,
            "row": lambda: true_or_false(parser),
            "col": lambda: true_or_false(parser),
        }
        options: dict[str, Any] = read_options(parser, readers)
        fields = () if parser.at_stage_end() else parser.separated(parser.field)
        end_of_stage(parser, "`,` and another field, or `|` and the next command")
        return cls(fields, **options, span=parser.since(word.span))

    @property
    def dependency(self) -> Dependency:
        """A row of totals needs all rows; totals of each row do not."""
        return Dependency.WHOLE if self.col else Dependency.NARROW

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with one more column, or with one more row."""
        for field in self.fields:
            frame = frame.name({field.name: frame.field(field.name, field.span)})
        names = self._names(frame)
        frame = frame.show(names) if self.col else frame
        numbers = {name: frame.values[name].number() for name in names}
        if self.row:
            frame.check_new(self.fieldname, self.span)
            total = reduce(add, map(_or_zero, numbers.values()), Number.of(0))
            some = pl.any_horizontal([number.present() for number in numbers.values()] or [pl.lit(value=False)])
            frame = frame.define(self.fieldname, _where(some, total)).show([self.fieldname])
            names = (*names, self.fieldname)
        return _with_last_row(frame, names) if self.col else frame

    def _names(self, frame: Frame) -> tuple[str, ...]:
        if self.fields:
            return tuple(dict.fromkeys(field.name for field in self.fields))
        if frame.output.shown is None:
            raise MalformedQuery(
                "no columns have been chosen yet", self.span, hint="name the fields to sum: `addtotals bytes, packets`"
            )
        return tuple(name for name in frame.output.shown if not isinstance(frame.values[name], Timestamp))

    def __str__(self) -> str:
        options = f"fieldname={print_name(self.fieldname)} row={str(self.row).lower()} col={str(self.col).lower()}"
        return f"addtotals {options} {', '.join(print_name(field.name) for field in self.fields)}".rstrip()


def _or_zero(number: Number) -> Number:
    """Return the number, with 0 instead of a missing one."""
    missing = ~number.present()
    if number.integer is not None:
        return replace(number, integer=pl.when(missing).then(0).otherwise(number.integer), literal=None)
    return replace(number, real=pl.when(missing).then(0.0).otherwise(number.real), literal=None)


def _where(condition: pl.Expr, number: Number) -> Number:
    parts = {part: pl.when(condition).then(column) for part, column in number.parts.items()}
    return number.rebuild(parts)


def _with_last_row(frame: Frame, names: tuple[str, ...]) -> Frame:
    """Return the columns of the result alone, with one more row after the last: the sums."""
    frame, number = frame.count_matched().numbered()
    held = dict[str, Value]()
    for name in dict.fromkeys((*(frame.output.shown or ()), *names)):
        value = frame.values[name]
        summed = name in names and not isinstance(value, Number)
        held[name], frame = frame.hold(Text(value.text()) if summed else value, name)
    lazy = frame.lazy.select(number, *(column for value in held.values() for column in value.parts.values()))
    sums = {name: held[name] for name in names}
    lazy = lazy.map_batches(lambda rows: _append(rows, sums), projection_pushdown=False, predicate_pushdown=False)
    made = frame.replaced_by(lazy, PlanNames(held), (Key(number.is_null()), Key(number)), made_by="addtotals")
    return replace(made, output=frame.output)


def _append(rows: pl.DataFrame, sums: Mapping[str, Value]) -> pl.DataFrame:
    """Return the rows and a last one with the sums; its number is missing."""
    if not rows.height:
        return rows
    last: dict[str, pl.Series] = {}
    for value in sums.values():
        total = sum_(value.number())
        made = rows.select(column.alias(part) for part, column in total.expressions.items())
        number = total.value({part: pl.col(part) for part in made.columns})
        parts = {"text": number.text()} if isinstance(value, Text) else number.parts
        for part, column in value.parts.items():
            last[column.meta.output_name()] = made.select(parts.get(part, pl.lit(None)).alias("sum")).to_series()
    return pl.concat([rows, pl.DataFrame(last).cast({name: rows.schema[name] for name in last})], how="diagonal")
