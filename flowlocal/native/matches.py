"""Short texts in which a simple pattern occurs, found by the library."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence, Set

import polars as pl

from flowlocal.native.arrow import Column, SeriesStream
from flowlocal.native.library import load

MOST_PLACES = 64


class _Pattern(ctypes.Structure):
    _fields_ = (
        ("places", ctypes.c_uint64 * 128),
        *((name, ctypes.c_uint64) for name in ("repeated", "last")),
        *((name, ctypes.c_int32) for name in ("from_start", "to_end")),
    )


class ShortPattern:
    """Places one after the other, each of which has an ASCII character.

    Args:
        places: the characters that each of them may have, 1 to ``MOST_PLACES``.
        repeated: the places that may have several of their characters.
        from_start: True if a match begins where the text does.
        to_end: True if it ends where the text does.
    """

    def __init__(self, places: Sequence[Set[str]], repeated: Set[int], *, from_start: bool, to_end: bool) -> None:
        self._compiled = _Pattern(from_start=from_start, to_end=to_end, last=1 << len(places) - 1)
        self._compiled.repeated = sum(1 << place for place in repeated)
        for place, characters in enumerate(places):
            for character in characters:
                self._compiled.places[ord(character)] |= 1 << place

    def occurs_in(self, texts: pl.Series) -> pl.Series | None:
        """Return Boolean: whether it occurs in each text of a String column; not in null.

        Texts that are not ASCII, or of more than 64 characters, are left to other readers: then None is returned.
        """
        if texts.is_empty():
            return None
        stream, holds = SeriesStream(texts.rechunk()), Column()
        given_up = load().fl_matches(stream.address, len(texts), ctypes.byref(self._compiled), *holds.pointers)
        if given_up < 0:
            raise MemoryError("no memory to search texts")
        return None if given_up else pl.Series(holds)
