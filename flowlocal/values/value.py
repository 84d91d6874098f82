"""The interface of every kind of value."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import polars as pl
from msgspec import Struct

if TYPE_CHECKING:
    from flowlocal.values.number import Number

Parts = Mapping[str, pl.Expr]
Pick = Callable[[Sequence[pl.Expr]], pl.Expr]
"""Returns an expression that picks, in every row, one of the given expressions, one for each of several values."""


class Key(Struct, frozen=True):
    """One sort key: an expression whose nulls come first in ascending and last in descending order."""

    expression: pl.Expr
    descending: bool = False

    def reversed(self, flip: bool) -> Key:
        """Return this key, in the opposite direction if ``flip``."""
        return Key(self.expression, self.descending != flip)


class Value(Struct, frozen=True, eq=False):
    """An Insights value in every row of a frame, as Polars expressions of a known kind.

    A value is missing in a row if all of its parts are null.

    Attributes:
        numeric: True if every present value reads as a number, False if none does, None if it depends on the row.
        structured: True if it is a map or a list, whose comparisons are all false (documented).
        counts: True if it is a number wherever it is present, and neither a time nor a field that can be ``-``.
        absent: True if it is missing in every row.
    """

    numeric: ClassVar[bool | None] = None
    structured: ClassVar[bool] = False
    counts: ClassVar[bool] = False
    absent: ClassVar[bool] = False

    @property
    @abstractmethod
    def parts(self) -> Parts:
        """The columns of the value, by the names that ``rebuild`` accepts."""

    @abstractmethod
    def rebuild(self, parts: Parts) -> Value:
        """Return the same kind of value over other columns."""

    @abstractmethod
    def number(self) -> Number:
        """Return the value as a number; missing if it does not read as one."""

    @abstractmethod
    def text(self) -> pl.Expr:
        """Return String: the value as Insights prints it; null if missing."""

    @abstractmethod
    def typed(self) -> pl.Expr:
        """Return the value in the column type that a Polars user expects; null if missing."""

    def present(self) -> pl.Expr:
        """Return a Boolean expression without nulls: True if there is a value."""
        return pl.any_horizontal([part.is_not_null() for part in self.parts.values()])

    def condition(self) -> pl.Expr:
        """Return a Boolean expression without nulls: True if the value counts as true, as numbers but 0 do."""
        number = self.number()
        return (number.as_real() != 0).fill_null(value=False)

    def sort_keys(self) -> tuple[Key, ...]:
        """Return keys in ascending order of the language: missing, then text, then numbers (documented)."""
        return self.number().sort_keys()

    def words(self) -> pl.Expr | None:
        """Return String: a natural-order key of values that are texts but not numbers; None if there are none."""
        return None

    def structure(self) -> pl.Expr | None:
        """Return a Boolean expression without nulls: True if there is a map or a list; None if there never is one."""
        return None

    def printed(self) -> pl.Expr:
        """Return String: the value in a cell of the result; null if missing."""
        return self.text()

    def figure(self) -> Number:
        """Return the numbers among values of several kinds: texts and times are none, whatever they read as."""
        return self.number()

    def word(self) -> pl.Expr:
        """Return String: the texts among values of several kinds; null for numbers and times."""
        return pl.lit(None, pl.String)

    def moment(self) -> pl.Expr | None:
        """Return Int64: the epoch milliseconds of the times among values of several kinds; None if no row has one."""
        return None

    @classmethod
    def adopt(cls, value: Value) -> Self | None:
        """Return a value as one of this kind; None if the kind cannot represent it."""
        return value if isinstance(value, cls) else None

    @classmethod
    def picked(cls, values: Sequence[Self], pick: Pick) -> Value:
        """Return one value picked from several of this kind."""
        first = values[0]
        return first.rebuild({name: pick([value.parts[name] for value in values]) for name in first.parts})

    @classmethod
    def merged(cls, values: Sequence[Value], pick: Pick) -> Value | None:
        """Return one value of this kind picked from several values; None if the kind cannot represent them all."""
        adopted = [each for each in map(cls.adopt, values) if each is not None]
        return cls.picked(adopted, pick) if len(adopted) == len(values) else None

    def keys(self) -> Parts:
        """Return expressions that are equal if and only if the values belong to the same group."""
        return self.parts

    def from_keys(self, keys: Parts) -> Value:
        """Return the value over columns computed from ``keys``."""
        return self.rebuild(keys)
