"""Values whose kind differs between rows, as ``if``, ``case`` and ``coalesce`` return them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from flowlocal.values.boolean import Boolean
from flowlocal.values.double import Double
from flowlocal.values.flow import FlowInteger
from flowlocal.values.json import Array, Json, Nested
from flowlocal.values.natural import natural_key
from flowlocal.values.number import Number
from flowlocal.values.printing import time_text
from flowlocal.values.text import Text, missing
from flowlocal.values.timestamp import Timestamp
from flowlocal.values.value import Key, Parts, Value

Pick = Callable[[Sequence[pl.Expr]], pl.Expr]


@dataclass(frozen=True, eq=False)
class Mixed(Value):
    """A number in some rows, a text in others, a time in yet others.

    Attributes:
        figure: the numbers; missing in rows of another kind.
        word: String: the texts; null in rows of another kind.
        moment: Int64: the times in epoch milliseconds; null in rows of another kind; None if no row has a time.
    """

    figure: Number
    word: pl.Expr
    moment: pl.Expr | None = None

    @property
    def parts(self) -> Parts:
        """The columns of the numbers, the text, and the time."""
        return {**self.figure.parts, "word": self.word, **self._times}

    @property
    def _times(self) -> Parts:
        return {} if self.moment is None else {"moment": self.moment}

    def rebuild(self, parts: Parts) -> Mixed:
        """Return the same kind of value over other columns."""
        return Mixed(self.figure.rebuild(parts), parts["word"], parts.get("moment"))

    def keys(self) -> Parts:
        """Return the group keys; equal numbers have equal keys."""
        return {**self.figure.keys(), "word": self.word, **self._times}

    def number(self) -> Number:
        """Return the number, the number that the text reads as, or the milliseconds of the time."""
        read = Text(self.word).number()
        integers = [each.integer.cast(pl.Int64) for each in (self.figure, read) if each.integer is not None]
        integers += self._times.values()
        reals = [each.parts["real"] for each in (self.figure, read) if each.real is not None]
        return Number(pl.coalesce(integers), pl.coalesce(reals))

    def text(self) -> pl.Expr:
        """Return the text, or the number or the time as it prints."""
        times = [time_text(each) for each in self._times.values()]
        return pl.coalesce(self.word, self.figure.text(), *times)

    def typed(self) -> pl.Expr:
        """Return the text."""
        return self.text()

    def condition(self) -> pl.Expr:
        """Return True for a number other than 0, and for the text ``true``."""
        return super().condition() | (self.word == "true").fill_null(value=False)

    def words(self) -> pl.Expr:
        """Return a natural-order key of the texts that do not read as numbers."""
        return natural_key(pl.when(~Text(self.word).number().present()).then(self.word))

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the sort keys of texts: missing, then texts in natural order, then numbers."""
        number = self.number()
        rank = pl.when(self.present()).then(number.present().cast(pl.Int8))
        return Key(rank), Key(self.words()), *number.sort_keys(), Key(self.word)


def merge(values: Sequence[Value], pick: Pick) -> Value:
    """Return one value picked from several, of the narrowest kind that can represent them all.

    Args:
        values: the values to pick from.
        pick: returns an expression that picks, in every row, one of the given expressions, one for each value.
    """
    kept = [value for value in values if not _never_there(value)]
    if not kept:
        return missing()
    if any(isinstance(value, Json) for value in kept):
        return _merge_json(values, pick)
    for kind in (Timestamp, Boolean, Text):
        if all(isinstance(value, kind) for value in kept):
            return _merge_parts([_as(kind, value) for value in values], pick)
    if all(isinstance(value, Number | Double | Boolean) for value in kept):
        return _merge_numbers([_as(Number, value) for value in values], pick)
    if all(isinstance(value, FlowInteger) or _countable(value) for value in kept):
        return _merge_parts([_as(FlowInteger, value) for value in values], pick)
    times = [_moment(value) for value in values]
    nothing = pl.lit(None, pl.Int64)
    return Mixed(
        _merge_numbers([_figure(value) for value in values], pick),
        pick([_word(value) for value in values]),
        pick([nothing if time is None else time for time in times])
        if any(each is not None for each in times)
        else None,
    )


def _never_there(value: Value) -> bool:
    return isinstance(value, Text) and value.literal is None and value.column.meta.eq(missing().column)


def _countable(value: Value) -> bool:
    return isinstance(value, Number) and isinstance(value.literal, int) and value.literal >= 0


def _as(kind: type[Value], value: Value) -> Value:
    """Return a value as that kind, to which it can be converted."""
    if _never_there(value):
        return _absent(kind)
    if kind is FlowInteger and isinstance(value, Number) and value.integer is not None:
        return FlowInteger(value.integer, pl.lit(value=True), value.maximum)
    return value.number() if kind is Number else value


def _absent(kind: type[Value]) -> Value:
    nothing = pl.lit(None, pl.Int64)
    if kind is Timestamp:
        return Timestamp(nothing)
    if kind is Boolean:
        return Boolean(pl.lit(None, pl.Boolean))
    if kind is FlowInteger:
        return FlowInteger(nothing, pl.lit(value=False), 0)
    return Number(integer=nothing, maximum=0) if kind is Number else missing()


def _merge_parts(values: Sequence[Value], pick: Pick) -> Value:
    first = values[0]
    if isinstance(first, FlowInteger):
        whole = [value for value in values if isinstance(value, FlowInteger)]
        largest = max(value.maximum for value in whole)
        return FlowInteger(pick([each.integer for each in whole]), pick([each.record for each in whole]), largest)
    made = first.rebuild({name: pick([value.parts[name] for value in values]) for name in first.parts})
    return Timestamp(made.milliseconds) if isinstance(made, Timestamp) else made


def _merge_numbers(values: Sequence[Value], pick: Pick) -> Number:
    numbers = [value for value in values if isinstance(value, Number)]
    has_integer = any(number.integer is not None for number in numbers)
    has_real = any(number.real is not None for number in numbers)
    integer = pick([number.parts.get("integer", pl.lit(None, pl.Int64)) for number in numbers]) if has_integer else None
    real = pick([number.parts.get("real", pl.lit(None, pl.Float64)) for number in numbers]) if has_real else None
    return Number(integer, real, max(number.maximum for number in numbers))


def _figure(value: Value) -> Number:
    """Return the numbers of a numeric kind; a text or a time has none, even if it reads as a number."""
    if isinstance(value, Mixed):
        return value.figure
    textual = isinstance(value, Text | Timestamp)
    return Number(integer=pl.lit(None, pl.Int64), maximum=0) if textual else value.number()


def _word(value: Value) -> pl.Expr:
    """Return the texts of a textual kind; null for others."""
    if isinstance(value, Mixed):
        return value.word
    if isinstance(value, FlowInteger):
        return value.words()
    return value.text() if isinstance(value, Text) else pl.lit(None, pl.String)


def _moment(value: Value) -> pl.Expr | None:
    """Return the milliseconds of times; None for other kinds."""
    if isinstance(value, Mixed):
        return value.moment
    return value.milliseconds if isinstance(value, Timestamp) else None


def _merge_json(values: Sequence[Value], pick: Pick) -> Value:
    documents = pick([value.document if isinstance(value, Json) else pl.lit(None, pl.String) for value in values])
    if all(value.structured or _never_there(value) for value in values):
        lists = all(isinstance(value, Array) or _never_there(value) for value in values)
        return Array(documents) if lists else Json(documents)
    return Nested(documents, pick([value.text() for value in values]))
