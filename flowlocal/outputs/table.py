"""``table``: aligned columns for people.

Rich measures and folds; the lines are put together here, since its own tables take some sixty microseconds a
cell, two and a half seconds for the 10,000 rows that a query without a limit may answer with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from flowlocal.outputs import Format, Sink
from flowlocal.outputs._layout import GAP, Column, fold, pad, safe, widest, widths

if TYPE_CHECKING:
    from flowlocal.result import Result

Paint = Callable[[str, str], str]

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|-|")
_BOLD, _DIM = "1", "2"
_STYLES = {"ACCEPT": "32", "REJECT": "31", "NODATA": "33", "SKIPDATA": "33", "-": _DIM}
"""SGR codes of the values that one looks for in a flow log."""


def write(result: Result, sink: Sink) -> None:
    """Write aligned columns, numbers to the right; missing cells are blank.

    Where the columns do not fit on the terminal, long values are folded; where that would leave too little of
    them, each row is written as a block with a line a field.
    """
    cells = [[safe(cell or "") for cell in result.printed[name].to_list()] for name in result.columns]
    columns = [_column(name, values) for name, values in zip(result.columns, cells, strict=True)]
    given = widths(columns, sink.width)
    paint = _painter(sink.color)
    lines = _blocks(result, max(sink.width or 80, 8), paint) if given is None else _grid(columns, cells, given, paint)
    for line in lines:
        sink.write(line.rstrip() + "\n")


def _painter(color: bool) -> Paint:
    return (lambda text, code: f"\x1b[{code}m{text}\x1b[0m") if color else (lambda text, _code: text)


def _column(name: str, cells: Sequence[str]) -> Column:
    numbers = any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
    return Column(safe(name), widest(cells), right=numbers)


def _grid(
    columns: Sequence[Column], cells: Sequence[Sequence[str]], given: Sequence[int], paint: Paint
) -> Iterator[str]:
    yield from _lines([column.header for column in columns], columns, given, lambda text: paint(text, _BOLD))
    yield paint("─" * (sum(given) + GAP * (len(given) - 1)), _DIM)
    for row in zip(*cells, strict=True):
        yield from _lines(row, columns, given, lambda text: _highlight(text, paint))


def _lines(
    row: Sequence[str], columns: Sequence[Column], given: Sequence[int], style: Callable[[str], str]
) -> Iterator[str]:
    """The terminal lines of one row: one, or as many as its most folded cell needs."""
    folded = [fold(cell, width) for cell, width in zip(row, given, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = (
            pad(part, width, right=column.right) for part, width, column in zip(parts, given, columns, strict=True)
        )
        yield (" " * GAP).join(style(part) for part in padded)


def _highlight(padded: str, paint: Paint) -> str:
    code = _STYLES.get(padded.strip())
    return paint(padded, code) if code else padded


def _blocks(result: Result, width: int, paint: Paint) -> Iterator[str]:
    """Each row as a block with a line a field; missing cells are left out."""
    names = min(widest(result.columns), width // 3)
    for number, row in enumerate(result.iter_rows(), 1):
        yield paint(f"── {number} ".ljust(width, "─"), _DIM)
        for name, value in row.items():
            columns = [Column(safe(name), names), Column("", width)]
            room = [names, width - names - GAP]
            yield from _lines([safe(name), safe(value)], columns, room, lambda text: _highlight(text, paint))


FORMAT = Format("table", "aligned columns, for people", write)
