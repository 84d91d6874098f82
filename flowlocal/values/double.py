"""Numbers of Lambda's REPORT lines, which print as Java prints a double until something is computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.values.number import Number
from flowlocal.values.printing import double_text
from flowlocal.values.value import Parts, Value


@dataclass(frozen=True, eq=False)
class Double(Value):
    """A discovered Lambda number such as ``@duration`` (recorded: ``3.0``, ``1.28E8``).

    Attributes:
        real: Float64.
    """

    real: pl.Expr
    numeric = True

    @property
    def parts(self) -> Parts:
        """The number."""
        return {"real": self.real}

    def rebuild(self, parts: Parts) -> Double:
        """A number over another column."""
        return Double(parts["real"])

    def number(self) -> Number:
        """The number, which prints without a point from here on."""
        return Number(real=self.real)

    def text(self) -> pl.Expr:
        """As Java's ``Double.toString``."""
        return double_text(self.real)

    def typed(self) -> pl.Expr:
        """Float64."""
        return self.real
