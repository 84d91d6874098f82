"""Booleans, which count and print as 1 and 0 (recorded)."""

from __future__ import annotations

import polars as pl

from flowlocal.values.number import Number
from flowlocal.values.value import Parts, Value


class Boolean(Value, frozen=True):
    """True or false; null if a function of a missing value returned it.

    Attributes:
        flag: Boolean.
    """

    flag: pl.Expr
    numeric = True
    counts = True

    @classmethod
    def of(cls, value: bool) -> Boolean:
        """Return a boolean that is the same in every row."""
        return cls(pl.lit(value, pl.Boolean))

    @classmethod
    def adopt(cls, value: Value) -> Boolean | None:
        """Return a boolean, or missing."""
        return cls(pl.lit(None, pl.Boolean)) if value.absent else super().adopt(value)

    @property
    def parts(self) -> Parts:
        """The flag column."""
        return {"flag": self.flag}

    def rebuild(self, parts: Parts) -> Boolean:
        """Return a boolean over another column."""
        return Boolean(parts["flag"])

    def number(self) -> Number:
        """Return 1 or 0."""
        return Number.whole(self.flag.cast(pl.Int64), maximum=1)

    def text(self) -> pl.Expr:
        """Return ``1`` or ``0``."""
        return self.flag.cast(pl.Int8).cast(pl.String)

    def typed(self) -> pl.Expr:
        """Return the Boolean column."""
        return self.flag

    def condition(self) -> pl.Expr:
        """Return the flag; missing is false."""
        return self.flag.fill_null(value=False)
