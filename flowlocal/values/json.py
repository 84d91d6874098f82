"""Maps and lists, as ``jsonParse`` and ``split`` return them, and the values in them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from flowlocal.values.distinct import by_distinct
from flowlocal.values.document import look_up
from flowlocal.values.number import Number
from flowlocal.values.text import Text
from flowlocal.values.value import Key, Parts, Pick, Value


class Json(Value, frozen=True):
    """A map or a list: missing for numeric and text functions, false in every comparison (documented).

    Attributes:
        document: String: compact JSON text of a map or a list.
        listed: True if ``unnest`` and ``expand`` can take it apart; the result of ``split`` cannot (recorded).
    """

    document: pl.Expr
    numeric = False
    structured = True
    listed = True

    @classmethod
    def merged(cls, values: Sequence[Value], pick: Pick) -> Json | None:
        """Return a map or a list, or a value in one if other kinds are among the values; None without any of them."""
        if not any(isinstance(value, Json) for value in values):
            return None
        documents = pick([value.document if isinstance(value, Json) else pl.lit(None, pl.String) for value in values])
        if all(value.structured or value.absent for value in values):
            lists = all(isinstance(value, Array) or value.absent for value in values)
            return Array(documents) if lists else Json(documents)
        return Nested(documents, pick([value.text() for value in values]))

    @property
    def parts(self) -> Parts:
        """The JSON text column."""
        return {"document": self.document}

    def rebuild(self, parts: Parts) -> Json:
        """Return a map or list over another column."""
        return type(self)(parts["document"])

    def at(self, path: str) -> Nested:
        """Return the value at a dotted path of keys and indexes; missing if there is none."""
        found = by_distinct(self.document, lambda document: look_up(document, path))
        rest = found.str.slice(1)
        return Nested(pl.when(found.str.starts_with("j")).then(rest), pl.when(found.str.starts_with("s")).then(rest))

    def number(self) -> Number:
        """Return a missing number."""
        return Number(real=pl.lit(None, pl.Float64))

    def text(self) -> pl.Expr:
        """Return null: a map or a list is not a text."""
        return pl.lit(None, pl.String)

    def printed(self) -> pl.Expr:
        """Return the JSON text."""
        return self.document

    def typed(self) -> pl.Expr:
        """Return the JSON text."""
        return self.printed()

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the JSON text as the sort key; the service leaves the order open."""
        return (Key(self.document),)

    def structure(self) -> pl.Expr | None:
        """Return a Boolean expression without nulls: True if there is a map or a list."""
        return self.document.is_not_null()


class Array(Json, frozen=True):
    """The list of texts that ``split`` returns."""

    listed = False


class Nested(Json, frozen=True):
    """A value in a map or a list: again a map or a list, or else a text or a number.

    Attributes:
        document: String: compact JSON text if the value is a map or a list, else null.
        scalar: String: its text otherwise, else null; ``true`` and ``false`` are 1 and 0 (decided).
    """

    scalar: pl.Expr
    numeric = None  # type: ignore[assignment]
    structured = False

    @property
    def parts(self) -> Parts:
        """Both columns; at most one of them has a value in a row."""
        return {"document": self.document, "scalar": self.scalar}

    def rebuild(self, parts: Parts) -> Nested:
        """Return a nested value over other columns."""
        return Nested(parts["document"], parts["scalar"])

    def number(self) -> Number:
        """Return the number that the text reads as."""
        return Text(self.scalar).number()

    def text(self) -> pl.Expr:
        """Return the text; null for a map or a list."""
        return self.scalar

    def printed(self) -> pl.Expr:
        """Return the text, or the JSON text."""
        return pl.coalesce(self.scalar, self.document)

    def condition(self) -> pl.Expr:
        """Return the condition of the text."""
        return Text(self.scalar).condition()

    def words(self) -> pl.Expr:
        """Return the natural-order key of the text."""
        return Text(self.scalar).words()

    def sort_keys(self) -> tuple[Key, ...]:
        """Return the sort keys of the text; maps and lists count as missing."""
        return Text(self.scalar).sort_keys()
