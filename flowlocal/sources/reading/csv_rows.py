"""Parse rows of comma-separated values with their text; an invalid row is limited to its first line."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

from msgspec import Struct

_LONGEST_ROW = 1 << 20
"""Maximum characters after a row's first line; events are not longer, so a quote must be unclosed by mistake."""
csv.field_size_limit(1 << 30)


class Row(Struct, frozen=True):
    """A CSV row.

    Attributes:
        cells: the values of its cells.
        text: its text without the line end.
        problem: why it is not valid CSV; empty if it is.
    """

    cells: list[str]
    text: str
    problem: str = ""


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of lines with line ends; a blank line is a row with one empty cell."""
    source = _Lines(lines)
    reader = csv.reader(source, strict=True)
    for first in source:
        if '"' not in first:
            text = first.rstrip("\r\n")
            yield Row(text.split(","), text)
            source.done()
            continue
        source.again(0)
        try:
            yield Row(next(reader), "".join(source.taken).rstrip("\r\n"))
            source.done()
        except csv.Error as error:
            source.again(1)
            yield Row([], first.rstrip("\r\n"), f"it is not valid CSV: {error}")


class _Lines:
    """An iterator of lines that can be pushed back.

    Attributes:
        taken: the lines of the current row.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.taken: list[str] = []
        self._lines = iter(lines)
        self._back: deque[str] = deque()
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._length > _LONGEST_ROW:
            raise csv.Error("a quote is not closed")
        line = self._back.popleft() if self._back else next(self._lines)
        self._length += len(line) if self.taken else 0
        self.taken.append(line)
        return line

    def again(self, first: int) -> None:
        """Push back the lines of the current row from a number on."""
        self._back.extendleft(reversed(self.taken[first:]))
        self.done()

    def done(self) -> None:
        """Start a new row."""
        self.taken, self._length = [], 0
