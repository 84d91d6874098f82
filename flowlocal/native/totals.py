"""Groups of rows by integers with totals of each group, however many there are: rows may wait in a file."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Protocol

import polars as pl

from flowlocal.native.arrow import Column, FrameStreams
from flowlocal.native.groups import Of, Reduction
from flowlocal.native.library import load
from flowlocal.threaded import prefetched

_PARTS, _PIECE = 512, 1 << 15
_SOON = 64_000_000
"""Bytes of rows from which on groups are made of them if they are far fewer."""
_STEP = 16_000_000
"""Bytes of further rows before it is tried again."""
_FRAME = 50_000
"""Groups that are worth a frame."""


class Pieces(Protocol):
    """A file that pieces are appended to; threads may read them at the same time."""

    def append(self, data: memoryview) -> None:
        """Add a piece."""

    def read(self, at: int, size: int) -> bytes:
        """Return the bytes from a place on."""


class TotalsTable:
    """Groups of rows in one table: quick as long as they are few.

    Args:
        keys: the number of keys, from 1 to ``MOST_KEYS``; rows with equal or missing ones are a group.
        columns: what is made of each column of values, up to ``MOST_COLUMNS``.
        has_first: True if there is a column of which groups have the largest value.

    Attributes:
        rows: how many were added.
    """

    _few = 2**63 - 1
    """Groups from which on rows are put into parts."""

    def __init__(self, keys: int, columns: Sequence[Reduction], *, has_first: bool) -> None:
        self.rows = 0
        self._library = load()
        kinds = (ctypes.c_int32 * len(columns))(*columns)
        seed = random.getrandbits(64)
        self._address = self._library.fl_totals_new(keys, len(columns), kinds, has_first, self._few, seed)
        if not self._address:
            raise MemoryError("no memory for totals")

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows: keys and values (Int64 or UInt32), and the column (Int64 or Int128) whose largest value counts."""
        streams = FrameStreams(rows)
        _check(self._library.fl_totals_add(self._address, streams.addresses, len(rows)))
        self.rows += len(rows)

    def __len__(self) -> int:
        return int(self._library.fl_totals_count(self._address))

    def columns(self, columns: Sequence[tuple[Of, int]]) -> list[pl.Series]:
        """Return columns of the groups.

        Args:
            columns: what is wanted: keys, numbers of rows or of values (Int64), the largest value of the column for
                it (Int128), sums (Int128), least and largest values (Int64); with the number of the column.
        """
        return [self._column(of, number) for of, number in columns]

    def _column(self, of: Of, number: int) -> pl.Series:
        column = Column()
        _check(self._library.fl_totals_export(self._address, of, number, *column.pointers))
        return pl.Series(column)

    def keep(self, numbers: pl.Series) -> None:
        """Keep the groups with these numbers, which ascend; no rows can be added to them afterwards."""
        kept = (ctypes.c_int64 * len(numbers))(*numbers)
        self._library.fl_totals_keep_groups(self._address, kept, len(numbers))

    @property
    def bytes(self) -> int:
        """How much memory rows and their groups take."""
        return int(self._library.fl_totals_bytes(self._address))

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.fl_totals_free(self._address)


class Totals(TotalsTable):
    """Groups of rows, however many: once they are not few, rows wait in parts, of which groups are made in the end.

    Args:
        keys: the number of keys.
        columns: what is made of each column of values.
        has_first: True if there is a column of which groups have the largest value.
        file: takes rows that are not kept in memory.
        most: the bytes that rows may take in memory.
    """

    _few = 1 << 14

    def __init__(self, keys: int, columns: Sequence[Reduction], *, has_first: bool, file: Pieces, most: int) -> None:
        super().__init__(keys, columns, has_first=has_first)
        self._table = partial(TotalsTable, keys, columns, has_first=has_first)
        self._file, self._most = file, most
        self._next = min(_SOON, most)

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows, as to a table.

        Raises:
            OSError: rows cannot be written to the file.
        """
        super().add(rows)
        self._shrink()

    def merge(self, table: TotalsTable) -> None:
        """Add the groups of a table with as many keys and the same columns.

        Raises:
            OSError: rows cannot be written to the file.
        """
        _check(self._library.fl_totals_merge(self._address, table._address))
        self.rows += table.rows
        self._shrink()

    def _shrink(self) -> None:
        """Once rows take much, make groups of them if these are far fewer; else write rows to the file."""
        if self.bytes < self._next:
            return
        _check(self._library.fl_totals_compact(self._address))
        if self.bytes * 2 > self._next:
            if self._next >= self._most:
                self._spill()
            self._next = min(2 * self._next, self._most)
        self._next = max(self._next, self.bytes + _STEP)

    def _spill(self) -> None:
        for part in range(_PARTS):
            while piece := self._library.fl_totals_evict(self._address, part):
                self._file.append(memoryview((ctypes.c_char * _PIECE).from_address(piece)).cast("B"))

    def groups(
        self, columns: Sequence[tuple[Of, int]], threads: int = 1, reduce: Callable[[TotalsTable], None] | None = None
    ) -> Generator[list[pl.Series]]:
        """Yield columns of all groups, once, in any order.

        Args:
            columns: what is wanted, see ``columns``.
            threads: how many make groups, each those of another part.
            reduce: given a table with some of very many groups, keeps those that are wanted; may be given them again.
        """
        if not self._library.fl_totals_end(self._address):
            yield self.columns(columns)
            return
        parts = iter(range(_PARTS))  # each is taken by one thread
        yield from prefetched(*[partial(self._groups, parts, columns, reduce)] * threads)

    def _groups(
        self, parts: Iterator[int], columns: Sequence[tuple[Of, int]], reduce: Callable[[TotalsTable], None] | None
    ) -> Iterator[list[pl.Series]]:
        table = self._table()
        for part in parts:
            self._take(table, part)
            if len(table) >= _FRAME and reduce is not None:
                reduce(table)
            if len(table) >= _FRAME:
                yield table.columns(columns)
                self._library.fl_totals_drop_groups(table._address)
        if len(table):
            yield table.columns(columns)

    def _take(self, table: TotalsTable, part: int) -> None:
        """Add the groups of a part to a table that has none of them."""
        _check(self._library.fl_totals_take(table._address, self._address, part))
        for place in self._places(part):
            piece = self._file.read(place * _PIECE, _PIECE)
            if len(piece) < _PIECE:
                raise OSError("a file of this query has become shorter")
            _check(self._library.fl_totals_add_piece(table._address, piece))

    def _places(self, part: int) -> list[int]:
        places = ctypes.POINTER(ctypes.c_int64)()
        count = self._library.fl_totals_evicted(self._address, part, ctypes.byref(places))
        return places[:count]


def _check(failed: int) -> None:
    if failed:
        raise MemoryError("no memory for totals, or columns of other types")
