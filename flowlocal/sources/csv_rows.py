"""Rows of comma-separated values, each with its text. Of a row that is not valid CSV only the first line is taken."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LONGEST_ROW = 1 << 20
"""Characters of the lines of a row after the first one: an event has no more, so a quote is open there by mistake."""
csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Row:
    """A row.

    Attributes:
        cells: the values of its cells.
        text: its text, without the end of the line.
        problem: why it is not valid CSV; empty if it is.
    """

    cells: list[str]
    text: str
    problem: str = ""


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of lines that end with their line ends; blank lines are rows of one empty cell."""
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
    """Lines that can be taken again.

    Attributes:
        taken: the lines of the present row.
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
        """Give back the lines of the present row from a number on."""
        self._back.extendleft(reversed(self.taken[first:]))
        self.done()

    def done(self) -> None:
        """Begin a new row."""
        self.taken, self._length = [], 0
