"""Texts, which may read as numbers: the kind of everything that comes from a log line."""

from __future__ import annotations

import math
import re
from functools import cached_property

import polars as pl

from flowlocal.values.natural import natural_key
from flowlocal.values.number import INT64_MAX, Number
from flowlocal.values.value import Key, Parts, Value

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def read_number(text: str) -> int | float | None:
    """Return the number that a text reads as: a finite decimal number without exponent (decided); else None."""
    if not _DECIMAL.fullmatch(text):
        return None
    if "." not in text and len(text) < 300 and abs(int(text)) <= INT64_MAX:
        return int(text)
    real = float(text)
    return real if math.isfinite(real) else None


class Text(Value, frozen=True, dict=True):
    """A text.

    Attributes:
        column: String.
        literal: the text, if it is known and the same in every row.
    """

    column: pl.Expr
    literal: str | None = None

    @classmethod
    def of(cls, text: str) -> Text:
        """Return a text that is the same in every row."""
        return cls(pl.lit(text, pl.String), text)

    @cached_property
    def absent(self) -> bool:  # type: ignore[override]
        """True if it is ``missing()``."""
        return self.literal is None and self.column.meta.eq(pl.lit(None, pl.String))

    @cached_property
    def numeric(self) -> bool | None:  # type: ignore[override]
        """True or False for a literal, None for a column."""
        return None if self.literal is None else read_number(self.literal) is not None

    @property
    def parts(self) -> Parts:
        """The text column."""
        return {"text": self.column}

    def rebuild(self, parts: Parts) -> Text:
        """Return a text over another column."""
        return Text(parts["text"])

    def number(self) -> Number:
        """Return the text as a finite decimal number; a text with an exponent is not a number (decided)."""
        if self.literal is not None:
            value = read_number(self.literal)
            return Number(real=pl.lit(None, pl.Float64)) if value is None else Number.of(value)
        real = self.column.cast(pl.Float64, strict=False)
        plain = real.is_finite() & ~self.column.str.contains("[A-Za-z]")
        whole = self.column.cast(pl.Int64, strict=False)
        return Number(pl.when(whole >= -INT64_MAX).then(whole), pl.when(plain).then(real))

    def text(self) -> pl.Expr:
        """Return the text."""
        return self.column

    def figure(self) -> Number:
        """Return a missing number."""
        return Number.nothing()

    def word(self) -> pl.Expr:
        """Return the text."""
        return self.column

    def typed(self) -> pl.Expr:
        """Return the text."""
        return self.column

    def present(self) -> pl.Expr:
        """Return a Boolean expression: True if there is a text, also an empty one."""
        return self.column.is_not_null()

    def condition(self) -> pl.Expr:
        """Return True for a number other than 0, and for the text ``true``."""
        return super().condition() | (self.column == "true").fill_null(value=False)

    def words(self) -> pl.Expr:
        """Return a natural-order key of the texts that do not read as numbers."""
        return natural_key(pl.when(~self.number().present()).then(self.column))

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the sort keys: missing, then text in natural order, then numbers by value; ties by text (decided)."""
        number = self.number()
        rank = pl.when(self.column.is_not_null()).then(number.present().cast(pl.Int8))
        return Key(rank), Key(self.words()), *number.sort_keys(), Key(self.column)


def missing() -> Text:
    """Return a value that is missing in every row."""
    return Text(pl.lit(None, pl.String))
