"""``sort``, also ``order``."""

from __future__ import annotations

from dataclasses import dataclass

from flowlocal.commands.frame import Frame
from flowlocal.commands.registry import Command, command
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.printer import print_name


@dataclass(frozen=True)
class SortKey(tree.Node):
    """A field and its direction."""

    field: tree.Name
    descending: bool


@command(
    "sort",
    "order",
    syntax="sort FIELD [asc|desc], ...",
    examples=("stats sum(bytes) as total by srcAddr | sort total desc, srcAddr asc | limit 5",),
    source="documented; ties and direction recorded",
)
@dataclass(frozen=True)
class Sort(Command):
    """Put rows into order by one or more fields; each has its own direction, ascending unless it says ``desc``.

    Ascending, missing values come first, then texts in natural order (``a2`` before ``a10``), then numbers by value.
    ``desc`` is the exact reverse. Rows that are equal keep the order they had.

    Only names can stand here; sort by an expression through its alias, or by its name in backticks.
    """

    keys: tuple[SortKey, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Sort:
        """``sort [by] FIELD [asc|desc], …``."""
        parser.accept_word("by")
        keys = parser.separated(lambda: _key(parser))
        if not parser.at_stage_end():
            hint = "give the expression a name with `as` and sort by that, or put its name in backticks"
            called = parser.peek().value == "("
            raise parser.unexpected(expected="`asc`, `desc`, `,` or `|`", hint=hint if called else "")
        return cls(keys, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """The same rows in another order."""
        keys = [
            key.reversed(sort.descending)
            for sort in self.keys
            for key in frame.field(sort.field.name, sort.field.span).sort_keys()
        ]
        return frame.sort(keys)

    def __str__(self) -> str:
        return "sort " + ", ".join(f"{print_name(key.field.name)} {_word(key)}" for key in self.keys)


def _key(parser: Parser) -> SortKey:
    if parser.at_word("asc", "desc"):
        raise parser.unexpected(expected="a field name", hint="a field of that name is written in backticks")
    name = parser.field()
    direction = parser.accept_word("asc", "desc")
    descending = direction is not None and direction.value.lower() == "desc"
    return SortKey(name, descending, span=parser.since(name.span))


def _word(key: SortKey) -> str:
    return "desc" if key.descending else "asc"
