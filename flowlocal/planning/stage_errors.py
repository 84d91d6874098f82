"""Errors that several commands raise, in the service's own words if these are known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flowlocal.compiler.registry import find
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span, verbatim
from flowlocal.language.suggest import nearest
from flowlocal.language.unparse import print_expression, print_name

if TYPE_CHECKING:  # a frame refuses names itself
    from flowlocal.planning.frame import Frame


def redefined(name: str, span: Span) -> MalformedQuery:
    """Return the service's error for a name defined twice (recorded)."""
    return MalformedQuery(
        f"Ephemeral field is already defined: {name}",
        span,
        hint=f"give it another name with `as`; `display {name}` shows it as it is",
        service=f"Ephemeral field is already defined: {verbatim(name)} ([{{start}},{{end}}])",
    )


def quoted(name: str) -> str:
    """Return a field's name as messages show it: backticks around a plain name are not part of the query."""
    return f"`{name}`" if print_name(name) == name else f"`{name}` (with the backticks)"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint that shows the nearest field as a query writes it, or an empty text."""
    found = nearest(name, known)
    return f"did you mean {quoted(found)}?" if found else ""


def unknown_name(frame: Frame, name: str, span: Span) -> MalformedQuery:
    """Return the error for a name that rows which replaced the events do not have.

    After ``stats`` it is in the service's words (recorded); for other commands these are not known.
    """
    made_by, listed = frame.rows.origin.command, ", ".join(map(quoted, frame.values))
    if name.lower() in ("true", "false"):
        hint = f"`{name}` is read as the name of a field; write `{int(name.lower() == 'true')}`"
    elif name in frame.rows.origin.earlier:
        carried = f", or carry it on: `stats … by {print_name(name)}`" if made_by == "stats" else ""
        hint = f"use {quoted(name)} in a stage before `{made_by}`{carried}"
    else:
        hint = did_you_mean(name, frame.values) or f"after `{made_by}` there are {listed or 'no names'}"
    if made_by == "stats":
        return unknown_symbol(name, span, hint=hint)
    return MalformedQuery(f"unknown name after `{made_by}`: {name}", span, hint=hint)


def unknown_symbol(name: str, span: Span, *, hint: str) -> MalformedQuery:
    """Return the service's error for a name that ``stats`` did not make (recorded)."""
    return MalformedQuery(
        f"Unknown symbols found in or after stats: {name}",
        span,
        hint=hint,
        service=f"Unknown symbols found in or after stats: {verbatim(name)}",
    )


def no_aggregates(frame: Frame, stage: tree.Stage) -> None:
    """Refuse an aggregate outside ``stats`` in the service's words (recorded)."""
    for node in tree.walk(stage, into_queries=False):
        function = find(node.function) if isinstance(node, tree.Call) else None
        if isinstance(node, tree.Call) and function and function.aggregate and frame.column(node) is None:
            written = "".join(frame.query.written(stage.span).split())
            raise MalformedQuery(
                f"No aggregation function expression allowed: {written}",
                stage.span,
                hint=f"`{node.function}` aggregates the events of a group; write `stats {print_expression(node)}`",
                service=f"No aggregation function expression allowed: {verbatim(written)} ([{{start}},{{end}}])",
            )
