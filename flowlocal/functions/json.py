"""JSON functions.

Maps and lists are nothing to numeric, string and time functions, false in every comparison, and make no groups.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from flowlocal.functions.registry import Document, Words, function
from flowlocal.values import Boolean, Json, Number, Text, Value
from flowlocal.values.distinct import by_distinct, by_rows
from flowlocal.values.document import compact, print_json, scalar_text, structure


@function(
    "jsonParse",
    examples=[
        ("""jsonParse('{"user": {"id": 7}}')""", '{"user":{"id":7}}'),
        ("""jsonParse('{"user": {"id": 7}}').user.id""", "7"),
        ("jsonParse(srcAddr)", None),
    ],
)
def json_parse(text: Document) -> Json:
    """The map or the list that a JSON text holds; missing where it holds neither.

    Its keys stand behind a dot, and elements in brackets or behind a dot, counted from 0: ``j.users[1].name``. With
    ``fields jsonParse(@message) as j``, the next ``fields`` can name ``j.users``; the same one cannot (recorded).
    ``true`` and ``false`` are 1 and 0, and ``null`` is missing (decided).
    """
    return Json(by_distinct(text, compact))


@function("jsonStringify", examples=[("""jsonStringify(jsonParse('{"a": [1, 2]}'))""", '{"a":[1,2]}')])
def json_stringify(value: Value) -> Text:
    """The map or list as compact JSON text. Any other value gives its own text (decided)."""
    return Text(value.printed())


@function("jsonArraySize", examples=[("jsonArraySize('[1, 2, 3]')", "3"), ("jsonArraySize('{}')", None)])
def json_array_size(array: Document) -> Number:
    """How many elements a JSON array has, given as text or as a list; missing for what is none (decided)."""
    return Number.whole(by_distinct(array, _size, pl.Int64), maximum=2**32)


def _size(text: str) -> int | None:
    found = structure(text)
    return len(found) if isinstance(found, list) else None


@function(
    "jsonArrayContains",
    examples=[("jsonArrayContains('[22, 80]', 22)", "1"), ("""jsonArrayContains('["a"]', 'A')""", "0")],
)
def json_array_contains(array: Document, value: Words) -> Boolean:
    """1 where a JSON array, given as text or as a list, has an element with the text of the value; letter case counts.

    0 for what is no array, and for a missing one. An element that is a map or a list is found by its compact text
    (decided).
    """
    return Boolean(by_rows([array, value], _contains, pl.Boolean).fill_null(value=False))


def _contains(text: str, value: str) -> bool:
    found = structure(text)
    return isinstance(found, list) and any(_element_text(each) == value for each in found)


def _element_text(element: Any) -> str | None:  # noqa: ANN401
    return print_json(element) if isinstance(element, dict | list) else scalar_text(element)
