"""Convert Arrow arrays of any type to values of few types."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from flowlocal.sources.parquet.columns import ParquetColumn, ValueKind, without_missing
from flowlocal.values.calendar import PER_MILLISECOND

_DAY = 86_400_000
_FAR = 10**15
"""Seconds; ten thousand times as far from 1970 as any time that a datetime can hold."""


def column_of(field: pa.Field, place: int) -> ParquetColumn:
    """Return a column of a file's Arrow schema."""
    stored = _stored(field.type)
    kind = next((kind for test, kind in _KINDS if test(stored)), ValueKind.NESTED)
    is_text = kind is ValueKind.TEXT and not (pa.types.is_decimal(stored) or pa.types.is_null(stored))
    return ParquetColumn(field.name, kind, str(field.type), place, is_text)


def can_be_encoded(type_: pa.DataType) -> bool:
    """Return True if Arrow can read the values as numbers of distinct texts."""
    return bool(pa.types.is_string(type_) or pa.types.is_binary(type_))


def series_of(column: ParquetColumn, array: pa.Array) -> pl.Series:
    """Return the values of a column."""
    array = _plain(array)
    match column.kind:
        case ValueKind.TEXT:
            return without_missing(_text(column.physical, array))
        case ValueKind.REAL:
            return pl.Series(column.physical, array.cast(pa.float64())).fill_nan(None)
        case ValueKind.TIME:
            return _milliseconds(pl.Series(column.physical, _integers_of(array)), array.type)
        case _:
            return pl.Series(column.physical, array)


def messages_of(column: ParquetColumn, array: pa.Array) -> pl.Series:
    """Return the values of a text column unchanged."""
    return _text(column.physical, _plain(array))


def encoded(column: ParquetColumn, array: pa.Array) -> tuple[pl.Series, pl.Series] | None:
    """Return texts as numbers of distinct ones, if these are few, and the distinct ones; the last of them is null.

    Returns:
        Integers without a null, and ``String``; None if the array is not encoded, or not of texts.
    """
    if not column.is_text or not isinstance(array, pa.DictionaryArray) or len(array.dictionary) * 2 > len(array):
        return None
    texts = without_missing(_text(column.physical, _plain(array.dictionary)))
    numbers = pl.Series(column.physical, array.indices)
    # Polars copies texts that it gathers from more than one chunk.
    with_null = texts.extend(pl.Series(column.physical, [None], pl.String)).rechunk()
    return numbers.fill_null(len(texts) - 1), with_null


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
_KINDS: tuple[tuple[Callable[[pa.DataType], bool], ValueKind], ...] = (
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


def _integers_of(array: pa.Array) -> pa.Array:
    """Return times as their stored integers."""
    return array.cast(pa.int32() if pa.types.is_date32(array.type) else pa.int64())


def _milliseconds(stored: pl.Series, type_: pa.DataType) -> pl.Series:
    """Return Int64 epoch milliseconds; times far outside the range of a datetime remain outside."""
    if pa.types.is_date32(type_):
        return stored.cast(pl.Int64) * _DAY
    unit = "ms" if pa.types.is_date64(type_) else type_.unit
    return stored.clip(-_FAR, _FAR) * 1000 if unit == "s" else stored // PER_MILLISECOND[unit]
