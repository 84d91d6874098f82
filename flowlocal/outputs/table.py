"""``table``: aligned columns for people.

Rich measures and folds; the lines are built here, because Rich's own tables take some sixty microseconds per
cell, two and a half seconds for the 10,000 rows that a query without a limit may return.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.ansi import Painter, one_line, painter
from flowlocal.outputs import Format, Sink, TableView
from flowlocal.sizes import Unit, in_words
from flowlocal.text_layout import GAP, TableWidths, TextColumn, fold, pad, roomy, safe, widest, widths

if TYPE_CHECKING:
    from flowlocal.result import Result

_NUMBER = re.compile(r"-?\d+(,\d{3})*(\.\d+)?([eE][-+]?\d+)?( +-?[\d,.]+ [kMGT]?(B|bit)(/s)?)?|- *|")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})?|")
_BLANKS = re.compile(" {2,}")
_NO_MILLISECONDS = ".000"
_EDGE, _BLOCK_EDGE = 20, 5
"""Rows, and blocks, that are shown of the beginning and of the end if there are more than the terminal has lines."""
_AROUND = 6
"""Lines of the terminal that are needed around the rows: the query, the header, the statistics and the prompt."""
_LEFT_OUT = "⋮"
_BOLD, _DIM = "1", "2"
_STYLES = {"ACCEPT": "32", "REJECT": "31", "NODATA": "33", "SKIPDATA": "33", "-": _DIM}
"""SGR codes of the values that are most important in a flow log."""
Cells = Sequence[Sequence[str | None]]


def write(result: Result, sink: Sink) -> None:
    """Write aligned columns, numbers to the right; missing cells are blank.

    If the columns do not fit on the terminal, long values are folded; if that would make them too narrow, the optional
    columns are left out, and a line names them; if there are none, each row is written as a block with one line per
    field. Of many rows a terminal gets the first and the last ones, and
    times without their milliseconds if all of a column are whole seconds; files and pipes get everything.
    """
    for line in _lines_of(result, sink):
        sink.write(line + "\n")


def _lines_of(result: Result, sink: Sink) -> Iterator[str]:
    whole = not sink.terminal or sink.view.every_row
    room = len(result) if whole else sink.height - _AROUND
    numbers = _shown(len(result), _EDGE, room)
    table = _Table(result.columns, _cells(result, numbers, sink), sink.width, sink.view).narrowed()
    if table.widths is None:
        numbers = _shown(len(result), _BLOCK_EDGE, room if whole else room // (len(result.columns) + 1))
        table = replace(table, cells=_cells(result, numbers, sink))
    yield from table.lines(numbers, painter(sink.color))
    if left_out := [name for name in result.columns if name not in table.names]:
        line = f"left out: {', '.join(left_out)} (use --wide, --vertical)"
        yield from (painter(sink.color)(part, _DIM) for part in fold(line, sink.width or 80))
    if len(numbers) < len(result):
        yield painter(sink.color)(f"{len(numbers):,} of {len(result):,} rows ({sink.view.more})", _DIM)


def _shown(total: int, edge: int, most: int) -> list[int]:
    """Return the numbers of the rows that are shown, from 1: all up to ``most``, or some at each end."""
    if total <= max(2 * edge, most):
        return list(range(1, total + 1))
    return [*range(1, edge + 1), *range(total - edge + 1, total + 1)]


def _cells(result: Result, numbers: Sequence[int], sink: Sink) -> Cells:
    """Return the values of each column in some rows, as people want to see them."""
    shown = result.printed if len(numbers) == len(result) else result.printed[[number - 1 for number in numbers]]
    cells = []
    for name in result.columns:
        texts = shown[name].to_list()
        if sink.terminal and _has_whole_seconds(result, name):
            texts = [text and text.removesuffix(_NO_MILLISECONDS) for text in texts]
        unit = sink.view.units.get(name)
        cells.append(_with_amounts(texts, unit) if unit else texts)
    return cells


def _has_whole_seconds(result: Result, name: str) -> bool:
    """Return True if a column is of times that are all whole seconds, those of rows that are not shown, too."""
    if not result.typed.schema[name].is_temporal():
        return False
    return bool(result.printed[name].str.ends_with(_NO_MILLISECONDS).all())


def _with_amounts(texts: Sequence[str | None], unit: Unit) -> list[str | None]:
    """Return numbers with the same as people write them, in a column of its own: ``6026606600  6.0 GB``."""
    amounts = [_amount(text, unit) for text in texts]
    width = max(map(len, amounts), default=0)
    return [text and f"{text}{' ' * GAP}{amount.rjust(width)}" for text, amount in zip(texts, amounts, strict=True)]


def _amount(text: str | None, unit: Unit) -> str:
    try:
        return in_words(float(text or ""), unit)
    except ValueError:  # missing, or `-`
        return ""


def render(names: Sequence[str], cells: Cells, *, width: int | None = None, color: bool = False) -> Iterator[str]:
    """Return the lines of a table.

    Args:
        names: the names of the columns.
        cells: the values of each column, from the first row to the last; None is missing.
        width: columns of the terminal; None for as wide as the table needs.
        color: True for colours.
    """
    rows = range(1, len(cells[0]) + 1 if cells else 1)
    return _Table(names, cells, width, TableView()).lines(rows, painter(color))


class _Table(Struct, frozen=True, dict=True):
    """Names and values of columns that are shown in a width."""

    names: Sequence[str]
    cells: Cells
    width: int | None
    view: TableView

    @cached_property
    def texts(self) -> list[list[str]]:
        shown = one_line if self.view.wide else safe
        return [[safe(shown(cell or "")) for cell in column] for column in self.cells]

    @cached_property
    def columns(self) -> list[TextColumn]:
        return [_column(name, column) for name, column in zip(self.names, self.texts, strict=True)]

    @cached_property
    def widths(self) -> TableWidths | None:
        """The widths of the columns; None if each row is a block."""
        return None if self.view.vertical else widths(self.columns, None if self.view.wide else self.width)

    def narrowed(self) -> _Table:
        """Return the table without the optional columns that do not fit; unchanged if that does not help."""
        table = self
        for pattern in () if self.view.vertical or self.view.wide else self.view.optional:
            for name in fnmatch.filter(self.names, pattern):
                if roomy(table.columns, self.width):
                    return table
                table = table._without(name)
        return self if table.widths is None else table

    def _without(self, name: str) -> _Table:
        kept = [number for number, each in enumerate(self.names) if each != name]
        return replace(self, names=[self.names[at] for at in kept], cells=[self.cells[at] for at in kept])

    def lines(self, numbers: Sequence[int], paint: Painter) -> Iterator[str]:
        """Return the lines, given the number of each row from 1; where numbers are left out, a line says so."""
        lines = self._blocks(numbers, paint) if self.widths is None else self._grid(numbers, self.widths, paint)
        return (line.rstrip() for line in lines)

    def _grid(self, numbers: Sequence[int], given: TableWidths, paint: Painter) -> Iterator[str]:
        columns = self.columns
        yield from _lines([column.header for column in columns], columns, given, lambda text: paint(text, _BOLD))
        yield paint("─" * (sum(given.each) + given.gap * (len(columns) - 1)), _DIM)
        for row, left_out in zip(zip(*self.texts, strict=True), _jumps(numbers), strict=True):
            yield from [paint(_LEFT_OUT, _DIM)] if left_out else []
            yield from _lines(row, columns, given, lambda text: _highlight(text, paint))

    def _blocks(self, numbers: Sequence[int], paint: Painter) -> Iterator[str]:
        """Yield each row as a block with one line per field; missing cells are left out."""
        width = max(self.width or 80, 8)
        label = min(widest(self.names), width // 3)
        columns, given = [TextColumn("", label), TextColumn("", width)], TableWidths([label, width - label - GAP])
        rows = zip(*self.cells, strict=True)
        for number, row, left_out in zip(numbers, rows, _jumps(numbers), strict=True):
            yield from [paint(_LEFT_OUT, _DIM)] if left_out else []
            yield paint(f"── {number} ".ljust(width, "─"), _DIM)
            for name, value in zip(self.names, row, strict=True):
                if value is not None:
                    text = _BLANKS.sub(" " * GAP, value) if name in self.view.units else value  # not aligned here
                    yield from _lines([safe(name), safe(text)], columns, given, lambda text: _highlight(text, paint))


def _jumps(numbers: Sequence[int]) -> list[bool]:
    """Return for each row True if there are rows between the one before it and itself that are not shown."""
    return [number - before > 1 for before, number in zip([0, *numbers], numbers, strict=False)]


def _column(name: str, cells: Sequence[str]) -> TextColumn:
    numbers = any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
    times = any(cells) and all(_TIME.fullmatch(cell) for cell in cells)
    return TextColumn(safe(name), widest(cells), right=numbers, times=times)


def _lines(
    row: Sequence[str], columns: Sequence[TextColumn], given: TableWidths, style: Callable[[str], str]
) -> Iterator[str]:
    """Yield the terminal lines of one row: one, or as many as its most folded cell needs."""
    folded = [fold(cell, width) for cell, width in zip(row, given.each, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = (
            pad(part, width, right=column.right) for part, width, column in zip(parts, given.each, columns, strict=True)
        )
        yield (" " * given.gap).join(style(part) for part in padded)


def _highlight(padded: str, paint: Painter) -> str:
    code = _STYLES.get(padded.strip())
    return paint(padded, code) if code else padded


FORMAT = Format("table", "aligned columns, for people", write)
