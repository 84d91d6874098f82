"""Maps and lists, as ``jsonParse`` and ``split`` make them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.values.number import Number
from flowlocal.values.text import Text
from flowlocal.values.value import Key, Parts, Value


@dataclass(frozen=True, eq=False)
class Json(Value):
    """A map or a list: nothing to numbers and text functions, false in every comparison (documented).

    Attributes:
        document: String: compact JSON text of a map or a list.
    """

    document: pl.Expr
    numeric = False
    structured = True

    @property
    def parts(self) -> Parts:
        """The JSON text."""
        return {"document": self.document}

    def rebuild(self, parts: Parts) -> Json:
        """A map or list over another column."""
        return Json(parts["document"])

    def at(self, path: str) -> Value:
        """What stands at a dotted path of keys and indexes; missing where nothing does."""
        steps = "".join(f"[{key}]" if key.isdigit() else f"['{key}']" for key in path.split("."))
        return Text(self.document.str.json_path_match(f"${steps}"))

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
        return self.document

    def sort_keys(self) -> tuple[Key, ...]:
        """By the JSON text; the service leaves it open."""
        return (Key(self.document),)
