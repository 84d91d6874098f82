"""Layout of cells on a terminal: widths, folding, and removal of control characters."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from flowlocal.ansi import visible

GAP = 2
"""Blanks between two columns; one where the columns would not fit otherwise."""
_WHOLE = 24
"""Values up to this width (such as a timestamp or an ENI) are folded only if the columns would not fit otherwise."""
_NARROWEST = 20
"""Minimum width of a column of longer values."""
_TIGHT = 15
"""Values up to this width (such as an IPv4 address) are never folded; others are, at a width that is no smaller."""
_DATE, _TIME = len("2026-05-01"), len("12:30:00.000")
"""Widths of the parts of a time that is folded: the date above the time of day."""
_FOLDS = 3
"""Lines up to which a value is folded so narrowly; a longer one keeps the width of a long value."""
_NARROWEST_HEADER = 8

_CONSOLE = Console(width=80, color_system=None)


class TextColumn(Struct, frozen=True):
    """A column before its width is known.

    Attributes:
        header: its name.
        cells: the width of its widest value.
        right: True if its values are aligned to the right, as numbers are.
        times: True if its values are times.
    """

    header: str
    cells: int
    right: bool = False
    times: bool = False

    @property
    def natural(self) -> int:
        """The width at which nothing is folded."""
        return max(cell_len(self.header), self.cells)

    @property
    def comfortable(self) -> int:
        """The width at which only long values are folded."""
        return self._least(self.cells if self.cells <= _WHOLE else _NARROWEST)

    @property
    def roomy(self) -> int:
        """The width at which neither the header nor a value is folded, unless it is a long one."""
        return max(cell_len(self.header), self.cells if self.cells <= _WHOLE else _NARROWEST)

    @property
    def tight(self) -> int:
        """The minimum width at which the column is readable."""
        if self.times:
            return self._least(_TIME if self.cells > _DATE + len(" 12:30:00") else _DATE)
        return self._least(min(self.cells, _TIGHT if self.cells <= _FOLDS * _TIGHT else _NARROWEST))

    def _least(self, cells: int) -> int:
        """Return a minimum width for cells that can have the given one; numbers are never folded."""
        cells = self.cells if self.right else cells
        return min(max(cells, min(cell_len(self.header), _NARROWEST_HEADER)), self.natural)


class TableWidths(Struct, frozen=True):
    """The widths of the columns of a table.

    Attributes:
        each: the width of each column.
        gap: blanks between two columns.
    """

    each: list[int]
    gap: int = GAP


def safe(cell: str) -> str:
    """Return the cell with control characters as escapes and tabs as blanks, so that its width is known."""
    return visible(cell).replace("\t", "    ").rstrip("\n")


def widest(cells: Sequence[str]) -> int:
    """Return the width of the widest line of some cells in terminal columns."""
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def widths(columns: Sequence[TextColumn], room: int | None) -> TableWidths | None:
    """Return the widths of columns in a terminal of that width; None if the columns do not fit side by side."""
    natural = [column.natural for column in columns]
    if room is None:
        return TableWidths(natural)
    comfortable = [column.comfortable for column in columns]
    tight = [column.tight for column in columns]
    most = [column.tight if column.times else column.natural for column in columns]  # between, nothing is gained
    for gap, least, wanted in (
        (GAP, natural, natural),
        (1, natural, natural),
        (GAP, comfortable, natural),
        (1, comfortable, natural),
        (1, tight, most),
    ):
        free = room - gap * (len(columns) - 1)
        if sum(least) <= free:
            return TableWidths(_share(least, wanted, free), gap)
    return None


def roomy(columns: Sequence[TextColumn], room: int | None) -> bool:
    """Return True if columns fit side by side in a terminal of that width, folding only long values."""
    return room is None or sum(column.roomy for column in columns) + len(columns) - 1 <= room


def _share(least: list[int], natural: list[int], room: int) -> list[int]:
    """Distribute the remaining width, one column at a time, to the narrowest that needs more."""
    given = list(least)
    for _ in range(min(room, sum(natural)) - sum(least)):
        wanting = [index for index, width in enumerate(given) if width < natural[index]]
        given[min(wanting, key=lambda index: given[index])] += 1
    return given


def fold(cell: str, width: int) -> list[str]:
    """Return the cell as lines of at most that width, broken at blanks if possible."""
    if "\n" not in cell and cell_len(cell) <= width:
        return [cell]
    return [line.plain.rstrip() for line in Text(cell).wrap(_CONSOLE, width, overflow="fold")]


def pad(text: str, width: int, *, right: bool) -> str:
    """Return the text padded with blanks to a width in terminal columns."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks
