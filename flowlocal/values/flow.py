"""Integer fields of flow log records: a whole number, or the text ``-``."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.values.number import INT64_MAX, Number
from flowlocal.values.value import Key, Parts, Pick, Value

_DASH_KEY = -1
_LARGEST_INT32 = 2**31 - 1


class FlowInteger(Value, frozen=True):
    """A field such as ``dstPort``; ``-`` is present, forms a group of its own, and is not a number (decided).

    Attributes:
        integer: an integer dtype, never negative; null if the record contains ``-`` or the line is not a record.
        record: Boolean: True if the line is a record.
        maximum: the largest value that a record can contain.
    """

    integer: pl.Expr
    record: pl.Expr
    maximum: int = INT64_MAX

    @classmethod
    def adopt(cls, value: Value) -> FlowInteger | None:
        """Return a field, a literal that a record can contain, or missing."""
        if value.absent:
            return cls(pl.lit(None, pl.Int64), pl.lit(value=False), 0)
        literal = value.literal if isinstance(value, Number) else None
        if isinstance(value, Number) and value.integer is not None and isinstance(literal, int) and literal >= 0:
            return cls(value.integer, pl.lit(value=True), value.maximum)
        return value if isinstance(value, FlowInteger) else None

    @classmethod
    def picked(cls, values: Sequence[FlowInteger], pick: Pick) -> FlowInteger:
        """Return one field picked from several."""
        largest = max(value.maximum for value in values)
        return cls(pick([each.integer for each in values]), pick([each.record for each in values]), largest)

    @property
    def parts(self) -> Parts:
        """One column, with -1 for ``-``: of 32 bits if they suffice, because groups take less time by those."""
        dtype = pl.Int32 if self.maximum <= _LARGEST_INT32 else pl.Int64
        filled = self.integer.cast(dtype).fill_null(_DASH_KEY)
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

    def word(self) -> pl.Expr:
        """Return ``-`` if the record contains it, else null."""
        return self.words()

    def words(self) -> pl.Expr:
        """Return ``-`` if the record contains it, else null."""
        return pl.when(self.record & self.integer.is_null()).then(pl.lit("-"))

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the sort key: missing, then ``-``, then the numbers."""
        return (Key(self.parts["key"]),)
