"""Differences as a person reads them: row by row, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowlocal.ansi import one_line, painter
from flowlocal.testing.case import ANY, Row
from flowlocal.testing.compare import Difference

_STYLES = {"-": "31", "+": "32", " ": "2"}
SHOWN = 20
"""Differences that are shown; the rest is counted."""
_WIDEST = 300


def render(differences: Sequence[Difference], *, color: bool = False) -> list[str]:
    """Lines on differences: ``-`` what was expected, ``+`` what is there, and the cells they share between."""
    lines = [line for each in differences[:SHOWN] for line in _lines(each, color)]
    more = len(differences) - SHOWN
    return [*lines, f"and {more} more differing {'row' if more == 1 else 'rows'}"] if more > 0 else lines


def _lines(difference: Difference, color: bool) -> Iterator[str]:
    expected, actual = difference.expected, difference.actual
    if expected is None:
        yield f"row {difference.number} was not expected"
        yield from (_cell("+", name, cell, actual, color) for name, cell in (actual or {}).items())
    elif actual is None:
        yield f"row {difference.number} is missing"
        yield from (_cell("-", name, cell, expected, color) for name, cell in expected.items())
    else:
        yield f"row {difference.number}"
        yield from _cells(expected, actual, color)


def _cells(expected: Row, actual: Row, color: bool) -> Iterator[str]:
    both = {**expected, **actual}
    for name in both:
        wanted, there = expected.get(name), actual.get(name)
        if wanted == there or (wanted == ANY and there is not None):
            yield _cell(" ", name, str(there), both, color)
            continue
        if wanted is not None:
            yield _cell("-", name, wanted, both, color)
        if there is not None:
            yield _cell("+", name, there, both, color)


def _cell(sign: str, name: str, cell: str, row: Row | None, color: bool) -> str:
    name = one_line(name)
    width = max(len(each) for each in row) if row else 0
    shown = cell if cell and cell == cell.strip() and cell.isprintable() else repr(cell)
    shown = shown if len(shown) <= _WIDEST else f"{shown[:_WIDEST]}…"
    return painter(color)(f"  {sign} {name:<{width}}  {shown}", _STYLES[sign])
