"""``countFrequent``."""

from __future__ import annotations

from flowlocal.commands.stats import Stats
from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command

_COUNT = "_approxcount"


@command(
    "countFrequent",
    "count_frequent",
    dependency=Dependency.GROUPED,
    syntax="countFrequent FIELD, ...",
    examples=('filter action = "REJECT" | countFrequent dstPort, protocol | limit 5',),
    source="documented; exact counts decided",
)
class CountFrequent(Command, frozen=True):
    """Count how often each combination of values occurs, the most frequent first, in the column ``_approxcount``.

    The counts are exact (decided; the service approximates them). Equal counts come in the order in which the events,
    newest first, have them (decided). A missing value counts as one more value, as in ``stats``.
    """

    fields: tuple[tree.Name, ...]

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> CountFrequent:
        """Parse ``countFrequent FIELD, …``."""
        fields = parser.separated(parser.field)
        end_of_stage(parser, "`,` and another field, or `|` and the next command")
        return cls(fields, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each combination."""
        count = tree.Item(tree.Call("count", (), span=self.span), _COUNT, aliased=True, span=self.span)
        keys = tuple(tree.Item(name, name.name, aliased=False, span=name.span) for name in self.fields)
        counted = Stats((count,), keys, span=self.span).aggregated(frame, made_by="countFrequent")
        return counted.sort(key.reversed(flip=True) for key in counted.values[_COUNT].sort_keys())

    def __str__(self) -> str:
        return "countFrequent " + ", ".join(print_name(field.name) for field in self.fields)
