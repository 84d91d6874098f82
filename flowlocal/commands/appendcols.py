"""``appendcols``."""

from __future__ import annotations

import polars as pl
from msgspec.structs import replace

from flowlocal.commands.join import held
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_query
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage, read_options, true_or_false
from flowlocal.planning.registry import Command, command
from flowlocal.planning.subqueries import check_flat
from flowlocal.values import Value, merge

_MOST = 100_000
_DEFAULT = 10_000


@command(
    "appendcols",
    dependency=Dependency.WHOLE,
    syntax="appendcols [override=true|false] [max=N] (QUERY)",
    examples=(
        "stats sum(bytes) as total by action | sort action"
        " | appendcols (stats count(*) as flows by action | sort action | display flows)",
    ),
    source="documented; rows and cells that only one side has decided",
)
class AppendCols(Command, frozen=True):
    """Add the columns of another query to those of this one: its first row to the first row, and so on.

    A column that both have keeps the cells of this query, and takes those of the other query that are missing here;
    with ``override=true`` it is the other way round. ``max`` is the number of rows that are read of the other query
    (default: 10,000); its rows after the last row of this query are skipped.
    """

    query: tree.Query
    override: bool = False
    most: int = _DEFAULT

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> AppendCols:
        """Parse ``appendcols [override=true|false] [max=N] (QUERY)``."""
        readers = {
            "override": lambda: true_or_false(parser),
            "max": lambda: parser.whole_number(f"a whole number from 1 to {_MOST}", most=_MOST),
        }
        options = read_options(parser, readers)
        query = parser.subquery()
        end_of_stage(parser, "`|` and the next command")
        return cls(query, options.get("override", False), options.get("max", _DEFAULT), span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with further columns."""
        check_flat(self.query)
        frame, place = frame.count_matched().numbered()
        other, other_place = frame.hooks.run(self.query, frame.query).head(self.most).numbered()
        number = frame.query.fresh("place")
        values, columns = held(other, other.output.columns)
        taken = other.lazy.select(other_place.alias(number), *(part.alias(name) for name, part in columns.items()))
        lazy = frame.lazy.with_columns(place.alias(number)).join(taken, on=number, how="left")
        made = {name: self._beside(frame.values.get(name), value) for name, value in values.items()}
        shown = (*frame.output.columns, *made) if frame.output.shown is None else made
        return replace(frame.with_lazy(lazy).name(made), output=replace(frame.output, fixed=False)).show(shown)

    def _beside(self, own: Value | None, other: Value) -> Value:
        if own is None:
            return other
        first, second = (other, own) if self.override else (own, other)
        there = first.present()
        return merge([first, second], lambda parts: pl.when(there).then(parts[0]).otherwise(parts[1]))

    def __str__(self) -> str:
        override = " override=true" if self.override else ""
        most = f" max={self.most}" if self.most != _DEFAULT else ""
        return f"appendcols{override}{most} ({print_query(self.query)})"
