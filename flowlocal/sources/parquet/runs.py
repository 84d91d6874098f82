"""Runs of row groups that are read together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct


class Run(Struct, frozen=True):
    """Row groups that are read together.

    Attributes:
        first: the 0-based number of their first row.
        rows: how many rows the footer says they have.
        groups: their numbers.
    """

    first: int
    rows: int
    groups: Sequence[int]


def runs_of(sizes: Sequence[int], most: int) -> Iterator[Run]:
    """Return neighbouring row groups that have few rows together; a larger row group is alone.

    Args:
        sizes: how many rows each row group has.
        most: how many rows they may have together.
    """
    groups, rows, first = list[int](), 0, 0
    for number, size in enumerate(sizes):
        if groups and rows + size > most:
            yield Run(first, rows, groups)
            groups, rows, first = [], 0, first + rows
        groups.append(number)
        rows += size
    if groups:
        yield Run(first, rows, groups)


def one_by_one(run: Run, sizes: Sequence[int]) -> Iterator[Run]:
    """Return the row groups of a run individually, so that undamaged ones can be read."""
    first = run.first
    for number in run.groups:
        yield Run(first, sizes[number], (number,))
        first += sizes[number]
