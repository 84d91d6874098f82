"""``unnest``."""

from __future__ import annotations

import polars as pl

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression, print_name
from flowlocal.planning import elements
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import evaluate
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.registry import Command, command
from flowlocal.planning.stage_errors import no_aggregates
from flowlocal.values import Json, Nested, Value


@command(
    "unnest",
    dependency=Dependency.NARROW,
    syntax="unnest LIST into NAME",
    examples=(
        'fields jsonParse(concat("[", srcPort, ",", dstPort, "]")) as ports | filter isNumeric(srcPort)'
        " | unnest ports into port | stats count(*) by port | limit 3",
    ),
    source="documented; lists that are empty or missing decided",
)
class Unnest(Command, frozen=True):
    """Replace a row by one row for each element of a list; the other fields are copied.

    Lists are those that ``jsonParse`` returns, and those in its maps: ``unnest js.accounts into account``. A map, a
    text or a number is a list of one element. A row whose list is missing or empty is dropped (decided). The lists that
    ``split`` returns cannot be unnested (recorded). Elements that are maps keep their keys: ``account.id``.
    """

    subject: tree.Expression
    target: tree.Target

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Unnest:
        """Parse ``unnest LIST into NAME``."""
        subject = parser.expression()
        parser.expect_word("into")
        name = parser.name("a name for the element")
        end_of_stage(parser, "`|` and the next command")
        return cls(subject, tree.Target(name.value, span=name.span), span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return one row for each element."""
        no_aggregates(frame, self)
        frame.check_new(self.target.name, self.target.span)
        if isinstance(self.subject, tree.Name):
            value = elements.whole(frame, self.subject)
        else:
            value, frame = evaluate(frame, self.subject)
        frame, made = _unnested(frame, value, self.subject)
        return frame.define(self.target.name, made, keep=False).show([self.target.name])

    def __str__(self) -> str:
        return f"unnest {print_expression(self.subject)} into {print_name(self.target.name)}"


def _unnested(frame: Frame, value: Value, subject: tree.Expression) -> tuple[Frame, Value]:
    """Return the frame of the elements, and the value of each."""
    if not isinstance(value, Json):
        return frame.filter(value.present()), value
    if not value.listed:
        raise MalformedQuery(
            "`unnest` takes apart what `jsonParse` made, and `split` makes no such list",
            subject.span,
            hint='make one of the text: `jsonParse(concat("[", …, "]"))`',
        )
    lists = elements.of_documents(value.document)
    if isinstance(value, Nested):
        lists = pl.coalesce(lists, elements.alone(value.scalar))
    frame, column = frame.multiply(lists, keep=False)
    return frame, elements.element(column)
