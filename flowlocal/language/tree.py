"""The syntax tree. Nodes compare by content; their position in the text does not count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct

from flowlocal.language.errors import Span

NOWHERE = Span(0, 0)


class Node(Struct, frozen=True, kw_only=True, eq=False):
    """Any part of a query."""

    uncompared: ClassVar[tuple[str, ...]] = ("span",)
    """Fields that say how a node was written; nodes that differ only in them are equal."""
    span: Span = NOWHERE

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and type(self) is type(other) and self._content() == other._content()

    __ne__ = object.__ne__  # the opposite of `__eq__`; Struct has one of its own, which compares identities

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._compared())})"

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._compared())

    def _compared(self) -> list[str]:
        return [name for name in self.__struct_fields__ if name not in self.uncompared]


class Expression(Node, frozen=True):
    """Anything that has a value for an event or a group."""


class NumberLiteral(Expression, frozen=True):
    """A number as written."""

    value: int | float


class String(Expression, frozen=True):
    """A text in quotes."""

    value: str


class Regex(Expression, frozen=True):
    r"""A regular expression between slashes, with ``\/`` already replaced by ``/``."""

    pattern: str


class Name(Expression, frozen=True):
    """A field, given by its whole dotted name without backticks."""

    name: str


class Star(Expression, frozen=True):
    """The ``*`` of ``count(*)``."""


class Duration(Expression, frozen=True):
    """A number and a unit of time, such as ``5m``; ``unit`` is the short name of the unit."""

    amount: int | float
    unit: str


class Call(Expression, frozen=True):
    """A function and its arguments."""

    uncompared = ("span", "function_span")
    function: str
    arguments: tuple[Expression, ...]
    function_span: Span = NOWHERE


class Access(Expression, frozen=True):
    """A path into the result of a call: ``jsonParse(x).a.b``."""

    base: Expression
    path: str


class Unary(Expression, frozen=True):
    """``-x``, ``!x`` or ``not x``; the operator is ``-`` or ``not``."""

    operator: str
    operand: Expression


class Arithmetic(Expression, frozen=True):
    """``left operator right`` with ``+ - * / % ^``."""

    operator: str
    left: Expression
    right: Expression


class Comparison(Expression, frozen=True):
    """``left operator right`` with ``= != < <= > >=``."""

    operator: str
    left: Expression
    right: Expression


class Logical(Expression, frozen=True):
    """Two or more conditions joined by ``and`` or by ``or``."""

    operator: str
    operands: tuple[Expression, ...]


class Like(Expression, frozen=True):
    """``subject like pattern``: contains a text, or matches a regular expression."""

    subject: Expression
    pattern: Expression
    negated: bool = False


class In(Expression, frozen=True):
    """``subject in [items]``."""

    subject: Expression
    items: tuple[Expression, ...]
    negated: bool = False


class InSubquery(Expression, frozen=True):
    """``subject in (subquery)``."""

    subject: Expression
    query: Query
    negated: bool = False


class Item(Node, frozen=True):
    """One of a list of expressions: the name of its column, and the expression.

    ``name`` is the alias, or the expression as written.
    """

    uncompared = ("span", "name_span")
    expression: Expression
    name: str
    aliased: bool
    name_span: Span = NOWHERE


class Target(Node, frozen=True):
    """A column name that a stage defines, as ``parse … as NAME`` does."""

    name: str


class Stage(Node, frozen=True):
    """One stage of a query; each command defines its own."""


class Query(Node, frozen=True):
    """The stages in the order written."""

    stages: tuple[Stage, ...]


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below a node, in order."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
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
