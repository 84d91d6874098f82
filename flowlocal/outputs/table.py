"""``table``: aligned columns for people.

Rich measures and folds; the lines are built here, because Rich's own tables take some sixty microseconds per
cell, two and a half seconds for the 10,000 rows that a query without a limit may return.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from flowlocal.ansi import Painter, painter
from flowlocal.outputs import Format, Sink
from flowlocal.text_layout import GAP, TextColumn, fold, pad, safe, widest, widths

if TYPE_CHECKING:
    from flowlocal.result import Result

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|-|")
_BOLD, _DIM = "1", "2"
_STYLES = {"ACCEPT": "32", "REJECT": "31", "NODATA": "33", "SKIPDATA": "33", "-": _DIM}
"""SGR codes of the values that are most important in a flow log."""


def write(result: Result, sink: Sink) -> None:
    """Write aligned columns, numbers to the right; missing cells are blank.

    If the columns do not fit on the terminal, long values are folded; if that would make them too narrow, each
    row is written as a block with one line per field.
    """
    cells = [result.printed[name].to_list() for name in result.columns]
    for line in render(result.columns, cells, width=sink.width, color=sink.color):
        sink.write(line + "\n")


def render(
    names: Sequence[str], cells: Sequence[Sequence[str | None]], *, width: int | None = None, color: bool = False
) -> Iterator[str]:
    """Return the lines of a table.

    Args:
        names: the names of the columns.
        cells: the values of each column, from the first row to the last; None is missing.
        width: columns of the terminal; None for as wide as the table needs.
        color: True for colours.
    """
    texts = [[safe(cell or "") for cell in column] for column in cells]
    columns = [_column(name, column) for name, column in zip(names, texts, strict=True)]
    given = widths(columns, width)
    paint = painter(color)
    folded = _grid(columns, texts, given, paint) if given else _blocks(names, cells, max(width or 80, 8), paint)
    return (line.rstrip() for line in folded)


def _column(name: str, cells: Sequence[str]) -> TextColumn:
    numbers = any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
    return TextColumn(safe(name), widest(cells), right=numbers)


def _grid(
    columns: Sequence[TextColumn], cells: Sequence[Sequence[str]], given: Sequence[int], paint: Painter
) -> Iterator[str]:
    yield from _lines([column.header for column in columns], columns, given, lambda text: paint(text, _BOLD))
    yield paint("─" * (sum(given) + GAP * (len(given) - 1)), _DIM)
    for row in zip(*cells, strict=True):
        yield from _lines(row, columns, given, lambda text: _highlight(text, paint))


def _lines(
    row: Sequence[str], columns: Sequence[TextColumn], given: Sequence[int], style: Callable[[str], str]
) -> Iterator[str]:
    """Yield the terminal lines of one row: one, or as many as its most folded cell needs."""
    folded = [fold(cell, width) for cell, width in zip(row, given, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = (
            pad(part, width, right=column.right) for part, width, column in zip(parts, given, columns, strict=True)
        )
        yield (" " * GAP).join(style(part) for part in padded)


def _highlight(padded: str, paint: Painter) -> str:
    code = _STYLES.get(padded.strip())
    return paint(padded, code) if code else padded


def _blocks(names: Sequence[str], cells: Sequence[Sequence[str | None]], width: int, paint: Painter) -> Iterator[str]:
    """Yield each row as a block with one line per field; missing cells are left out."""
    label = min(widest(names), width // 3)
    columns, room = [TextColumn("", label), TextColumn("", width)], [label, width - label - GAP]
    for number, row in enumerate(zip(*cells, strict=True), 1):
        yield paint(f"── {number} ".ljust(width, "─"), _DIM)
        for name, value in zip(names, row, strict=True):
            if value is not None:
                yield from _lines([safe(name), safe(value)], columns, room, lambda text: _highlight(text, paint))


FORMAT = Format("table", "aligned columns, for people", write)
