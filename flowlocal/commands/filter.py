"""``filter``, also ``where``."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.language import tree
from flowlocal.language.lexer import Token
from flowlocal.language.parser import Parser
from flowlocal.language.unparse import print_expression
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.evaluation import keep_if
from flowlocal.planning.frame import Frame
from flowlocal.planning.options import end_of_stage
from flowlocal.planning.placement import Condition
from flowlocal.planning.registry import command
from flowlocal.planning.stage_errors import no_aggregates
from flowlocal.planning.subqueries import with_subqueries


@command(
    "filter",
    "where",
    dependency=Dependency.NARROW,
    syntax="filter CONDITION",
    examples=(
        'filter action = "REJECT" and dstPort in [22, 3389]',
        "filter srcAddr like /^10\\./ | stats count(*) by dstPort",
        'filter isIpv4InSubnet(srcAddr, "10.0.0.0/8")',
    ),
)
class Filter(Condition, frozen=True):
    """Keep the events, or after ``stats`` the groups, for which a condition holds.

    Conditions compare with ``= != < <= > >=``, search with ``like`` (a text to contain, or a regular expression)
    and ``=~``, look up with ``in [...]``, and combine with ``and``, ``or``, ``not`` and parentheses. A field or an
    alias can be the condition itself.

    A comparison with a missing field is false, except ``!=``, ``not like`` and ``not in``, which are true (recorded).

    A filter after ``stats`` keeps groups, by the outputs of ``stats``. If it names fields of the events instead of
    outputs, it acts before ``stats`` and keeps events (recorded); a mixture of both is an error, as is a name that an
    earlier stage defined. A filter after ``limit`` acts before the ``limit`` (recorded once, in 2022), together with
    the stages between that define what it names. ``flowlocal check`` warns about both.
    """

    condition: tree.Expression

    @classmethod
    def parse(cls, parser: Parser, word: Token) -> Filter:
        """Parse ``filter CONDITION``."""
        condition = parser.expression()
        end_of_stage(parser, "`and`, `or`, a comparison, or `|` and the next command")
        return cls(condition, span=parser.since(word.span))

    @property
    def dependency(self) -> Dependency:
        """A subquery reads other events than those of the row."""
        nodes = tree.walk(self.condition, into_queries=False)
        return Dependency.WHOLE if any(isinstance(node, tree.InSubquery) for node in nodes) else Dependency.NARROW

    def plan(self, frame: Frame) -> Frame:
        """Return the rows for which the condition holds."""
        no_aggregates(frame, self)
        frame, memberships = with_subqueries(frame, self.condition)
        for each in _conjuncts(self.condition):
            frame = keep_if(frame, each, memberships)
        return frame

    def __str__(self) -> str:
        return f"filter {print_expression(self.condition)}"


def _conjuncts(node: tree.Expression) -> Iterator[tree.Expression]:
    """Yield the operands of ``and``: one that cannot be pushed to the source of the rows does not hold back others."""
    if isinstance(node, tree.Logical) and node.operator == "and":
        for operand in node.operands:
            yield from _conjuncts(operand)
    else:
        yield node
