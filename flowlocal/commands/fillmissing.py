"""``fillmissing``."""

from __future__ import annotations

import polars as pl
from msgspec.structs import replace

from flowlocal.compiler.periods import floor_time, period_starts
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression, print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import Bin
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.values import Key, Number, Text, Value

_MOST_ROWS = 1_000_000
_ADDED = "added"

Constant = tree.NumberLiteral | tree.String


class Filling(tree.Node, frozen=True):
    """A constant, and the column that has it in added rows."""

    constant: Constant
    field: tree.Name


@command(
    "fillmissing",
    dependency=Dependency.WHOLE,
    syntax="fillmissing [with VALUE for FIELD, ...]",
    examples=(
        'filter logStatus = "SKIPDATA" | stats count(*) as lost by bin(1h) as hour | fillmissing with 0 for lost'
        " | sort hour | limit 4",
    ),
    source="documented; the range decided",
)
class Fillmissing(Command, frozen=True):
    """Add a row for every bin that has none, after ``stats ... by bin(...)``.

    The bins run from the start of the query's time range to its end, or from the first to the last one found if the
    range is open (decided). With more keys than the bin, every combination of the others gets its rows (decided). The
    columns of an added row are missing, except those that ``with`` gives a constant. An added row is sorted by its time
    and its missing columns; after a stage such as ``accum``, which numbers the rows, it comes last (decided).
    """

    fillings: tuple[Filling, ...] = ()

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Fillmissing:
        """Parse ``fillmissing [with VALUE for FIELD, …]``."""
        fillings = parser.separated(lambda: _filling(parser)) if parser.accept_word("with") else ()
        end_of_stage(parser, "`,` and another value" if fillings else "`with`, or `|` and the next command")
        return cls(fillings, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return more rows. The rows found are collected here, because they decide which rows are added."""
        name = self._bin(frame)
        rows = frame.hooks.collect(frame.lazy)
        (time,) = _columns(frame.values[name])
        others = [column for each in frame.names.groups if each != name for column in _columns(frame.values[each])]
        starts = self._starts(frame, rows[time], frame.names.bins[name])
        added = self._added(rows, starts, time, others)
        lazy = pl.concat([rows.lazy(), added], how="diagonal").with_columns(pl.col(_ADDED).fill_null(value=False))
        return _ordered(self._filled(frame.with_lazy(lazy)))

    def _bin(self, frame: Frame) -> str:
        """Return the key to fill; there must be exactly one, and it must still be a bin."""
        bins = list(frame.names.bins)
        if len(bins) != 1:
            found = "the last `stats` has several" if bins else _without_bins(frame)
            raise MalformedQuery(
                f"fillmissing fills the gaps between bins of one key, and {found}",
                self.span,
                hint="move it right after `stats … by bin(…)`",
            )
        for filling in self.fillings:
            if filling.field.name in frame.names.groups:
                raise MalformedQuery(f"{filling.field.name} is a key of `stats`, so it is never missing", filling.span)
            frame.field(filling.field.name, filling.field.span)
        return bins[0]

    def _starts(self, frame: Frame, found: pl.Series, each: Bin) -> pl.Series:
        """Return the start of every bin of the range."""
        low, high = found.min(), found.max()
        start, end = frame.query.start, frame.query.end
        low, high = _floor(start, each) if start is not None else low, _floor(end, each) if end is not None else high
        if not isinstance(low, int) or not isinstance(high, int) or low > high:
            return pl.Series(dtype=pl.Int64)
        starts = period_starts(low - each.offset, high - each.offset, each.period) + each.offset
        if starts.is_empty():
            raise self._too_many()
        return starts

    def _too_many(self) -> MalformedQuery:
        return MalformedQuery(
            f"fillmissing would make more than {_MOST_ROWS} rows",
            self.span,
            hint="narrow the time range, or use a longer period for `bin`",
        )

    def _added(self, rows: pl.DataFrame, starts: pl.Series, time: str, others: list[str]) -> pl.LazyFrame:
        """Return the missing rows."""
        grid = pl.DataFrame({time: starts}, {time: rows.schema[time]})
        if others:
            combinations = rows.select(others).unique(maintain_order=True)
            if combinations.height * grid.height > _MOST_ROWS:
                raise self._too_many()
            grid = combinations.join(grid, how="cross", maintain_order="left")
        there = rows.lazy().select(time, *others)
        missing = grid.lazy().join(there, on=[time, *others], how="anti", nulls_equal=True, maintain_order="left")
        return missing.with_columns(pl.lit(value=True).alias(_ADDED))

    def _filled(self, frame: Frame) -> Frame:
        for filling in self.fillings:
            value = frame.values[filling.field.name]
            frame = frame.define(filling.field.name, _constant(value, filling.constant), keep=False)
        return frame

    def __str__(self) -> str:
        listed = ", ".join(
            f"{print_expression(each.constant)} for {print_name(each.field.name)}" for each in self.fillings
        )
        return f"fillmissing with {listed}" if listed else "fillmissing"


def _ordered(frame: Frame) -> Frame:
    """Return the frame with added rows last if its order is one of row numbers, which they do not have."""
    mark = frame.query.fresh(_ADDED)
    order = frame.rows.order if frame.rows.rank is None else (Key(pl.col(mark)), *frame.rows.order)
    return replace(frame, rows=replace(frame.rows.over(frame.lazy.rename({_ADDED: mark})), order=order, rank=None))


def _without_bins(frame: Frame) -> str:
    """Return why a frame has no bins, in words."""
    if frame.rows.origin.command in ("", "stats"):
        return "no stage before has made one that is still there"
    return f"`{frame.rows.origin.command}` has put other rows in their place"


def _columns(value: Value) -> list[str]:
    """Return the columns of a key of ``stats``; the order of the rows refers to them, too."""
    return list(dict.fromkeys(root for column in value.parts.values() for root in column.meta.root_names()))


def _filling(parser: Parser) -> Filling:
    start = parser.peek().span
    constant = _constant_of(parser)
    parser.expect_word("for")
    return Filling(constant, parser.field(), span=parser.since(start))


def _constant_of(parser: Parser) -> Constant:
    start = parser.peek().span
    negative = parser.accept("-") is not None
    if parser.peek().kind is TokenKind.STRING and not negative:
        return tree.String(parser.next().value, span=start)
    if parser.peek().kind is not TokenKind.NUMBER:
        raise parser.unexpected(expected="a number, or a text in quotes")
    number = parser.expression()
    if not isinstance(number, tree.NumberLiteral):
        raise MalformedQuery("expected a number or a text in quotes", number.span)
    return tree.NumberLiteral(-number.value if negative else number.value, span=parser.since(start))


def _floor(time: int, each: Bin) -> int | None:
    floored = pl.select(floor_time(pl.lit(time - each.offset, pl.Int64), each.period)).item()
    return None if floored is None else int(floored) + each.offset


def _constant(value: Value, constant: Constant) -> Value:
    """Return a value that is the constant in added rows."""
    added = pl.col(_ADDED)
    if isinstance(constant, tree.NumberLiteral) and isinstance(value, Number):
        given = Number.of(constant.value)
        integer = pl.when(added).then(_or_null(given.integer, pl.Int64)).otherwise(_or_null(value.integer, pl.Int64))
        real = pl.when(added).then(_or_null(given.real, pl.Float64)).otherwise(_or_null(value.real, pl.Float64))
        return Number(integer, real) if value.real is not None or given.real is not None else Number(integer)
    text = constant.value if isinstance(constant, tree.String) else print_expression(constant)
    return Text(pl.when(added).then(pl.lit(text)).otherwise(value.text()))


def _or_null(column: pl.Expr | None, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    return pl.lit(None, dtype) if column is None else column.cast(dtype)
