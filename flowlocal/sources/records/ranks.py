"""Ranks of events: integers in the order of an answer, see ``Events.rank``."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct

from flowlocal.events import LINE_BITS, RANK, ROW
from flowlocal.sources.records.schema import TIMESTAMP

_LARGEST = 2**63 - 1
_SECOND = 1000


class Extent(Struct, frozen=True):
    """What is known of a file's events before they are read.

    Attributes:
        rows: how many there are, at most.
        first: the time of the earliest one in epoch milliseconds.
        last: the time of the latest one; less than ``first`` if no event has a time.
    """

    rows: int
    first: int
    last: int


def _fit(first: int, last: int, places: int) -> bool:
    """Return True if the ranks of events between these times have 64 bits."""
    return (last - first + 2) * places <= _LARGEST


def ranks(first: int, last: int, place: pl.Expr, places: int) -> pl.Expr:
    """Return the ranks of events: of Int64 if these are few, or close to each other in time, else of Int128.

    Args:
        first: the time of the earliest event in epoch milliseconds; events without a time come before it.
        last: the time of the latest event.
        place: Int64 from 0 on, less than ``places``: smaller for events that are read before others.
        places: so many are there.
    """
    since = pl.col(TIMESTAMP).cast(pl.Int64).fill_null(first - 1) - first
    since = since if _fit(first, last, places) else since.cast(pl.Int128)
    return since * places - place


class Ranking(Struct, frozen=True):
    """How events of files are ranked, in ``RANK``.

    Attributes:
        first: the time of the earliest one in epoch milliseconds, a whole second.
        last: the time of the latest one.
        files: how many files there are.
        bits: of the number of a line in its file.
    """

    first: int
    last: int
    files: int
    bits: int

    @property
    def _places(self) -> int:
        return self.files << self.bits

    @property
    def fits(self) -> bool:
        """True if ranks have 64 bits."""
        return self.bits <= LINE_BITS and _fit(self.first, self.last, self._places)

    def of_events(self) -> pl.Expr:
        """Return ``RANK`` of events that have ``TIMESTAMP`` and ``ROW``."""
        row = pl.col(ROW)
        place = row - row // 2**LINE_BITS * (2**LINE_BITS - 2**self.bits)
        return ranks(self.first, self.last, place, self._places).alias(RANK)

    def of_seconds(self, seconds: pl.Expr, lines: pl.Expr, file: int, line: int) -> pl.Expr:
        """Return ``RANK`` of events in one file, in fewer steps.

        Args:
            seconds: their times, Int64.
            lines: their numbers, counted from one of them.
            file: the number of the file.
            line: the number of that event in the file.
        """
        since = (seconds - self.first // _SECOND) * (_SECOND * self._places)
        return (since - ((file << self.bits) + line) - lines).alias(RANK)


def ranking_of(extents: Sequence[tuple[int, Extent | None]]) -> Ranking | None:
    """Return how the events of files are ranked in 64 bits; None if they are not, or too little is known of them.

    Args:
        extents: the number of each file, with what is known of it.
    """
    known = [(number, extent) for number, extent in extents if extent is not None]
    if len(known) < len(extents) or not known:
        return None
    times = [time for _, each in known if each.first <= each.last for time in (each.first, each.last)]
    files = max(number for number, _ in known) + 1
    bits = max(extent.rows for _, extent in known).bit_length()
    ranking = Ranking(min(times, default=0), max(times, default=0), files, bits)
    return ranking if ranking.fits else None
