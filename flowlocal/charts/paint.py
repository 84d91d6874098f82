"""Colours of series: the sixteen of the terminal, which suit dark and light backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowlocal.ansi import painter
from flowlocal.charts.model import Series

_CYCLE = (6, 5, 4, 3, 14, 13, 12, 11, 2, 1)
_KNOWN = {"ACCEPT": 2, "REJECT": 1, "NODATA": 3, "SKIPDATA": 3, "-": 8}
_SIGNS = "█▓▒░▚▞▤▥▦▩"
LETTERS = "*+xo#@%&=~"


@dataclass(frozen=True)
class Painter:
    """Adds colours to text, if they are wanted.

    Attributes:
        color: True if they are.
    """

    color: bool

    def bold(self, text: str) -> str:
        """Return the text in bold."""
        return painter(self.color)(text, "1")

    def dim(self, text: str) -> str:
        """Return the text dimmed."""
        return painter(self.color)(text, "2")

    def ink(self, text: str, code: int) -> str:
        """Return the text in one of the sixteen colours."""
        return painter(self.color and bool(text))(text, f"38;5;{code}")

    def sign(self, number: int) -> str:
        """Return the character that fills the areas of a series."""
        return "█" if self.color else _SIGNS[number % len(_SIGNS)]


def inks(series: Sequence[Series]) -> list[int]:
    """Return a colour for each series; the actions and statuses of flow logs have fixed ones."""
    taken = {_KNOWN[each.name] for each in series if each.name in _KNOWN}
    free = [code for code in _CYCLE if code not in taken] or list(_CYCLE)
    found, place = [], 0
    for each in series:
        if each.name in _KNOWN:
            found.append(_KNOWN[each.name])
        else:
            found.append(free[place % len(free)])
            place += 1
    return found
