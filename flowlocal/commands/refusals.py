"""What several commands refuse, in the service's own words where they are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlocal.functions.registry import find
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span, verbatim
from flowlocal.language.printer import print_expression

if TYPE_CHECKING:  # a frame refuses names itself
    from flowlocal.commands.frame import Frame


def redefined(name: str, span: Span) -> MalformedQuery:
    """The service's error for a name defined twice (recorded)."""
    return MalformedQuery(
        f"Ephemeral field is already defined: {name}",
        span,
        hint=f"give it another name with `as`; `display {name}` shows it as it is",
        service=f"Ephemeral field is already defined: {verbatim(name)} ([{{start}},{{end}}])",
    )


def unknown_symbol(name: str, span: Span, *, hint: str) -> MalformedQuery:
    """The service's error for a name that ``stats`` did not make (recorded)."""
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
            written = "".join(frame.circumstances.written(stage.span).split())
            raise MalformedQuery(
                f"No aggregation function expression allowed: {written}",
                stage.span,
                hint=f"`{node.function}` takes the events of a group; write `stats {print_expression(node)}`",
                service=f"No aggregation function expression allowed: {verbatim(written)} ([{{start}},{{end}}])",
            )
