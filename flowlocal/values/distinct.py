"""Apply Python functions to columns, once for each distinct value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
from msgspec import Struct

Convert = Callable[[Any], Any]

_REMEMBERED_TEXTS = 300_000
"""Maximum number of texts whose results are kept, if they are computed for whole columns."""
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


class _Known(Struct, frozen=True):
    """Results of known texts.

    Attributes:
        texts: distinct texts.
        answers: their results.
        places: ``hash`` of each text, and its ``place`` in the two; of texts with one hash the first.
    """

    texts: pl.Series
    answers: pl.Series
    places: pl.DataFrame

    @classmethod
    def of(cls, texts: pl.Series, answers: pl.Series) -> _Known:
        """Return the results of some texts."""
        places = pl.DataFrame({"hash": _hashes(texts)}).with_row_index("place")
        return cls(texts, answers, places.unique("hash", keep="first", maintain_order=True))

    def find(self, series: pl.Series) -> pl.Series:
        """Return the place of each text; null for those that are not known."""
        asked = pl.DataFrame({"hash": _hashes(series)})
        place = asked.join(self.places, on="hash", how="left", maintain_order="left")["place"]
        return place.set(self.texts.gather(place).ne_missing(series), None)

    def with_more(self, texts: pl.Series, answers: pl.Series) -> _Known:
        """Return these results and those of more texts, some of which another thread may have added."""
        more = self.of(texts, answers).places.with_columns(pl.col("place") + self.texts.len())
        places = pl.concat([self.places, more.join(self.places, on="hash", how="anti", maintain_order="left")])
        return _Known(pl.concat([self.texts, texts]), pl.concat([self.answers, answers]), places)


def _hashes(texts: pl.Series) -> pl.Series:
    """Return a number for each text: they are compared faster than texts, which are compared only once then."""
    return texts.hash()


class _SeriesAnswers:
    """A function of a Series, applied to one batch after the other; it keeps the results of known texts."""

    def __init__(self, convert: Callable[[pl.Series], pl.Series], dtype: type[pl.DataType]) -> None:
        self.convert = convert
        self.dtype = dtype
        self.known = _Known.of(pl.Series(dtype=pl.String), pl.Series(dtype=dtype))

    def __call__(self, series: pl.Series) -> pl.Series:
        known = self.known
        place = known.find(series)
        answers, missing = known.answers.gather(place), (place.is_null() & series.is_not_null()).arg_true()
        if not missing.len():
            return answers
        rest = series.gather(missing)
        fresh = rest.unique()
        if fresh.len() * 2 > series.len():
            return self.convert(series)
        own = self.known.with_more(fresh, self.convert(fresh))
        # Two threads may both get here; then the results of one are lost, and computed again when they are needed.
        self.known = own if own.texts.len() <= _REMEMBERED_TEXTS else self.known
        return answers.scatter(missing, self._of_rest(rest, own))

    def _of_rest(self, rest: pl.Series, known: _Known) -> pl.Series:
        """Return results of texts that are known by now, or share their hash with another."""
        place = known.find(rest)
        answers = known.answers.gather(place)
        return answers.zip_with(place.is_not_null(), self.convert(rest)) if place.has_nulls() else answers


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
