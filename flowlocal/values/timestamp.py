"""Times in epoch milliseconds."""

from __future__ import annotations

import polars as pl

from flowlocal.values.calendar import in_calendar, to_datetime
from flowlocal.values.number import Number
from flowlocal.values.printing import time_text
from flowlocal.values.value import Parts, Value


class Timestamp(Value, frozen=True):
    """A time: it counts as its epoch milliseconds (decided) and prints as date and time in UTC (recorded).

    Attributes:
        milliseconds: Int64, since 1970-01-01 UTC; of the years 1 to 9999, so that it fits in a datetime.
        bin: True if ``bin`` returned it. Groups of such a key are ordered newest first (recorded).
    """

    milliseconds: pl.Expr
    bin: bool = False
    numeric = True

    @classmethod
    def of(cls, milliseconds: pl.Expr, *, bin: bool = False) -> Timestamp:  # noqa: A002 - the attribute's name
        """Return the time of any Int64; a time outside the years 1 to 9999 is missing (decided)."""
        return cls(in_calendar(milliseconds), bin)

    @classmethod
    def adopt(cls, value: Value) -> Timestamp | None:
        """Return a time, which is not a bin even if ``bin`` returned it, or missing."""
        if value.absent:
            return cls(pl.lit(None, pl.Int64))
        return cls(value.milliseconds) if isinstance(value, Timestamp) else None

    @property
    def parts(self) -> Parts:
        """The milliseconds column."""
        return {"milliseconds": self.milliseconds}

    def rebuild(self, parts: Parts) -> Timestamp:
        """Return a time over another column."""
        return Timestamp(parts["milliseconds"], self.bin)

    def number(self) -> Number:
        """Return epoch milliseconds."""
        return Number.whole(self.milliseconds)

    def figure(self) -> Number:
        """Return a missing number."""
        return Number.nothing()

    def moment(self) -> pl.Expr:
        """Return the milliseconds."""
        return self.milliseconds

    def text(self) -> pl.Expr:
        """Return ``YYYY-MM-DD HH:MM:SS.mmm``."""
        return time_text(self.milliseconds)

    def typed(self) -> pl.Expr:
        """Return ``Datetime("ms")``, UTC without a zone."""
        return to_datetime(self.milliseconds)
