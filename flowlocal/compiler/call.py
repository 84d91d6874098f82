"""Calling a function: check the number of arguments and coerce them as its definition says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from flowlocal.compiler.patterns import check_pattern
from flowlocal.compiler.registry import (
    CONDITION,
    DOCUMENT,
    INSTANT,
    PATTERN,
    REAL,
    TEXT,
    WHOLE,
    WRITTEN,
    WRITTEN_NUMBER,
    BadArgument,
    Coercion,
    Function,
    Parameter,
)
from flowlocal.compiler.scope import Scope
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.values import Json, Number, Text, Value
from flowlocal.values.calendar import in_calendar

Compile = Callable[[tree.Expression, Scope], Value]


def call_function(function: Function, call: tree.Call, scope: Scope, compile_: Compile) -> Any:  # noqa: ANN401
    """Return what the function's body makes of a call's arguments: a value, or an aggregation.

    Raises:
        MalformedQuery: for too few or too many arguments, or one of the wrong kind.
    """
    arguments = _without_implied(function, call)
    _check_arity(function, call, arguments)
    parameters = _spread(function.parameters, len(arguments))
    values = [_coerce(*pair, scope, compile_) for pair in zip(parameters, arguments, strict=True)]
    if function.aggregate:
        values = [_for_every_row(value) for value in values]
    extra = {"context": scope} if function.wants_context else {}
    try:
        return function.body(*values, **extra)
    except BadArgument as error:
        span = call.span if error.argument is None else arguments[error.argument].span
        raise MalformedQuery(error.message, span, hint=error.hint) from None
    except MalformedQuery as error:
        error.span = call.span if error.span == tree.NOWHERE else error.span
        raise


def _without_implied(function: Function, call: tree.Call) -> tuple[tree.Expression, ...]:
    """Return the arguments without one that changes nothing, as in ``count(*)`` and ``bin(@timestamp, 1h)``."""
    one_more = len(call.arguments) == function.arity()[0] + 1
    return call.arguments[1:] if one_more and call.arguments[0] == function.implied else call.arguments


def _for_every_row(argument: Any) -> Any:  # noqa: ANN401
    """Return an argument of an aggregate; a constant becomes a column, so that it counts once for every row."""
    if isinstance(argument, Value):
        return argument.rebuild({name: _for_every_row(part) for name, part in argument.parts.items()})
    if not isinstance(argument, pl.Expr) or argument.meta.root_names():
        return argument
    return pl.when(pl.first().is_null() | pl.first().is_not_null()).then(argument)


def _check_arity(function: Function, call: tree.Call, arguments: tuple[tree.Expression, ...]) -> None:
    least, most = function.arity()
    if len(arguments) < least or (most is not None and len(arguments) > most):
        bounds = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        plural = "argument" if most in (1, None) and least == 1 else "arguments"
        raise MalformedQuery(
            f"{function.name} takes {bounds} {plural}, not {len(arguments)}",
            call.span,
            hint=f"write `{function.signature}`",
        )


def _spread(parameters: tuple[Parameter, ...], size: int) -> list[Parameter]:
    spread = list(parameters)
    while spread and spread[-1].repeated and len(spread) < size:
        spread.append(spread[-1])
    return spread[:size]


_COERCIONS: dict[object, Callable[[Value], pl.Expr]] = {
    TEXT: lambda value: value.text(),
    REAL: lambda value: value.number().as_real(),
    WHOLE: lambda value: value.number().as_integer(),
    INSTANT: lambda value: in_calendar(value.number().as_integer()),
    CONDITION: lambda value: value.condition(),
    DOCUMENT: lambda value: value.printed() if isinstance(value, Json) else value.text(),
}


def _coerce(parameter: Parameter, argument: tree.Expression, scope: Scope, compile_: Compile) -> object:
    if parameter.coercion is tree.Duration:
        return _period(parameter, argument)
    if parameter.coercion is tree.Name:
        return _name(parameter, argument)
    value = compile_(argument, scope)
    if parameter.coercion is Value:
        return value
    if parameter.coercion is Number:
        return value.number()
    if parameter.coercion in _COERCIONS:
        return _COERCIONS[parameter.coercion](value)
    return _literal(parameter, argument, value)


def _literal(parameter: Parameter, argument: tree.Expression, value: Value) -> str | int | float:
    """Return a text or a number that must be a literal in the query."""
    if parameter.coercion == WRITTEN_NUMBER:
        number = value.number().literal
        if number is not None:
            return number
    elif isinstance(value, Text) and value.literal is not None:
        is_pattern = parameter.coercion == PATTERN
        return check_pattern(value.literal, argument.span) if is_pattern else value.literal
    wanted = parameter.coercion.name if isinstance(parameter.coercion, Coercion) else str(parameter.coercion)
    known = {WRITTEN, WRITTEN_NUMBER, PATTERN}
    if parameter.coercion not in known:
        raise TypeError(f"no coercion to {parameter.coercion}")
    raise MalformedQuery(f"{parameter.name} must be a {wanted} given as a literal in the query", argument.span)


def _period(parameter: Parameter, argument: tree.Expression) -> tree.Duration:
    if isinstance(argument, tree.Duration):
        return argument
    unit = _UNITS.get(argument.name.lower()) if isinstance(argument, tree.Name) else None
    number = f"{argument.value:g}" if isinstance(argument, tree.NumberLiteral) else None
    hint = f"write `1{unit}`" if unit else f"write `{number}m` for minutes, `{number}h` for hours" if number else ""
    raise MalformedQuery(
        f"{parameter.name} is not a valid duration", argument.span, expected="a duration such as `5m`", hint=hint
    )


_UNITS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w", "month": "mo", "year": "y"}


def _name(parameter: Parameter, argument: tree.Expression) -> tree.Name:
    if not isinstance(argument, tree.Name):
        raise MalformedQuery(f"{parameter.name} must be a field", argument.span, expected="the name of a field")
    return argument
