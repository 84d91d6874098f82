"""Texts as 32-bit numbers that are equal if and only if the texts are; an IPv4 address is the number that it spells.

Groups by addresses then cost what groups by integers cost. Texts that are no addresses, such as interfaces and IPv6
addresses, are numbered as they occur.
"""

from __future__ import annotations

import polars as pl

from flowlocal.native.addresses import DASH, MISSING, OTHER, address_numbers
from flowlocal.native.distinct import distinct_texts

_MOST_KNOWN = 1 << 16
"""Texts whose numbers are kept in a dictionary."""
_OCTETS = pl.Series([str(octet) for octet in range(256)])


class TextNumbers:
    """The numbers of the texts of one query."""

    def __init__(self) -> None:
        # Polars forgets which text has which number once no Series is left that refers to the categories.
        self._categories = pl.Series([], dtype=pl.Categorical(pl.Categories.random()))
        self._known: dict[str | None, int] = {}

    def number_of(self, texts: pl.Expr) -> pl.Expr:
        """Return UInt32: the numbers of String values; null has one, too."""
        return texts.map_batches(self._numbers, return_dtype=pl.UInt32, is_elementwise=True)

    def text_of(self, numbers: pl.Expr) -> pl.Expr:
        """Return String: the texts of numbers."""
        octets = [pl.lit(_OCTETS).gather(numbers // 2**shift % 256) for shift in (24, 16, 8, 0)]
        category = pl.when(numbers.is_between(OTHER, DASH, closed="left")).then(numbers - OTHER)
        return (
            pl.when(numbers < OTHER)
            .then(pl.concat_str(octets, separator="."))
            .when(numbers == DASH)
            .then(pl.lit("-"))
            .when(numbers < MISSING)
            .then(category.cat.to(self._categories.dtype).cast(pl.String))
        )

    def _numbers(self, texts: pl.Series) -> pl.Series:
        distinct = distinct_texts(texts)
        if distinct is None:
            return self._numbers_of_all(texts)
        places, found = distinct
        return self._numbers_of_distinct(found)[places]

    def _numbers_of_distinct(self, texts: pl.Series) -> pl.Series:
        """Return the numbers of a few texts, most of which recur in other batches: to look for them takes less time."""
        known = list(map(self._known.get, texts.to_list()))
        if None not in known:
            return pl.Series(texts.name, known, pl.UInt32)
        numbers = self._numbers_of_all(texts)
        if len(self._known) < _MOST_KNOWN:
            self._known.update(zip(texts.to_list(), numbers.to_list(), strict=True))
        return numbers

    def _numbers_of_all(self, texts: pl.Series) -> pl.Series:
        numbers, others = address_numbers(texts)
        if not others:
            return numbers
        if others == len(texts):
            return self._numbers_of_others(texts)
        is_other = numbers == OTHER
        return numbers.scatter(is_other.arg_true(), self._numbers_of_others(texts.filter(is_other)))

    def _numbers_of_others(self, texts: pl.Series) -> pl.Series:
        categories = texts.cast(self._categories.dtype).to_physical()
        if (categories >= DASH - OTHER).any():
            raise OverflowError(f"more than {DASH - OTHER:,} distinct texts")
        return categories + OTHER
