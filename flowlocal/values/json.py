"""Maps and lists, as ``jsonParse`` and ``split`` make them, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.values.distinct import by_distinct
from flowlocal.values.document import look_up
from flowlocal.values.number import Number
from flowlocal.values.text import Text
from flowlocal.values.value import Key, Parts, Value


@dataclass(frozen=True, eq=False)
class Json(Value):
    """A map or a list: nothing to numbers and text functions, false in every comparison (documented).

    Attributes:
        document: String: compact JSON text of a map or a list.
        listed: can ``unnest`` and ``expand`` take it apart? What ``split`` made cannot be (recorded).
    """

    document: pl.Expr
    numeric = False
    structured = True
    listed = True

    @property
    def parts(self) -> Parts:
        """The JSON text."""
        return {"document": self.document}

    def rebuild(self, parts: Parts) -> Json:
        """A map or list over another column."""
        return type(self)(parts["document"])

    def at(self, path: str) -> Nested:
        """What stands at a dotted path of keys and indexes; missing where nothing does."""
        found = by_distinct(self.document, lambda document: look_up(document, path))
        rest = found.str.slice(1)
        return Nested(pl.when(found.str.starts_with("j")).then(rest), pl.when(found.str.starts_with("s")).then(rest))

    def number(self) -> Number:
        """Missing."""
        return Number(real=pl.lit(None, pl.Float64))

    def text(self) -> pl.Expr:
        """Missing: a map or a list is no text."""
        return pl.lit(None, pl.String)

    def printed(self) -> pl.Expr:
        """The JSON text."""
        return self.document

    def typed(self) -> pl.Expr:
        """The JSON text."""
        return self.printed()

    def sort_keys(self) -> tuple[Key, ...]:
        """By the JSON text; the service leaves it open."""
        return (Key(self.document),)

    def structure(self) -> pl.Expr | None:
        """Boolean, never null: is there a map or a list?"""
        return self.document.is_not_null()


@dataclass(frozen=True, eq=False)
class Array(Json):
    """The list of texts that ``split`` makes."""

    listed = False


@dataclass(frozen=True, eq=False)
class Nested(Json):
    """What stands in a map or a list: a map or a list in its turn, or else a text or a number.

    Attributes:
        document: String: compact JSON text where it is a map or a list.
        scalar: String: its text where it is neither; ``true`` and ``false`` are 1 and 0 (decided).
    """

    scalar: pl.Expr
    numeric = None  # type: ignore[assignment]
    structured = False

    @property
    def parts(self) -> Parts:
        """Both columns, of which one at most has a value."""
        return {"document": self.document, "scalar": self.scalar}

    def rebuild(self, parts: Parts) -> Nested:
        """The same over other columns."""
        return Nested(parts["document"], parts["scalar"])

    def number(self) -> Number:
        """The number that the text reads as."""
        return Text(self.scalar).number()

    def text(self) -> pl.Expr:
        """The text; null for a map or a list."""
        return self.scalar

    def printed(self) -> pl.Expr:
        """The text, or the JSON text."""
        return pl.coalesce(self.scalar, self.document)

    def condition(self) -> pl.Expr:
        """As a text."""
        return Text(self.scalar).condition()

    def words(self) -> pl.Expr:
        """As a text."""
        return Text(self.scalar).words()

    def sort_keys(self) -> tuple[Key, ...]:
        """As texts; maps and lists count as missing."""
        return Text(self.scalar).sort_keys()
