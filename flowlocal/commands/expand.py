"""``expand``."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_name
from flowlocal.planning import elements
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.values import Json, Mixed, Text, Value


@command(
    "expand",
    dependency=Dependency.NARROW,
    syntax="expand FIELD",
    examples=(
        'fields concat("[", srcPort, ",", dstPort, "]") as ports | expand ports | stats count(*) by ports | limit 3',
    ),
    source="documented; rows without a list decided",
)
class Expand(Command, frozen=True):
    """Make a row for each element of a field that contains a JSON list; the field then contains the element.

    The other fields are copied. A row whose field contains no list remains as it is, and one whose list is empty
    remains without the field (decided: unlike ``unnest``, ``expand`` loses no row). The lists that ``split`` returns
    are not expanded (recorded).
    """

    subject: tree.Name

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Expand:
        """Parse ``expand FIELD``."""
        subject = parser.field()
        end_of_stage(parser, "`|` and the next command")
        return cls(subject, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each element."""
        value = elements.whole(frame, self.subject)
        lists = _lists(value)
        if lists is None:
            return frame
        frame, column = frame.multiply(lists, keep=True)
        return frame.define(self.subject.name, elements.element(column), keep=False)

    def __str__(self) -> str:
        return f"expand {print_name(self.subject.name)}"


def _lists(value: Value) -> pl.Expr | None:
    """Return the elements; None if no row can contain a list."""
    if isinstance(value, Json):
        if not value.listed:
            return None
        return pl.coalesce(elements.of_documents(value.document), elements.of_texts(value.text()))
    return elements.of_texts(value.text()) if isinstance(value, Text | Mixed) else None
