"""JSON texts: read without losing how a number was written, printed compact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn


class Literal(str):
    """A number of a JSON text, as it was written."""

    __slots__ = ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def read_json(text: str) -> Any:  # noqa: ANN401
    """The value of a JSON text, numbers as ``Literal``; None where it is none, or nested too deeply to be read."""
    try:
        return json.loads(text, parse_float=Literal, parse_int=Literal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def print_json(value: Any) -> str:  # noqa: ANN401
    """Compact JSON text of what ``read_json`` read."""
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
    """The map or the list that a JSON text holds; None where it holds neither."""
    value = read_json(text)
    return value if isinstance(value, dict | list) else None


def compact(text: str) -> str | None:
    """The compact text of a map or a list; None for anything else (documented: ``jsonParse`` makes nothing of it)."""
    found = structure(text)
    return None if found is None else _printed(found)


def _printed(found: Any) -> str | None:  # noqa: ANN401
    try:
        return clean(print_json(found))
    except RecursionError:
        return None


def clean(text: str) -> str:
    """The text with halves of surrogate pairs, which UTF-8 cannot hold, replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def scalar_text(value: Any) -> str | None:  # noqa: ANN401
    """A JSON value that is no map and no list as Insights has it: booleans are 1 and 0, null is missing (decided)."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return clean(value) if isinstance(value, str) else None


def look_up(document: str, path: str) -> str | None:
    """What stands at a dotted path: ``j`` and its JSON text, or ``s`` and its text; None where nothing does."""
    found = _at(structure(document), path.split("."))
    if isinstance(found, dict | list):
        text, mark = _printed(found), "j"
    else:
        text, mark = scalar_text(found), "s"
    return None if text is None else f"{mark}{text}"


def _at(value: Any, steps: Sequence[str]) -> Any:  # noqa: ANN401
    """The value at the end of the steps. A key may hold dots itself, so longer and longer keys are tried."""
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
