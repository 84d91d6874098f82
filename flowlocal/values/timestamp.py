"""Times in epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.values.calendar import in_calendar, to_datetime
from flowlocal.values.number import Number
from flowlocal.values.printing import time_text
from flowlocal.values.value import Parts, Value


@dataclass(frozen=True, eq=False)
class Timestamp(Value):
    """A time: it counts as its epoch milliseconds (decided) and prints as date and time in UTC (recorded).

    Attributes:
        milliseconds: Int64, since 1970-01-01 UTC; of the years 1 to 9999, so that a datetime can hold it.
        bin: was it made by ``bin``? Groups of such a key stand newest first (recorded).
    """

    milliseconds: pl.Expr
    bin: bool = False
    numeric = True

    @classmethod
    def of(cls, milliseconds: pl.Expr, *, bin: bool = False) -> Timestamp:  # noqa: A002 - the attribute's name
        """Return the time of any Int64; one that no datetime can hold is missing (decided)."""
        return cls(in_calendar(milliseconds), bin)

    @property
    def parts(self) -> Parts:
        """The milliseconds."""
        return {"milliseconds": self.milliseconds}

    def rebuild(self, parts: Parts) -> Timestamp:
        """A time over another column."""
        return Timestamp(parts["milliseconds"], self.bin)

    def number(self) -> Number:
        """Epoch milliseconds."""
        return Number.whole(self.milliseconds)

    def text(self) -> pl.Expr:
        """``YYYY-MM-DD HH:MM:SS.mmm``."""
        return time_text(self.milliseconds)

    def typed(self) -> pl.Expr:
        """``Datetime("ms")``, UTC without a zone."""
        return to_datetime(self.milliseconds)
