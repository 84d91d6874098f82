"""Texts as numbers: IPv4 addresses by the library, so that they are compared and hashed as 32 bits."""

from __future__ import annotations

import polars as pl

from flowlocal.native.arrow import Column, SeriesStream
from flowlocal.native.library import load

OTHER = 0xF000_0000
"""The number of a text that is neither an address nor a dash; those of addresses are below it."""
DASH = 0xFFFF_FFFE
"""The number of ``-``."""
MISSING = 0xFFFF_FFFF
"""The number of null."""


def address_numbers(texts: pl.Series) -> tuple[pl.Series, int]:
    """Return a String column as UInt32, and how many of its texts are ``OTHER``.

    An IPv4 address below 240.0.0.0 that is written without leading zeros becomes its number.
    """
    stream, column = SeriesStream(texts), Column()
    others = load().fl_addresses(stream.address, len(texts), *column.pointers)
    if others < 0:
        raise MemoryError("no memory for the numbers of texts")
    return pl.Series(column).alias(texts.name), others
