"""How cells find room on a terminal: widths, folding, and what must not reach it."""

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
"""Values up to this width (a timestamp, an ENI) are never folded."""
_NARROWEST = 20
"""The narrowest that a column of longer values may become."""
_NARROWEST_HEADER = 8

_CONSOLE = Console(width=80, color_system=None)


@dataclass(frozen=True)
class TextColumn:
    """What is known of a column before it gets its width.

    Attributes:
        header: its name.
        cells: its widest value.
        right: do its values stand to the right, as numbers do?
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
        """The width below which the column would be no pleasure to read."""
        cells = self.cells if self.cells <= _WHOLE or self.right else _NARROWEST
        return max(cells, min(cell_len(self.header), _NARROWEST_HEADER))


def safe(cell: str) -> str:
    """Return the cell with control characters as escapes and tabs as blanks, so that its width is known."""
    return visible(cell).replace("\t", "    ").rstrip("\n")


def widest(cells: Sequence[str]) -> int:
    """The columns that the widest line of some cells takes."""
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def widths(columns: Sequence[TextColumn], room: int | None) -> list[int] | None:
    """The width of each column within so many columns of terminal, or None where they cannot stand side by side."""
    natural = [column.natural for column in columns]
    if room is None:
        return natural
    room -= GAP * (len(columns) - 1)
    if sum(natural) <= room:
        return natural
    least = [min(column.least, column.natural) for column in columns]
    return _share(least, natural, room) if sum(least) <= room else None


def _share(least: list[int], natural: list[int], room: int) -> list[int]:
    """Give what room is left over to the columns, one place at a time to the narrowest that still wants it."""
    given = list(least)
    for _ in range(room - sum(least)):
        wanting = [index for index, width in enumerate(given) if width < natural[index]]
        given[min(wanting, key=lambda index: given[index])] += 1
    return given


def fold(cell: str, width: int) -> list[str]:
    """The cell as lines of at most that width, broken at blanks where that can be."""
    if "\n" not in cell and cell_len(cell) <= width:
        return [cell]
    return [line.plain.rstrip() for line in Text(cell).wrap(_CONSOLE, width, overflow="fold")]


def pad(text: str, width: int, *, right: bool) -> str:
    """The text filled up with blanks to a width, counted in terminal columns."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks
