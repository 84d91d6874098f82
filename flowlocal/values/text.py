"""Text, which may read as a number: the kind of everything that comes from a log line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from flowlocal.values.natural import natural_key
from flowlocal.values.number import INT64_MAX, Number
from flowlocal.values.value import Key, Parts, Value

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def read_number(text: str) -> int | float | None:
    """The number that a text reads as: a finite decimal number, without exponent (decided), or None."""
    if not _DECIMAL.fullmatch(text):
        return None
    if "." not in text and len(text) < 300 and abs(int(text)) <= INT64_MAX:
        return int(text)
    real = float(text)
    return real if math.isfinite(real) else None


@dataclass(frozen=True, eq=False)
class Text(Value):
    """A text.

    Attributes:
        column: String.
        literal: the text, where it is the same in every row and known.
    """

    column: pl.Expr
    literal: str | None = None

    @classmethod
    def of(cls, text: str) -> Text:
        """A text that is the same in every row."""
        return cls(pl.lit(text, pl.String), text)

    @cached_property
    def numeric(self) -> bool | None:  # type: ignore[override]
        """Known for a literal only."""
        return None if self.literal is None else read_number(self.literal) is not None

    @property
    def parts(self) -> Parts:
        """The text."""
        return {"text": self.column}

    def rebuild(self, parts: Parts) -> Text:
        """A text over another column."""
        return Text(parts["text"])

    def number(self) -> Number:
        """The text as a finite decimal number; one with an exponent is none (decided)."""
        if self.literal is not None:
            value = read_number(self.literal)
            return Number(real=pl.lit(None, pl.Float64)) if value is None else Number.of(value)
        real = self.column.cast(pl.Float64, strict=False)
        plain = real.is_finite() & ~self.column.str.contains("[A-Za-z]")
        whole = self.column.cast(pl.Int64, strict=False)
        return Number(pl.when(whole >= -INT64_MAX).then(whole), pl.when(plain).then(real))

    def text(self) -> pl.Expr:
        """The text."""
        return self.column

    def typed(self) -> pl.Expr:
        """The text."""
        return self.column

    def present(self) -> pl.Expr:
        """Boolean: is there a text? The empty one is there."""
        return self.column.is_not_null()

    def condition(self) -> pl.Expr:
        """A number other than 0, or the word ``true``."""
        return super().condition() | (self.column == "true").fill_null(value=False)

    def words(self) -> pl.Expr:
        """The texts that read as no number."""
        return natural_key(pl.when(~self.number().present()).then(self.column))

    def sort_keys(self) -> tuple[Key, ...]:
        """Missing, then text in natural order, then numbers by value; equal numbers by their text (decided)."""
        number = self.number()
        rank = pl.when(self.column.is_not_null()).then(number.present().cast(pl.Int8))
        return Key(rank), Key(self.words()), *number.sort_keys(), Key(self.column)


def missing() -> Text:
    """A value that is missing in every row."""
    return Text(pl.lit(None, pl.String))
