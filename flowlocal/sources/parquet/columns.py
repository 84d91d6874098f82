"""Convert columns of any Arrow type to texts, integers and times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from flowlocal.sources.records.times import milliseconds
from flowlocal.values.calendar import PER_MILLISECOND, epoch_milliseconds, epoch_milliseconds_of_real, in_calendar
from flowlocal.values.distinct import by_distinct
from flowlocal.values.printing import time_text

_NOTHING = ("-", "None", "NaN", "nan", "NULL", "null", "")
"""Texts that writers use for missing values."""
_LARGEST_WHOLE = 2.0**62
"""Floats from this value on are not treated as integers."""
_DAY = 86_400_000
_FAR = 10**15
"""Seconds; ten thousand times as far from 1970 as any time that a datetime can hold."""


class ValueKind(StrEnum):
    """The kind of a column's values, regardless of their Arrow type."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    TIME = "time"
    NESTED = "nested"
    """Lists, structs, durations, and all other values that are neither number, text nor time."""


@dataclass(frozen=True)
class ParquetColumn:
    """A column of a Parquet file.

    Attributes:
        name: its name in the file.
        type: its Arrow type.
        place: its number in the file, by which the column of its values is called.
    """

    name: str
    type: pa.DataType
    place: int = 0

    @property
    def reading(self) -> ValueKind:
        """The kind of its values."""
        stored = _stored(self.type)
        return next((reading for test, reading in _READINGS if test(stored)), ValueKind.NESTED)

    @property
    def is_text(self) -> bool:
        """True if its values are texts, not decimals or nulls."""
        stored = _stored(self.type)
        return self.reading is ValueKind.TEXT and not (pa.types.is_decimal(stored) or pa.types.is_null(stored))

    @property
    def physical(self) -> str:
        """The name of the Polars column that has its values; no field has such a name."""
        return f"\0{self.place}"

    @property
    def _value(self) -> pl.Expr:
        return pl.col(self.physical)

    def series(self, array: pa.Array) -> pl.Series:
        """Return the values in a dtype that is the same for all Arrow types of one reading; null for what is missing.

        Returns:
            ``String``, any integer dtype, ``Float64`` or ``Boolean``; times are ``Int64``, epoch milliseconds.
        """
        array = _plain(array)
        match self.reading:
            case ValueKind.TEXT:
                return _without_missing(_text(self.physical, array))
            case ValueKind.REAL:
                return pl.Series(self.physical, array.cast(pa.float64())).fill_nan(None)
            case ValueKind.TIME:
                return _milliseconds(pl.Series(self.physical, _integers_of(array)), array.type)
            case _:
                return pl.Series(self.physical, array)

    @property
    def can_be_encoded(self) -> bool:
        """True if Arrow can read the values as numbers of distinct texts."""
        return bool(pa.types.is_string(self.type) or pa.types.is_binary(self.type))

    def encoded(self, array: pa.Array) -> tuple[pl.Series, pl.Series] | None:
        """Return texts as numbers of distinct ones, if these are few, and the distinct ones; the last of them is null.

        Returns:
            Integers without a null, and ``String``; None if the array is not encoded, or not of texts.
        """
        if not self.is_text or not isinstance(array, pa.DictionaryArray) or len(array.dictionary) * 2 > len(array):
            return None
        texts = _without_missing(_text(self.physical, _plain(array.dictionary)))
        numbers = pl.Series(self.physical, array.indices)
        # Polars copies texts that it gathers from more than one chunk.
        with_null = texts.extend(pl.Series(self.physical, [None], pl.String)).rechunk()
        return numbers.fill_null(len(texts) - 1), with_null

    def messages(self, array: pa.Array) -> pl.Series:
        """Return the values of a text column unchanged."""
        return _text(self.physical, _plain(array))

    def text(self) -> pl.Expr:
        """Return the values as texts, ``-`` for what is missing; a whole number has no fraction."""
        match self.reading:
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
        fits = fits & self._is_whole() if self.reading is ValueKind.REAL else fits
        return pl.when(fits).then(value.cast(pl.Int64, strict=False))

    def is_given(self) -> pl.Expr:
        """Return True for each value that is not null."""
        return self._value.is_not_null()

    def digits(self) -> pl.Expr:
        """Return the values as an integer field's: times in seconds, all others as ``text``."""
        return self._number().cast(pl.String).fill_null("-") if self.reading is ValueKind.TIME else self.text()

    def milliseconds(self) -> pl.Expr:
        """Return Int64: the values as epoch milliseconds, null for what no datetime can hold.

        The type tells in what unit times count, the size in what unit numbers do.
        """
        match self.reading:
            case ValueKind.TIME:
                return in_calendar(self._value)
            case ValueKind.INTEGER:
                return epoch_milliseconds(self._value.cast(pl.Int64, strict=False))
            case ValueKind.REAL:
                return epoch_milliseconds_of_real(self._value)
            case _:
                return in_calendar(by_distinct(self.text(), _in_words, pl.Int64))

    def _number(self) -> pl.Expr:
        match self.reading:
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


