"""Values whose kind differs between rows, as ``if``, ``case`` and ``coalesce`` return them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.values.boolean import Boolean
from flowlocal.values.flow import FlowInteger
from flowlocal.values.json import Json
from flowlocal.values.natural import natural_key
from flowlocal.values.number import Number
from flowlocal.values.printing import time_text
from flowlocal.values.text import Text, missing
from flowlocal.values.timestamp import Timestamp
from flowlocal.values.value import Key, Parts, Pick, Value


class Mixed(Value, frozen=True):
    """A number in some rows, a text in others, a time in yet others.

    Attributes:
        numbers: the numbers; missing in rows of another kind.
        texts: String: the texts; null in rows of another kind.
        times: Int64: the times in epoch milliseconds; null in rows of another kind; None if no row has a time.
    """

    numbers: Number
    texts: pl.Expr
    times: pl.Expr | None = None

    @property
    def parts(self) -> Parts:
        """The columns of the numbers, the text, and the time."""
        return {**self.numbers.parts, "word": self.texts, **self._times}

    @property
    def _times(self) -> Parts:
        return {} if self.times is None else {"moment": self.times}

    def rebuild(self, parts: Parts) -> Mixed:
        """Return the same kind of value over other columns."""
        return Mixed(self.numbers.rebuild(parts), parts["word"], parts.get("moment"))

    @classmethod
    def merged(cls, values: Sequence[Value], pick: Pick) -> Mixed:
        """Return the numbers, texts and times picked from several values."""
        times = [value.moment() for value in values]
        moments = [pl.lit(None, pl.Int64) if time is None else time for time in times]
        return cls(
            Number.picked([value.figure() for value in values], pick),
            pick([value.word() for value in values]),
            pick(moments) if any(time is not None for time in times) else None,
        )

    def figure(self) -> Number:
        """Return the numbers."""
        return self.numbers

    def word(self) -> pl.Expr:
        """Return the texts."""
        return self.texts

    def moment(self) -> pl.Expr | None:
        """Return the times."""
        return self.times

    def keys(self) -> Parts:
        """Return the group keys; equal numbers have equal keys."""
        return {**self.numbers.keys(), "word": self.texts, **self._times}

    def number(self) -> Number:
        """Return the number, the number that the text reads as, or the milliseconds of the time."""
        read = Text(self.texts).number()
        integers = [each.integer.cast(pl.Int64) for each in (self.numbers, read) if each.integer is not None]
        integers += self._times.values()
        reals = [each.parts["real"] for each in (self.numbers, read) if each.real is not None]
        return Number(pl.coalesce(integers), pl.coalesce(reals))

    def text(self) -> pl.Expr:
        """Return the text, or the number or the time as it prints."""
        times = [time_text(each) for each in self._times.values()]
        return pl.coalesce(self.texts, self.numbers.text(), *times)

    def typed(self) -> pl.Expr:
        """Return the text."""
        return self.text()

    def condition(self) -> pl.Expr:
        """Return True for a number other than 0, and for the text ``true``."""
        return super().condition() | (self.texts == "true").fill_null(value=False)

    def words(self) -> pl.Expr:
        """Return a natural-order key of the texts that do not read as numbers."""
        return natural_key(pl.when(~Text(self.texts).number().present()).then(self.texts))

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the sort keys of texts: missing, then texts in natural order, then numbers."""
        number = self.number()
        rank = pl.when(self.present()).then(number.present().cast(pl.Int8))
        return Key(rank), Key(self.words()), *number.sort_keys(), Key(self.texts)


_KINDS = (Json, Timestamp, Boolean, Text, Number, FlowInteger, Mixed)
"""The kinds that several values may have in common, from the narrowest to the one that represents all values."""


def merge(values: Sequence[Value], pick: Pick) -> Value:
    """Return one value picked from several, of the narrowest kind that can represent them all.

    Args:
        values: the values to pick from.
        pick: returns an expression that picks, in every row, one of the given expressions, one for each value.
    """
    if all(value.absent for value in values):
        return missing()
    return next(made for kind in _KINDS if (made := kind.merged(values, pick)) is not None)
