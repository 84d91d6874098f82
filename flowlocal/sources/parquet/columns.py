"""Convert columns of Parquet files to texts, integers and times, whatever the type of their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import reduce
from operator import or_

import polars as pl
from msgspec import Struct

from flowlocal.sources.records.times import milliseconds
from flowlocal.values.calendar import epoch_milliseconds, epoch_milliseconds_of_real, in_calendar
from flowlocal.values.distinct import by_distinct
from flowlocal.values.printing import time_text

_NOTHING = ("-", "None", "NaN", "nan", "NULL", "null", "")
"""Texts that writers use for missing values."""
LONGEST_MISSING = max(map(len, _NOTHING))
"""Characters of the longest of them."""
NO_VALUES = 2**63 - 1, -(2**63)
"""The bounds of no integers."""
_LARGEST_WHOLE = 2.0**62
"""Floats from this value on are not treated as integers."""


class ValueKind(StrEnum):
    """The kind of a column's values, regardless of their Arrow type."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    TIME = "time"
    NESTED = "nested"
    """Lists, structs, durations, and all other values that are neither number, text nor time."""


class ParquetColumn(Struct, frozen=True):
    """A column of a Parquet file.

    Attributes:
        name: its name in the file.
        kind: the kind of its values.
        type: the name of their Arrow type.
        place: its number in the file, by which the column of its values is called.
        is_text: True if its values are texts, not decimals or nulls.
    """

    name: str
    kind: ValueKind
    type: str
    place: int
    is_text: bool

    @property
    def physical(self) -> str:
        """The name of the Polars column that has its values; no field has such a name."""
        return f"\0{self.place}"

    @property
    def _value(self) -> pl.Expr:
        return pl.col(self.physical)

    def text(self) -> pl.Expr:
        """Return the values as texts, ``-`` for what is missing; a whole number has no fraction."""
        match self.kind:
            case ValueKind.REAL:
                whole = self._value.cast(pl.Int64, strict=False).cast(pl.String)
                text = pl.when(self._is_whole()).then(whole).otherwise(self._value.cast(pl.String))
            case ValueKind.TIME:
                text = time_text(self.milliseconds())
            case _:
                text = self._value.cast(pl.String)
        return text.fill_null("-")

    def integer(self, maximum: int) -> pl.Expr:
        """Return Int64: the values that are integers from 0 to a maximum; times count in seconds."""
        value = self._number()
        fits = value.is_between(0, maximum)
        fits = fits & self._is_whole() if self.kind is ValueKind.REAL else fits
        return pl.when(fits).then(value.cast(pl.Int64, strict=False))

    def is_given(self) -> pl.Expr:
        """Return True for each value that is not null."""
        return self._value.is_not_null()

    def digits(self) -> pl.Expr:
        """Return the values as an integer field's: times in seconds, all others as ``text``."""
        return self._number().cast(pl.String).fill_null("-") if self.kind is ValueKind.TIME else self.text()

    def milliseconds(self) -> pl.Expr:
        """Return Int64: the values as epoch milliseconds, null for what no datetime can hold.

        The type tells in what unit times count, the size in what unit numbers do.
        """
        match self.kind:
            case ValueKind.TIME:
                return in_calendar(self._value)
            case ValueKind.INTEGER:
                return epoch_milliseconds(self._value.cast(pl.Int64, strict=False))
            case ValueKind.REAL:
                return epoch_milliseconds_of_real(self._value)
            case _:
                return in_calendar(by_distinct(self.text(), _in_words, pl.Int64))

    def _number(self) -> pl.Expr:
        match self.kind:
            case ValueKind.TIME:
                return self._value.floordiv(1000)
            case ValueKind.TEXT:
                return self._value.cast(pl.Int64, strict=False)
            case _:
                return self._value

    def _is_whole(self) -> pl.Expr:
        return (self._value == self._value.floor()) & (self._value.abs() < _LARGEST_WHOLE)


def _in_words(text: str) -> int | None:
    time = milliseconds(text)
    return time if time is None or abs(time) < 2**63 else None


def united(bounds: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    """Return the bounds of integers in several places; None if some are not known.

    >>> united([(3, 5), NO_VALUES, (1, 4)])
    (1, 5)
    """
    found = [NO_VALUES, *bounds]
    known = [each for each in found if each is not None]
    return None if len(known) < len(found) else (min(least for least, _ in known), max(most for _, most in known))


def is_within(bounds: tuple[int, int], least: int, most: int) -> bool:
    """Return True if no integer that has these bounds is less, or more, than that; True of ``NO_VALUES``."""
    return bounds[0] >= least and bounds[1] <= most


def without_missing(texts: pl.Series) -> pl.Series:
    """Return texts with null for those that writers use for missing values."""
    if not (texts.str.len_bytes() <= LONGEST_MISSING).any():
        return texts
    # To compare with each of a few texts is several times as fast as to look them up.
    missing = reduce(or_, (texts == each for each in _NOTHING))
    return texts.set(missing, None) if missing.any() else texts


class ColumnBatch(Struct, frozen=True):
    """The values of some columns in some rows, by the physical names of the columns.

    Texts are null for what is missing, other values have a dtype that is the same for all Arrow types of one kind: any
    integer dtype, ``Float64``, ``Boolean``, or ``Int64`` for times, which are epoch milliseconds.

    Attributes:
        rows: how many rows.
        values: the values; of columns in ``texts``, the numbers of these, without a null.
        texts: the distinct texts of some columns, null among them.
        spans: what no value of some columns of integers is below, and above, where that is known.
    """

    rows: int
    values: Mapping[str, pl.Series]
    texts: Mapping[str, pl.Series]
    spans: Mapping[str, tuple[int, int]] = {}

    def decoded(self) -> Mapping[str, pl.Series]:
        """Return the values, with texts instead of their numbers."""
        return {**self.values, **{name: texts[self.values[name]] for name, texts in self.texts.items()}}

    def slices(self, size: int) -> Sequence[ColumnBatch]:
        """Return the rows in batches of a size."""
        if self.rows <= size:
            return (self,)
        return [
            ColumnBatch(
                min(size, self.rows - first),
                {name: values[first : first + size] for name, values in self.values.items()},
                self.texts,
                self.spans,
            )
            for first in range(0, self.rows, size)
        ]
