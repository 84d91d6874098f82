"""JSON functions.

Maps and lists are missing values to numeric, string and time functions, false in every comparison, and form no groups.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from flowlocal.compiler.registry import Document, TextArg, function
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
    """Return the map or the list that a JSON text contains; missing if it contains neither.

    Keys follow a dot, and elements are in brackets or follow a dot, counted from 0: ``j.users[1].name``. After
    ``fields jsonParse(@message) as j``, the next ``fields`` can use ``j.users``; the same one cannot (recorded).
    ``true`` and ``false`` are 1 and 0, and ``null`` is missing (decided).
    """
    return Json(by_distinct(text, compact))


@function("jsonStringify", examples=[("""jsonStringify(jsonParse('{"a": [1, 2]}'))""", '{"a":[1,2]}')])
def json_stringify(value: Value) -> Text:
    """Return the map or list as compact JSON text, and any other value as its own text (decided)."""
    return Text(value.printed())


@function("jsonArraySize", examples=[("jsonArraySize('[1, 2, 3]')", "3"), ("jsonArraySize('{}')", None)])
def json_array_size(array: Document) -> Number:
    """Return the number of elements of a JSON array, given as text or list; missing for anything else (decided)."""
    return Number.whole(by_distinct(array, _size, pl.Int64), maximum=2**32)


def _size(text: str) -> int | None:
    found = structure(text)
    return len(found) if isinstance(found, list) else None


@function(
    "jsonArrayContains",
    examples=[("jsonArrayContains('[22, 80]', 22)", "1"), ("""jsonArrayContains('["a"]', 'A')""", "0")],
)
def json_array_contains(array: Document, value: TextArg) -> Boolean:
    """Return 1 if a JSON array, given as text or as a list, has an element with the text of the value, else 0.

    The comparison is case-sensitive. The result is 0 if the first argument is missing or not an array. An element that
    is a map or a list is compared by its compact text (decided).
    """
    return Boolean(by_rows([array, value], _contains, pl.Boolean).fill_null(value=False))


def _contains(text: str, value: str) -> bool:
    found = structure(text)
    return isinstance(found, list) and any(_element_text(each) == value for each in found)


def _element_text(element: Any) -> str | None:  # noqa: ANN401
    return print_json(element) if isinstance(element, dict | list) else scalar_text(element)
