"""``autoregress``."""

from __future__ import annotations

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command

_FARTHEST = 100_000
_MOST_COLUMNS = 100


@command(
    "autoregress",
    dependency=Dependency.WHOLE,
    syntax="autoregress FIELD [as NAME] [p=N]\nautoregress FIELD [as NAME] p=N-M",
    examples=(
        "stats sum(bytes) as total by bin(6h) as t | sort t | autoregress total as before | display t, total, before",
        "stats sum(bytes) as total by bin(6h) as t | sort t | autoregress total p=1-2",
    ),
    source="documented; the names of several columns with one given name decided",
)
class Autoregress(Command, frozen=True):
    """Copy a field's value from the row that is 1 row (or ``p`` rows) earlier in the order of the rows.

    The copies are called ``FIELD_p1``, ``FIELD_p2`` and so on; ``as`` names a single copy, or gives the first part of
    the names if ``p`` is a range (decided). The first rows, which have no row before them, have no copy.
    """

    field: tree.Name
    alias: str | None = None
    nearest: int = 1
    farthest: int | None = None

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Autoregress:
        """Parse ``autoregress FIELD [as NAME] [p=N[-M]]``."""
        field = parser.field()
        alias = parser.name("a name for the column").value if parser.accept_word("as") else None
        first, last = _range(parser) if parser.at_word("p") else (1, None)
        end_of_stage(parser, "`as` and a name, `p=` and a number of rows, or `|` and the next command")
        return cls(field, alias, first, last, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with more columns."""
        names = self._names()
        for name in names:
            frame.check_new(name, self.span)
        frame, _number = frame.numbered()
        value, frame = frame.hold(frame.field(self.field.name, self.field.span), self.field.name)
        for name, rows in names.items():
            shifted = value.rebuild({part: column.shift(rows) for part, column in value.parts.items()})
            frame = frame.define(name, shifted)
        return frame.show(names)

    def _names(self) -> dict[str, int]:
        """Return the columns, with the distance in rows of each."""
        if self.farthest is None:
            return {self.alias or f"{self.field.name}_p{self.nearest}": self.nearest}
        stem = self.alias or self.field.name
        return {f"{stem}_p{rows}": rows for rows in range(self.nearest, self.farthest + 1)}

    def __str__(self) -> str:
        alias = f" as {print_name(self.alias)}" if self.alias is not None else ""
        last = f"-{self.farthest}" if self.farthest is not None else ""
        return f"autoregress {print_name(self.field.name)}{alias} p={self.nearest}{last}"


def _range(parser: Parser) -> tuple[int, int | None]:
    parser.next()
    parser.expect("=")
    first = parser.whole_number("a number of rows", most=_FARTHEST)
    if not parser.accept("-"):
        return first, None
    last = parser.whole_number(f"a number of rows, {first} or more", least=first, most=_FARTHEST)
    if last - first >= _MOST_COLUMNS:
        raise MalformedQuery(
            f"this asks for {last - first + 1} columns", parser.last, hint=f"at most {_MOST_COLUMNS} are made"
        )
    return first, last
