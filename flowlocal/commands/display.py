"""``display``."""

from __future__ import annotations

from msgspec.structs import replace

from flowlocal.commands.fields import define_item
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_items
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import evaluate
from flowlocal.planning.frame import Frame
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import no_aggregates


@command(
    "display",
    dependency=Dependency.NARROW,
    syntax="display EXPRESSION [as NAME], ...",
    examples=("stats count(*) as flows by dstPort, action | sort flows desc | display dstPort, flows | limit 3",),
    rowwise=True,
)
class Display(Command, frozen=True):
    """Show these columns and no others, in this order. Of several ``display`` the last one counts.

    It is allowed after ``stats``, ``sort`` and ``limit`` (recorded), and can name what earlier stages defined.
    """

    items: tuple[tree.Item, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Display:
        """Parse ``display EXPRESSION [as NAME], …``."""
        return cls(parser.last_items(), span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the same rows with other columns to show."""
        no_aggregates(frame, self)
        for item in self.items:
            frame = _display_item(frame, item)
        shown = tuple(dict.fromkeys(item.name for item in self.items))
        return replace(frame, output=replace(frame.output, shown=shown, fixed=True))

    def selected(self, names: list[str]) -> list[str]:
        """Return its columns."""
        del names
        return [item.name for item in self.items]

    def __str__(self) -> str:
        return f"display {print_items(self.items)}"


def _display_item(frame: Frame, item: tree.Item) -> Frame:
    if item.expression != tree.Name(item.name):
        made = frame.column(item.expression)
        return frame.name({item.name: made}) if made is not None and not item.aliased else define_item(frame, item)
    value, frame = evaluate(frame, item.expression)
    return frame.name({item.name: value})
