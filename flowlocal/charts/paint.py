"""Colours of series: the terminal's own sixteen, which fit dark and light backgrounds alike."""

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
    """Puts colours into text where they are wanted.

    Attributes:
        color: are they?
    """

    color: bool

    def bold(self, text: str) -> str:
        """The text in bold."""
        return painter(self.color)(text, "1")

    def dim(self, text: str) -> str:
        """The text in the background."""
        return painter(self.color)(text, "2")

    def ink(self, text: str, code: int) -> str:
        """The text in one of the sixteen colours."""
        return painter(self.color and bool(text))(text, f"38;5;{code}")

    def sign(self, number: int) -> str:
        """What a surface of a series is made of."""
        return "█" if self.color else _SIGNS[number % len(_SIGNS)]


def inks(series: Sequence[Series]) -> list[int]:
    """A colour for each series; what one knows from flow logs has its own."""
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
