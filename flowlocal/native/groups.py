"""Groups of rows by integers with all values of each group, in memory of the library."""

from __future__ import annotations

import random
from enum import IntEnum
from typing import TYPE_CHECKING

import polars as pl

from flowlocal.native.arrow import Column, FrameStreams
from flowlocal.native.library import load

if TYPE_CHECKING:
    from fractions import Fraction

MOST_KEYS, MOST_COLUMNS = 4, 16


class Of(IntEnum):
    """What a column has."""

    KEY = 0
    ROWS = 1
    FIRST = 2
    VALUES = 3
    COUNT = 4
    TOTAL = 5


class Reduction(IntEnum):
    """What is made of the values of a column."""

    SUM = 0
    LEAST = 1
    LARGEST = 2


class Groups:
    """Groups of rows.

    Args:
        keys: the number of keys, from 1 to ``MOST_KEYS``; rows with equal or missing ones are a group.
        columns: the number of columns of values, up to ``MOST_COLUMNS``.
        has_first: True if there is a column of which groups have the largest value.
    """

    def __init__(self, keys: int, columns: int, *, has_first: bool) -> None:
        self._library = load()
        self._address = self._library.fl_groups_new(keys, columns, has_first, random.getrandbits(64))
        if not self._address:
            raise MemoryError("no memory for groups")

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows: keys and values (Int64 or UInt32), and the column (Int64 or Int128) whose largest value counts."""
        streams = FrameStreams(rows)
        if self._library.fl_groups_add(self._address, streams.addresses, len(rows)):
            raise MemoryError("no memory for the values of groups")

    def merge(self, others: Groups) -> None:
        """Move the rows of other groups, with as many keys and columns, to these."""
        if self._library.fl_groups_merge(self._address, others._address):
            raise MemoryError("no memory for groups")

    def __len__(self) -> int:
        return int(self._library.fl_groups_count(self._address))

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        return int(self._library.fl_groups_bytes(self._address))

    def column(self, of: Of, number: int = 0, rows_of: range | None = None) -> pl.Series:
        """Return Int64, or Int128 of FIRST: a value of each group; or of the rows of some groups, group by group."""
        column, some = Column(), rows_of or range(len(self))
        numbers = of, number, rows_of is not None, some.start, some.stop
        if self._library.fl_groups_export(self._address, *numbers, *column.pointers):
            raise MemoryError("no memory for a column of groups")
        return pl.Series(column)

    def total(self, of: Of, number: int, reduction: Reduction) -> pl.Series:
        """Return of each group the COUNT of its values (Int64) or the TOTAL: Int128 of a sum, else Int64, or null."""
        column = Column()
        if self._library.fl_groups_totals(self._address, of, number, reduction, *column.pointers):
            raise MemoryError("no memory for the totals of groups")
        return pl.Series(column)

    def ranked(self, number: int, part: Fraction) -> pl.Series:
        """Return Int64: of each group the value that a part of its values do not exceed, by nearest rank."""
        column = Column()
        numbers = number, part.numerator, part.denominator
        if self._library.fl_groups_ranks(self._address, *numbers, *column.pointers):
            raise MemoryError("no memory for the percentiles of groups")
        return pl.Series(column)

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.fl_groups_free(self._address)
