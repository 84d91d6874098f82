"""Numbers of Lambda's REPORT lines, which print as Java prints a double, until they are part of a computation."""

from __future__ import annotations

import polars as pl

from flowlocal.values.number import Number
from flowlocal.values.printing import double_text
from flowlocal.values.value import Parts, Value


class Double(Value, frozen=True):
    """A discovered Lambda number such as ``@duration`` (recorded: ``3.0``, ``1.28E8``).

    Attributes:
        real: Float64.
    """

    real: pl.Expr
    numeric = True
    counts = True

    @property
    def parts(self) -> Parts:
        """The number column."""
        return {"real": self.real}

    def rebuild(self, parts: Parts) -> Double:
        """Return a number over another column."""
        return Double(parts["real"])

    def number(self) -> Number:
        """Return the number, which prints without a point from here on."""
        return Number(real=self.real)

    def text(self) -> pl.Expr:
        """Return the number as Java's ``Double.toString`` prints it."""
        return double_text(self.real)

    def typed(self) -> pl.Expr:
        """Return the Float64 column."""
        return self.real
