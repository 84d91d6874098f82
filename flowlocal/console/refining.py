"""Queries with one condition more, for a value that was clicked on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from flowlocal.language.unparse import print_name, print_string
from flowlocal.shell.pieces import PieceKind, pieces

_LAST = ("limit", "head", "tail")
"""Stages before which a condition on the rows belongs."""


def refined(text: str, name: str, value: str | None, *, exclude: bool, number: bool, of_events: bool) -> str:
    """Return a query that has only the rows with a value, or only those without it.

    Args:
        text: the query.
        name: the name of the field or column.
        value: its value as printed; None if it is missing.
        exclude: True to leave out the rows with the value.
        number: True if the value is a number.
        of_events: True if the name is that of a field of the events, so that the condition can come first.

    A condition on the same value that is there already is replaced.

    >>> print(refined("stats count(*) by action", "dstPort", "22", exclude=False, number=True, of_events=True))
    filter dstPort = 22
    | stats count(*) by action
    >>> print(refined("stats count(*) as n by action | limit 9", "n", "3", exclude=True, number=True, of_events=False))
    stats count(*) as n by action
    | filter n != 3
    | limit 9
    """
    wanted, opposite = (_condition(name, value, without, number) for without in (exclude, not exclude))
    parts = [each for each in stages(text) if each not in {wanted, opposite, ""}]
    first = len(list(takewhile(lambda each: command_of(each) == "source", parts)))
    last = len(parts) - len(list(takewhile(lambda each: command_of(each) in _LAST, reversed(parts))))
    parts.insert(first if of_events else max(last, first), wanted)
    return "\n| ".join(parts)


def _condition(name: str, value: str | None, exclude: bool, number: bool) -> str:
    if value is None:
        return f"filter {'' if exclude else 'not '}ispresent({print_name(name)})"
    operand = value if number and value != "-" else print_string(value)
    return f"filter {print_name(name)} {'!=' if exclude else '='} {operand}"


def stages(text: str) -> Iterator[str]:
    """Yield the stages of a query, finished or not, each with its comments; those of subqueries are parts of one."""
    depth, stage = 0, ""
    for piece in pieces(text):
        if piece.sort is PieceKind.OPERATOR:
            depth += (piece.value in "([") - (piece.value in ")]")
            if piece.value == "|" and depth == 0:
                yield stage.strip()
                stage = ""
                continue
        stage += piece.text
    yield stage.strip()


def command_of(stage: str) -> str:
    """Return the name of the command of a stage in lower case; empty if there is none."""
    return next((piece.value.lower() for piece in pieces(stage) if piece.counts), "")
