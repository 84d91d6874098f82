"""Ranks of events: integers in the order of an answer, see ``Events.rank``."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct

from flowlocal.events import LINE_BITS, ROW
from flowlocal.sources.records.schema import TIMESTAMP

_LARGEST = 2**63 - 1


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


def ranks(first: int, last: int, place: pl.Expr, places: int) -> pl.Expr:
    """Return the ranks of events: of Int64 if these are few, or close to each other in time, else of Int128.

    Args:
        first: the time of the earliest event in epoch milliseconds; events without a time come before it.
        last: the time of the latest event.
        place: Int64 from 0 on, less than ``places``: smaller for events that are read before others.
        places: so many are there.
    """
    since = pl.col(TIMESTAMP).cast(pl.Int64).fill_null(first - 1) - first
    since = since if (last - first + 2) * places <= _LARGEST else since.cast(pl.Int128)
    return since * places - place


def ranks_of_files(extents: Sequence[tuple[int, Extent | None]]) -> pl.Expr | None:
    """Return the ranks of the events of files; None if too little is known of them.

    Args:
        extents: the number of each file, with what is known of it.
    """
    known = [(number, extent) for number, extent in extents if extent is not None]
    if len(known) < len(extents) or not known:
        return None
    bits = max(extent.rows for _, extent in known).bit_length()  # of a line in its file
    places = (max(number for number, _ in known) + 1) << bits
    if bits > LINE_BITS or places > _LARGEST:
        return None
    times = [time for _, each in known if each.first <= each.last for time in (each.first, each.last)]
    row = pl.col(ROW)
    place = row if places == 1 << bits else row - row // 2**LINE_BITS * (2**LINE_BITS - 2**bits)
    return ranks(min(times, default=0), max(times, default=0), place, places)
