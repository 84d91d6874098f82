"""Apply Python functions to columns, once for each distinct value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

Convert = Callable[[Any], Any]

_REMEMBERED = 50_000
"""Maximum number of results kept from one batch of rows to the next; texts of logs often recur."""


def by_distinct(column: pl.Expr, convert: Convert, dtype: type[pl.DataType] = pl.String) -> pl.Expr:
    """Return a column of ``dtype`` by a function of one value, which must not raise; null stays null."""
    return column.map_batches(_Answers(convert, dtype), return_dtype=dtype, is_elementwise=True)


def by_rows(columns: Sequence[pl.Expr], convert: Callable[..., Any], dtype: type[pl.DataType] = pl.String) -> pl.Expr:
    """Return a column of ``dtype`` by a function of one value per column; null if one of them is null."""
    names = [str(position) for position in range(len(columns))]
    rows = pl.struct(*(column.alias(name) for column, name in zip(columns, names, strict=True)))
    all_there = pl.all_horizontal([column.is_not_null() for column in columns])
    return by_distinct(pl.when(all_there).then(rows), lambda row: convert(*(row[name] for name in names)), dtype)


def over_distinct(
    column: pl.Expr, convert: Callable[[pl.Series], pl.Series], dtype: type[pl.DataType] = pl.String
) -> pl.Expr:
    """Return a column of ``dtype`` by an elementwise function of a String Series, of distinct values if they are few.

    Null stays null.
    """
    return column.map_batches(_SeriesAnswers(convert, dtype), return_dtype=dtype, is_elementwise=True)


class _SeriesAnswers:
    """A function of a Series, applied to one batch after the other; it keeps the results of known texts."""

    def __init__(self, convert: Callable[[pl.Series], pl.Series], dtype: type[pl.DataType]) -> None:
        self.convert = convert
        self.dtype = dtype
        self.known = (pl.Series(dtype=pl.String), pl.Series(dtype=dtype))

    def __call__(self, series: pl.Series) -> pl.Series:
        distinct = series.unique()
        if distinct.len() * 2 > series.len():
            return self.convert(series)
        texts, answers = self.known
        fresh = distinct.filter(~distinct.is_in(texts.implode()))
        if fresh.len():
            texts, answers = pl.concat([texts, fresh]), pl.concat([answers, self.convert(fresh)])
            # Two threads may both get here; then the results of one are lost, and computed again when they are needed.
            self.known = (texts, answers) if texts.len() <= _REMEMBERED else self.known
        return series.replace_strict(texts, answers, default=None, return_dtype=self.dtype)


class _Answers:
    """A function of a value, applied to one batch after the other; it keeps the results of known values."""

    def __init__(self, convert: Convert, dtype: type[pl.DataType]) -> None:
        self.convert = convert
        self.dtype = dtype
        self.known: dict[Any, Any] = {}

    def __call__(self, series: pl.Series) -> pl.Series:
        if series.dtype == pl.Struct:
            return self._each(series)
        distinct = series.drop_nulls().unique()
        if distinct.len() * 2 > series.len():
            return self._each(series)
        if distinct.len() == 0:
            return pl.Series([None] * series.len(), dtype=self.dtype)
        answers = pl.Series([self._answer(value) for value in distinct], dtype=self.dtype)
        return series.replace_strict(distinct, answers, default=None, return_dtype=self.dtype)

    def _each(self, series: pl.Series) -> pl.Series:
        return pl.Series([None if value is None else self.convert(value) for value in series], dtype=self.dtype)

    def _answer(self, value: Any) -> Any:  # noqa: ANN401
        known = self.known.get(value, self)
        if known is not self:
            return known
        answer = self.convert(value)
        if len(self.known) < _REMEMBERED:
            self.known[value] = answer
        return answer
