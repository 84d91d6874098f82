"""What every value can do, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from flowlocal.values.number import Number

Parts = Mapping[str, pl.Expr]


@dataclass(frozen=True)
class Key:
    """One key of a sort: an expression whose nulls come first when it ascends and last when it descends."""

    expression: pl.Expr
    descending: bool = False

    def reversed(self, flip: bool) -> Key:
        """This key, turned round if ``flip``."""
        return Key(self.expression, self.descending != flip)


class Value(ABC):
    """An Insights value in every row of a frame, as Polars expressions of a known kind.

    A value is missing where all of its parts are null.

    Attributes:
        numeric: True where every present value reads as a number, False where none does, None where it depends.
        structured: is it a map or a list, with which every comparison is false (documented)?
    """

    numeric: bool | None = None
    structured: bool = False

    @property
    @abstractmethod
    def parts(self) -> Parts:
        """The columns that hold the value, by the names that ``rebuild`` takes them back."""

    @abstractmethod
    def rebuild(self, parts: Parts) -> Value:
        """The same kind of value over other columns."""

    @abstractmethod
    def number(self) -> Number:
        """The value as a number; missing where it does not read as one."""

    @abstractmethod
    def text(self) -> pl.Expr:
        """String: the value as Insights prints it; null where missing."""

    @abstractmethod
    def typed(self) -> pl.Expr:
        """The value as the column type that a Polars user expects; null where missing."""

    def present(self) -> pl.Expr:
        """Boolean: is there a value? Never null."""
        return pl.any_horizontal([part.is_not_null() for part in self.parts.values()])

    def condition(self) -> pl.Expr:
        """Boolean, never null: does the value count as true? A number other than 0 does."""
        number = self.number()
        return (number.as_real() != 0).fill_null(value=False)

    def sort_keys(self) -> tuple[Key, ...]:
        """Keys in ascending order of the language: missing, then text, then numbers (documented)."""
        return self.number().sort_keys()

    def words(self) -> pl.Expr | None:
        """String: a key in natural order for values that are texts but no numbers; None where there never is one."""
        return None

    def structure(self) -> pl.Expr | None:
        """Boolean, never null: is there a map or a list? None where there never is one."""
        return None

    def printed(self) -> pl.Expr:
        """String: the value in a cell of the result; null where missing."""
        return self.text()

    def keys(self) -> Parts:
        """Expressions that are equal exactly where the values fall in one group."""
        return self.parts

    def from_keys(self, keys: Parts) -> Value:
        """The value over columns made of ``keys``."""
        return self.rebuild(keys)
