"""Texts as numbers of distinct texts, by the library."""

from __future__ import annotations

import polars as pl

from flowlocal.native.arrow import Column, SeriesStream
from flowlocal.native.library import load


def distinct_texts(texts: pl.Series) -> tuple[pl.Series, pl.Series] | None:
    """Return the number of each text of a String column, ``UInt32`` from 0 on, and the distinct texts by their numbers.

    Null is a text of its own. None is returned if there are more than 4,096, whose numbers cost more than they spare.
    """
    if texts.is_empty():
        return None
    stream, numbers, first = SeriesStream(texts.rechunk()), Column(), Column()
    count = load().fl_distinct(stream.address, len(texts), *numbers.pointers, *first.pointers)
    if count < 0:
        raise MemoryError("no memory for the numbers of texts")
    return (pl.Series(numbers), texts[pl.Series(first)]) if count else None
