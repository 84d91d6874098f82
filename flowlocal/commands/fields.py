"""``fields``."""

from __future__ import annotations

from msgspec.structs import replace

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_items
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import evaluate
from flowlocal.planning.frame import Frame
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import no_aggregates
from flowlocal.values import Json


@command(
    "fields",
    dependency=Dependency.NARROW,
    syntax="fields EXPRESSION [as NAME], ...",
    examples=(
        "fields @timestamp, srcAddr, dstAddr, bytes | limit 3",
        "fields bytes / packets as bytesPerPacket | sort bytesPerPacket desc | limit 3",
    ),
    rowwise=True,
)
class Fields(Command, frozen=True):
    """Show fields, and define new ones from expressions.

    Several ``fields`` add up: everything that they name is shown, unless a ``display`` follows. A name defined in the
    list can be used later in the same list. A name defined by ``parse``, an alias or ``stats`` cannot be named by
    ``fields`` again (recorded); ``display`` shows it. A field that one ``fields`` lists and a later one redefines is
    unknown to ``stats`` (recorded).
    """

    items: tuple[tree.Item, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Fields:
        """Parse ``fields EXPRESSION [as NAME], …``."""
        return cls(parser.last_items(), span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with more names."""
        no_aggregates(frame, self)
        made = {item.name for item in self.items if item.aliased}
        listed = {item.name for item in self.items if not item.aliased}
        lost = frame.names.lost | (frame.names.listed & made)
        for item in self.items:
            frame = define_item(frame, item)
            if isinstance(frame.values[item.name], Json):
                frame = replace(frame, names=replace(frame.names, sealed=frame.names.sealed | {item.name}))
        names = replace(frame.names, sealed=frozenset(), listed=frame.names.listed | listed, lost=lost)
        return replace(frame, names=names).show(item.name for item in self.items)

    def selected(self, names: list[str]) -> list[str]:
        """Return the columns so far, and its own."""
        return [*names, *(item.name for item in self.items)]

    def __str__(self) -> str:
        return f"fields {print_items(self.items)}"


def define_item(frame: Frame, item: tree.Item) -> Frame:
    """Return the frame with the name that an item of ``fields`` or ``display`` defines."""
    frame.check_new(item.name, item.span)
    value, frame = evaluate(frame, item.expression)
    if isinstance(item.expression, tree.Name) and not item.aliased:
        return frame.name({item.name: value})
    return frame.define(item.name, value, keep=item.aliased)
