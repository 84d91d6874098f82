"""``filterIndex``."""

from __future__ import annotations

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import keep_if
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.placement import Condition
from flowlocal.planning.registry import command

_LITERALS = (tree.String, tree.NumberLiteral)


@command(
    "filterIndex",
    dependency=Dependency.NARROW,
    syntax="filterIndex FIELD = VALUE\nfilterIndex FIELD in [VALUE, ...]",
    examples=('filterIndex action = "REJECT" | stats count(*) by dstPort | limit 3',),
)
class FilterIndex(Condition, frozen=True):
    """Keep the events whose field has a value, or one of several.

    The service also skips log groups without an index on the field; local logs have no indexes, so the command does
    what ``filter`` does. It accepts a field that equals a value or is in a list of values, nothing else (documented).
    """

    condition: tree.Expression

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> FilterIndex:
        """Parse ``filterIndex FIELD = VALUE`` or ``filterIndex FIELD in [VALUE, …]``."""
        wanted = parser.expression()
        end_of_stage(parser, "`|` and the next command")
        if not _indexable(wanted):
            raise MalformedQuery(
                "`filterIndex` takes `FIELD = VALUE` or `FIELD in [VALUE, …]`",
                wanted.span,
                hint="write any other condition with `filter`",
            )
        return cls(wanted, span=parser.since(word.span))

    def plan(self, frame: Frame) -> Frame:
        """Return the rows for which the condition holds."""
        return keep_if(frame, self.condition)

    def __str__(self) -> str:
        return f"filterIndex {print_expression(self.condition)}"


def _indexable(node: tree.Expression) -> bool:
    match node:
        case tree.Comparison("=", tree.Name(), value):
            return isinstance(value, _LITERALS)
        case tree.In(tree.Name(), items, negated=False):
            return bool(items) and all(isinstance(item, _LITERALS) for item in items)
    return False
