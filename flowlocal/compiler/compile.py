"""Compile expressions of the language to values over Polars expressions."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

import polars as pl

from flowlocal.compiler.call import call_function
from flowlocal.compiler.patterns import check_pattern
from flowlocal.compiler.registry import find, known_names
from flowlocal.compiler.scope import Scope
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.suggest import did_you_mean
from flowlocal.language.unparse import print_expression
from flowlocal.values import Boolean, Json, Number, Text, Value, arithmetic
from flowlocal.values.compare import compare, contains_any, differs

_COMPUTED = (tree.Unary, tree.Arithmetic, tree.Comparison, tree.Logical, tree.Like, tree.In, tree.Call)

LONGEST_EXPRESSION = 10_000
"""Length of a printed Polars expression; a longer one becomes a column before it is used in another.

The parts of an expression name each value up to a dozen times, so that nested expressions would grow without bounds.
"""

_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "%": arithmetic.remainder,
    "^": arithmetic.power,
}


def compile_expression(node: tree.Expression, scope: Scope) -> Value:
    """Return the value of an expression in every row.

    Raises:
        MalformedQuery: for an unknown function or name, a wrong argument, or an invalid regular expression.
    """
    made = scope.column(node)
    if made is not None:
        return made
    value = _compile(node, scope)
    if isinstance(node, _COMPUTED) and not any(part.meta.root_names() for part in value.parts.values()):
        return _constant(value)
    return scope.hold(value) if _is_heavy(value) else value


def _constant(value: Value) -> Value:
    """Return a value of constants only, computed at once: Polars fails on some constant expressions."""
    row = pl.select([part.alias(name) for name, part in value.parts.items()])
    parts = {name: pl.lit(series.item(), series.dtype) for name, series in row.to_dict().items()}
    known = [series.item() for series in row if series.item() is not None]
    if known and isinstance(value, Number):
        return Number.of(known[0])
    return Text.of(known[0]) if known and isinstance(value, Text) else value.rebuild(parts)


def _is_heavy(value: Value) -> bool:
    """Return True if an expression that repeats the value several times would become too large to plan."""
    if isinstance(value, Number | Text) and value.literal is not None:
        return False
    return sum(len(str(part)) for part in value.parts.values()) > LONGEST_EXPRESSION


def condition(node: tree.Expression, scope: Scope) -> pl.Expr:
    """Return a Boolean expression without nulls: True if the expression counts as true."""
    return compile_expression(node, scope).condition()


@singledispatch
def _compile(node: tree.Expression, _scope: Scope) -> Value:
    raise MalformedQuery(f"a {type(node).__name__.lower()} is not allowed here", node.span)


@_compile.register(tree.NumberLiteral)
def _(node: tree.NumberLiteral, _scope: Scope) -> Value:
    return Number.of(node.value)


@_compile.register(tree.String)
def _(node: tree.String, _scope: Scope) -> Value:
    return Text.of(node.value)


@_compile.register(tree.Regex)
def _(node: tree.Regex, _scope: Scope) -> Value:
    raise MalformedQuery(
        "a regular expression is not allowed here", node.span, hint="it is only allowed after `like`, `=~` or `parse`"
    )


@_compile.register(tree.Star)
def _(node: tree.Star, _scope: Scope) -> Value:
    raise MalformedQuery("unexpected symbol found *", node.span, hint="`*` is only an argument of `count`: `count(*)`")


@_compile.register(tree.Duration)
def _(node: tree.Duration, _scope: Scope) -> Value:
    raise MalformedQuery(
        "a period is not allowed here",
        node.span,
        hint="periods such as `5m` are arguments of functions of time, as in `bin(5m)`",
    )


@_compile.register(tree.Name)
def _(node: tree.Name, scope: Scope) -> Value:
    return scope.field(node.name, node.span)


@_compile.register(tree.Unary)
def _(node: tree.Unary, scope: Scope) -> Value:
    if node.operator == "-":
        return arithmetic.negate(compile_expression(node.operand, scope).number())
    return Boolean(~condition(node.operand, scope))


@_compile.register(tree.Arithmetic)
def _(node: tree.Arithmetic, scope: Scope) -> Value:
    left, right = (compile_expression(side, scope).number() for side in (node.left, node.right))
    return _ARITHMETIC[node.operator](left, right)


@_compile.register(tree.Comparison)
def _(node: tree.Comparison, scope: Scope) -> Value:
    left, right = (compile_expression(side, scope) for side in (node.left, node.right))
    return Boolean(compare(node.operator, left, right))


@_compile.register(tree.Logical)
def _(node: tree.Logical, scope: Scope) -> Value:
    operands = [condition(operand, scope) for operand in node.operands]
    return Boolean(pl.all_horizontal(operands) if node.operator == "and" else pl.any_horizontal(operands))


@_compile.register(tree.Like)
def _(node: tree.Like, scope: Scope) -> Value:
    found = _search(compile_expression(node.subject, scope).text(), node.pattern, scope).fill_null(value=False)
    return Boolean(~found if node.negated else found)


def _search(subject: pl.Expr, pattern: tree.Expression, scope: Scope) -> pl.Expr:
    if isinstance(pattern, tree.Regex):
        return subject.str.contains(check_pattern(pattern.pattern, pattern.span))
    wanted = compile_expression(pattern, scope)
    text = wanted.literal if isinstance(wanted, Text) else None
    return subject.str.contains(pl.lit(text) if text is not None else wanted.text(), literal=True)


@_compile.register(tree.In)
def _(node: tree.In, scope: Scope) -> Value:
    subject = compile_expression(node.subject, scope)
    found = contains_any(subject, [compile_expression(item, scope) for item in node.items])
    return Boolean(differs(found, subject) if node.negated else found)


@_compile.register(tree.InSubquery)
def _(node: tree.InSubquery, scope: Scope) -> Value:
    return scope.in_subquery(node)


@_compile.register(tree.Access)
def _(node: tree.Access, scope: Scope) -> Value:
    base = compile_expression(node.base, scope)
    if not isinstance(base, Json):
        raise MalformedQuery(
            "only maps and lists have keys", node.span, hint="a path follows `jsonParse(…)` or a field"
        )
    return base.at(node.path)


@_compile.register(tree.Call)
def _(node: tree.Call, scope: Scope) -> Value:
    function = find(node.function)
    if function is None:
        hint = did_you_mean(node.function, known_names(aggregates=scope.aggregates))
        raise MalformedQuery(f"unknown function {node.function}", node.function_span, hint=hint)
    if function.aggregate:
        return scope.aggregated(node)
    if function.grouping and not scope.grouping:
        raise MalformedQuery(
            f"{function.name} makes groups, so it is only allowed after `by`",
            node.span,
            hint=f"write `stats count(*) by {print_expression(node)}`",
        )
    made: Value = call_function(function, node, scope, compile_expression)
    return made