def _stored(type_: pa.DataType) -> pa.DataType:
    """Return the type in which a dictionary's or an extension's values are stored."""
    if isinstance(type_, pa.BaseExtensionType):
        return _stored(type_.storage_type)
    return _stored(type_.value_type) if pa.types.is_dictionary(type_) else type_


def _is_text(type_: pa.DataType) -> bool:
    """Return True if values are read as texts, including decimals, whose digits are unlimited."""
    return any(test(type_) for test in _TEXTS)


_TEXTS: tuple[Callable[[pa.DataType], bool], ...] = (
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary),
    *(pa.types.is_decimal, pa.types.is_null),
)
_READINGS: tuple[tuple[Callable[[pa.DataType], bool], ValueKind], ...] = (
    (_is_text, ValueKind.TEXT),
    (pa.types.is_integer, ValueKind.INTEGER),
    (pa.types.is_floating, ValueKind.REAL),
    (pa.types.is_boolean, ValueKind.BOOLEAN),
    (pa.types.is_timestamp, ValueKind.TIME),
    (pa.types.is_date, ValueKind.TIME),
)


def _plain(array: pa.Array) -> pa.Array:
    """Return the values of an array that stores them in a dictionary or as an extension."""
    while isinstance(array, pa.ExtensionArray | pa.DictionaryArray):
        array = array.storage if isinstance(array, pa.ExtensionArray) else array.dictionary_decode()
    return array


def _text(name: str, array: pa.Array) -> pl.Series:
    """Return texts; invalid UTF-8 is replaced, which nothing has looked for yet. Whole decimals lose their fraction."""
    if pa.types.is_decimal(array.type):
        array = pc.replace_substring_regex(array.cast(pa.string()), r"\.0*$", "")
    stored = pl.Series(name, array.cast(pa.large_binary()))
    try:
        return stored.cast(pl.String)
    except pl.exceptions.ComputeError:  # invalid UTF-8 somewhere
        decoded = [None if value is None else value.decode("utf-8", "replace") for value in stored]
        return pl.Series(name, decoded, pl.String)


def _without_missing(texts: pl.Series) -> pl.Series:
    """Return texts with null for those that writers use for missing values."""
    # To compare with each of a few texts is several times as fast as to look them up.
    missing = reduce(or_, (texts == each for each in _NOTHING))
    return texts.set(missing, None) if missing.any() else texts


def _integers_of(array: pa.Array) -> pa.Array:
    """Return times as their stored integers."""
    return array.cast(pa.int32() if pa.types.is_date32(array.type) else pa.int64())


def _milliseconds(stored: pl.Series, type_: pa.DataType) -> pl.Series:
    """Return Int64 epoch milliseconds; times far outside the range of a datetime remain outside."""
    if pa.types.is_date32(type_):
        return stored.cast(pl.Int64) * _DAY
    unit = "ms" if pa.types.is_date64(type_) else type_.unit
    return stored.clip(-_FAR, _FAR) * 1000 if unit == "s" else stored // PER_MILLISECOND[unit]
