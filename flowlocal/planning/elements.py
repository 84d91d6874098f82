"""Split lists into elements, as ``unnest`` and ``expand`` do."""

from __future__ import annotations

from typing import Any

import polars as pl

from flowlocal.language import tree
from flowlocal.planning.frame import Frame
from flowlocal.values import Json, Nested, Value
from flowlocal.values.document import clean, print_json, scalar_text, structure

_LIST = pl.List(pl.String())
_DOCUMENT, _SCALAR = "j", "s"


def of_documents(texts: pl.Expr) -> pl.Expr:
    """Return List(String): the elements of JSON lists, each with its mark; any other value is a single element."""
    return _each(texts, _DOCUMENT)


def of_texts(texts: pl.Expr) -> pl.Expr:
    """Return the same for texts that may contain a JSON list; any other text is a single element."""
    return _each(texts, _SCALAR)


def alone(texts: pl.Expr) -> pl.Expr:
    """Return List(String): each text as a single element."""
    return pl.when(texts.is_not_null()).then(pl.concat_list(pl.lit(_SCALAR) + texts))


def whole(frame: Frame, name: tree.Name) -> Value:
    """Return a field; if JSON events have only its keys as fields, the map or list that contains them."""
    prefix = f"{name.name}."
    if name.name not in frame.names.ephemeral and any(each.startswith(prefix) for each in frame.names.discovered):
        return Json(frame.field("@message", name.span).text()).at(name.name)
    return frame.field(name.name, name.span)


def element(column: pl.Expr) -> Nested:
    """Return the value of an element."""
    rest = column.str.slice(1)
    documents, scalars = (pl.when(column.str.starts_with(mark)).then(rest) for mark in (_DOCUMENT, _SCALAR))
    return Nested(documents, scalars)


def _each(texts: pl.Expr, mark: str) -> pl.Expr:
    def split(series: pl.Series) -> pl.Series:
        return pl.Series([None if text is None else _split(text, mark) for text in series], dtype=_LIST)

    return texts.map_batches(split, return_dtype=_LIST, is_elementwise=True)


def _split(text: str, mark: str) -> list[str | None]:
    found = structure(text) if text.lstrip()[:1] in ("[", "{") else None
    return [_marked(each) for each in found] if isinstance(found, list) else [mark + text]


def _marked(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict | list):
        return _DOCUMENT + clean(print_json(value))
    text = scalar_text(value)
    return None if text is None else _SCALAR + text
