"""Layout of cells on a terminal: widths, folding, and removal of control characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from flowlocal.ansi import visible

GAP = 2
"""Blanks between two columns."""
_WHOLE = 24
"""Values up to this width (such as a timestamp or an ENI) are never folded."""
_NARROWEST = 20
"""Minimum width of a column of longer values."""
_NARROWEST_HEADER = 8

_CONSOLE = Console(width=80, color_system=None)


@dataclass(frozen=True)
class TextColumn:
    """A column before its width is known.

    Attributes:
        header: its name.
        cells: the width of its widest value.
        right: True if its values are aligned to the right, as numbers are.
    """

    header: str
    cells: int
    right: bool = False

    @property
    def natural(self) -> int:
        """The width at which nothing is folded."""
        return max(cell_len(self.header), self.cells)

    @property
    def least(self) -> int:
        """The minimum width at which the column is readable."""
        cells = self.cells if self.cells <= _WHOLE or self.right else _NARROWEST
        return max(cells, min(cell_len(self.header), _NARROWEST_HEADER))


def safe(cell: str) -> str:
    """Return the cell with control characters as escapes and tabs as blanks, so that its width is known."""
    return visible(cell).replace("\t", "    ").rstrip("\n")


def widest(cells: Sequence[str]) -> int:
    """Return the width of the widest line of some cells in terminal columns."""
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def widths(columns: Sequence[TextColumn], room: int | None) -> list[int] | None:
    """Return the width of each column in a terminal of that width; None if the columns do not fit side by side."""
    natural = [column.natural for column in columns]
    if room is None:
        return natural
    room -= GAP * (len(columns) - 1)
    if sum(natural) <= room:
        return natural
    least = [min(column.least, column.natural) for column in columns]
    return _share(least, natural, room) if sum(least) <= room else None


def _share(least: list[int], natural: list[int], room: int) -> list[int]:
    """Distribute the remaining width, one column at a time, to the narrowest that needs more."""
    given = list(least)
    for _ in range(room - sum(least)):
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
