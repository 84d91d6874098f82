"""The syntax tree. Nodes compare by content; their position in the text does not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from flowlocal.language.errors import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, kw_only=True)
class Node:
    """Any part of a query."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


class Expression(Node):
    """Anything that has a value for an event or a group."""


@dataclass(frozen=True)
class NumberLiteral(Expression):
    """A number as written."""

    value: int | float


@dataclass(frozen=True)
class String(Expression):
    """A text in quotes."""

    value: str


@dataclass(frozen=True)
class Regex(Expression):
    r"""A regular expression between slashes, with ``\/`` already replaced by ``/``."""

    pattern: str


@dataclass(frozen=True)
class Name(Expression):
    """A field, given by its whole dotted name without backticks."""

    name: str


@dataclass(frozen=True)
class Star(Expression):
    """The ``*`` of ``count(*)``."""


@dataclass(frozen=True)
class Duration(Expression):
    """A number and a unit of time, such as ``5m``; ``unit`` is the short name of the unit."""

    amount: int | float
    unit: str


@dataclass(frozen=True)
class Call(Expression):
    """A function and its arguments."""

    function: str
    arguments: tuple[Expression, ...]
    function_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Access(Expression):
    """A path into the result of a call: ``jsonParse(x).a.b``."""

    base: Expression
    path: str


@dataclass(frozen=True)
class Unary(Expression):
    """``-x``, ``!x`` or ``not x``; the operator is ``-`` or ``not``."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Arithmetic(Expression):
    """``left operator right`` with ``+ - * / % ^``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(Expression):
    """``left operator right`` with ``= != < <= > >=``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Logical(Expression):
    """Two or more conditions joined by ``and`` or by ``or``."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Like(Expression):
    """``subject like pattern``: contains a text, or matches a regular expression."""

    subject: Expression
    pattern: Expression
    negated: bool = False


@dataclass(frozen=True)
class In(Expression):
    """``subject in [items]``."""

    subject: Expression
    items: tuple[Expression, ...]
    negated: bool = False


@dataclass(frozen=True)
class InSubquery(Expression):
    """``subject in (subquery)``."""

    subject: Expression
    query: Query
    negated: bool = False


@dataclass(frozen=True)
class Item(Node):
    """One of a list of expressions: the name of its column, and the expression.

    ``name`` is the alias, or the expression as written.
    """

    expression: Expression
    name: str
    aliased: bool
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Target(Node):
    """A column name that a stage defines, as ``parse … as NAME`` does."""

    name: str


class Stage(Node):
    """One stage of a query; each command defines its own."""


@dataclass(frozen=True)
class Query(Node):
    """The stages in the order written."""

    stages: tuple[Stage, ...]


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below a node, in order."""
    for each in fields(node):
        value = getattr(node, each.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Node):
                yield item


def walk(node: Node, *, into_queries: bool = True) -> Iterator[Node]:
    """Yield a node and all nodes below it, parents first; those in subqueries only if ``into_queries``."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        below = (child for child in children(found) if into_queries or not isinstance(child, Query))
        waiting.extend(reversed(tuple(below)))


def too_deep(node: Node, most: int) -> Node | None:
    """Return the first node that is more than ``most`` levels below another, or None."""
    level = [node]
    for _ in range(most):
        level = [child for each in level for child in children(each)]
    return level[0] if level else None
