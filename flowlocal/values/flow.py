"""Integer fields of flow log records: a whole number, or the text ``-``."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.values.number import INT64_MAX, Number
from flowlocal.values.value import Key, Parts, Value

_DASH_KEY = -1


@dataclass(frozen=True, eq=False)
class FlowInteger(Value):
    """A field such as ``dstPort``: ``-`` is present, makes a group of its own, and is no number (decided).

    Attributes:
        integer: an integer dtype, never negative; null where the record holds ``-`` or the line was no record.
        record: Boolean: was the line a record?
        maximum: the largest value a record can hold.
    """

    integer: pl.Expr
    record: pl.Expr
    maximum: int = INT64_MAX

    @property
    def parts(self) -> Parts:
        """One column, -1 for ``-``."""
        filled = self.integer.cast(pl.Int64).fill_null(_DASH_KEY)
        return {"key": pl.when(self.record).then(filled)}

    def rebuild(self, parts: Parts) -> FlowInteger:
        """A field over another column."""
        key = parts["key"]
        return FlowInteger(pl.when(key >= 0).then(key), key.is_not_null(), self.maximum)

    def number(self) -> Number:
        """The number; ``-`` is none."""
        return Number.whole(self.integer, self.maximum)

    def present(self) -> pl.Expr:
        """Boolean: was the line a record?"""
        return self.record

    def text(self) -> pl.Expr:
        """The number in digits, or ``-``."""
        return pl.when(self.record).then(self.integer.cast(pl.String).fill_null("-"))

    def typed(self) -> pl.Expr:
        """Int64; null for ``-``."""
        return self.integer.cast(pl.Int64)

    def condition(self) -> pl.Expr:
        """A number other than 0."""
        return (self.integer != 0).fill_null(value=False)

    def words(self) -> pl.Expr:
        """``-`` where the record holds it."""
        return pl.when(self.record & self.integer.is_null()).then(pl.lit("-"))

    def sort_keys(self) -> tuple[Key, ...]:
        """Missing, then ``-``, then the numbers."""
        return (Key(self.parts["key"]),)
