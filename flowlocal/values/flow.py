"""Integer fields of flow log records: a whole number, or the text ``-``."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.values.number import INT64_MAX, Number
from flowlocal.values.value import Key, Parts, Value

_DASH_KEY = -1


@dataclass(frozen=True, eq=False)
class FlowInteger(Value):
    """A field such as ``dstPort``; ``-`` is present, forms a group of its own, and is not a number (decided).

    Attributes:
        integer: an integer dtype, never negative; null if the record contains ``-`` or the line is not a record.
        record: Boolean: True if the line is a record.
        maximum: the largest value that a record can contain.
    """

    integer: pl.Expr
    record: pl.Expr
    maximum: int = INT64_MAX

    @property
    def parts(self) -> Parts:
        """One column, with -1 for ``-``."""
        filled = self.integer.cast(pl.Int64).fill_null(_DASH_KEY)
        return {"key": pl.when(self.record).then(filled)}

    def rebuild(self, parts: Parts) -> FlowInteger:
        """Return a field over another column."""
        key = parts["key"]
        return FlowInteger(pl.when(key >= 0).then(key), key.is_not_null(), self.maximum)

    def number(self) -> Number:
        """Return the number; missing for ``-``."""
        return Number.whole(self.integer, self.maximum)

    def present(self) -> pl.Expr:
        """Return a Boolean expression: True if the line is a record."""
        return self.record

    def text(self) -> pl.Expr:
        """Return the number in digits, or ``-``."""
        return pl.when(self.record).then(self.integer.cast(pl.String).fill_null("-"))

    def typed(self) -> pl.Expr:
        """Return Int64; null for ``-``."""
        return self.integer.cast(pl.Int64)

    def condition(self) -> pl.Expr:
        """Return True for a number other than 0."""
        return (self.integer != 0).fill_null(value=False)

    def words(self) -> pl.Expr:
        """Return ``-`` if the record contains it, else null."""
        return pl.when(self.record & self.integer.is_null()).then(pl.lit("-"))

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the sort key: missing, then ``-``, then the numbers."""
        return (Key(self.parts["key"]),)
