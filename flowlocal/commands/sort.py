"""``sort``, also ``order``."""

from __future__ import annotations

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.registry import Command, command
from flowlocal.values import Value


class SortKey(tree.Node, frozen=True):
    """A field and its direction."""

    field: tree.Name
    descending: bool


@command(
    "sort",
    "order",
    dependency=Dependency.NARROW,
    syntax="sort FIELD [asc|desc], ...\nsort -FIELD, ...",
    examples=("stats sum(bytes) as total by srcAddr | sort total desc, srcAddr asc | limit 5",),
    source="documented; ties and direction recorded",
)
class Sort(Command, frozen=True):
    """Sort rows by one or more fields, each in its own direction (default: ascending).

    Ascending, missing values come first, then texts in natural order (``a2`` before ``a10``), then numbers by value.
    ``desc`` is the exact reverse. Rows that are equal keep the order they had.

    ``sort -FIELD`` is ``sort FIELD desc``. After ``stats ... by bin(...)``, ``sort @timestamp`` sorts by the bin. Both
    are shown by samples in the documentation.

    Sort keys are names: sort by an expression through its alias, or by its name in backticks.
    """

    keys: tuple[SortKey, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Sort:
        """Parse ``sort [by] FIELD [asc|desc], …`` or ``sort -FIELD, …``."""
        parser.accept_word("by")
        keys = parser.separated(lambda: _key(parser))
        if not parser.at_stage_end():
            hint = "give the expression a name with `as` and sort by that, or put its name in backticks"
            called = parser.peek().value == "("
            raise parser.unexpected(expected="`asc`, `desc`, `,` or `|`", hint=hint if called else "")
        return cls(keys, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows in another order."""
        values = ((_value(frame, key.field), key.descending) for key in self.keys)
        return frame.sort(key.reversed(descending) for value, descending in values for key in value.sort_keys())

    def __str__(self) -> str:
        return "sort " + ", ".join(f"{print_name(key.field.name)} {_word(key)}" for key in self.keys)


def _value(frame: Frame, field: tree.Name) -> Value:
    """Return a field's value; after ``stats … by bin(…)``, ``@timestamp`` is the bin (documented in a sample)."""
    bins = frame.names.bins
    binned = field.name == "@timestamp" and frame.names.known(field.name) is None and len(bins) == 1
    return frame.field(next(iter(bins)) if binned else field.name, field.span)


def _key(parser: Parser) -> SortKey:
    start = parser.peek().span
    minus = parser.accept("-") is not None
    if parser.at_word("asc", "desc"):
        raise parser.unexpected(expected="a field name", hint="a field of that name is written in backticks")
    name = parser.field()
    direction = None if minus else parser.accept_word("asc", "desc")
    descending = minus or (direction is not None and direction.value.lower() == "desc")
    return SortKey(name, descending, span=parser.since(start))


def _word(key: SortKey) -> str:
    return "desc" if key.descending else "asc"
