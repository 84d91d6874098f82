"""JSON texts: parse them without losing how a number was written, and print them compactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn


class Literal(str):
    """A number of a JSON text, as written."""

    __slots__ = ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def read_json(text: str) -> Any:  # noqa: ANN401
    """Return the value of a JSON text, with numbers as ``Literal``; None for invalid JSON and for too deep nesting."""
    try:
        return json.loads(text, parse_float=Literal, parse_int=Literal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def print_json(value: Any) -> str:  # noqa: ANN401
    """Return the compact JSON text of a value that ``read_json`` returned."""
    match value:
        case Literal():
            return str(value)
        case dict():
            return "{" + ",".join(f"{_quoted(key)}:{print_json(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ",".join(print_json(each) for each in value) + "]"
        case str():
            return _quoted(value)
        case _:
            return json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def structure(text: str) -> Any:  # noqa: ANN401
    """Return the map or the list in a JSON text; None if it contains neither."""
    value = read_json(text)
    return value if isinstance(value, dict | list) else None


def compact(text: str) -> str | None:
    """Return the compact text of a map or a list; None for anything else (documented for ``jsonParse``)."""
    found = structure(text)
    return None if found is None else _printed(found)


def _printed(found: Any) -> str | None:  # noqa: ANN401
    try:
        return clean(print_json(found))
    except RecursionError:
        return None


def clean(text: str) -> str:
    """Return the text with unpaired surrogates replaced, because UTF-8 cannot encode them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def scalar_text(value: Any) -> str | None:  # noqa: ANN401
    """Return a scalar JSON value as Insights text: booleans are 1 and 0, null is missing (decided)."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return clean(value) if isinstance(value, str) else None


def look_up(document: str, path: str) -> str | None:
    """Return the value at a dotted path: ``j`` and its JSON text, or ``s`` and its text; None if there is none."""
    found = _at(structure(document), path.split("."))
    if isinstance(found, dict | list):
        text, mark = _printed(found), "j"
    else:
        text, mark = scalar_text(found), "s"
    return None if text is None else f"{mark}{text}"


def _at(value: Any, steps: Sequence[str]) -> Any:  # noqa: ANN401
    """Return the value at the end of the steps. A key may contain dots, so longer and longer keys are tried."""
    if not steps:
        return value
    if isinstance(value, list):
        return _element(value, steps)
    if not isinstance(value, dict):
        return None
    for length in range(1, len(steps) + 1):
        key = ".".join(steps[:length])
        found = _at(value[key], steps[length:]) if key in value else None
        if found is not None:
            return found
    return None


def _element(value: list[Any], steps: Sequence[str]) -> Any:  # noqa: ANN401
    index = steps[0]
    in_list = index.isascii() and index.isdigit() and len(index) < 10 and int(index) < len(value)
    return _at(value[int(index)], steps[1:]) if in_list else None
