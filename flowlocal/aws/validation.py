"""Requests checked against the API's own model: types, required members, lengths, patterns and enumerations.

``shapes.json`` has as much of botocore's model as requests need; ``python -m tools.api_shapes`` writes it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flowlocal.aws.errors import ApiError

Shape = Mapping[str, Any]

LONGEST_NAME = 512
_NAMES = ("logGroupName", "logStreamName")
_NAME_TOO_LONG = f"Invalid LogGroup or LogStream, both must have length less than or equal to {LONGEST_NAME}."
"""What the service says of such names (recorded)."""
_SHOWN = 200
"""Characters of a value that a message shows."""
_BITS = {"integer": 31, "long": 63}


def checked(operation: str, members: Mapping[str, object]) -> dict[str, Any]:
    """Return the members that an operation has, without those that are ``null``, whole numbers as such.

    Halves of characters, which JSON can have, become ``?``.

    Args:
        operation: its name in the API.
        members: what a client sent.

    Raises:
        ApiError: a member has another type than the model says, or a value that the model excludes.
    """
    found = _model()["operations"][operation]
    check = _Check(found.get("invalid", "InvalidParameterException"))
    made: dict[str, Any] = check.value(found["input"], members, "") if "input" in found else {}
    check.raise_violations()
    return made


@cache
def _model() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))
    return found


@dataclass
class _Check:
    """The check of one request.

    Attributes:
        code: the name of the error for values that the model excludes.
        violations: what was found.
    """

    code: str
    violations: list[str] = field(default_factory=list)

    def raise_violations(self) -> None:
        """Raise one error for all violations."""
        if found := self.violations:
            errors = "error" if len(found) == 1 else "errors"
            raise ApiError(self.code, f"{len(found)} validation {errors} detected: {'; '.join(found)}")

    def value(self, name: str, value: object, path: str) -> Any:  # noqa: ANN401 - as the model says
        """Return a value of a shape."""
        shape: Shape = _model()["shapes"][name]
        return _TYPES[shape["type"]](self, shape, value, path)

    def violation(self, value: object, path: str, constraint: str) -> None:
        """Take note of a value that the model excludes."""
        shown = str(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        self.violations.append(f"Value '{shown}' at '{path}' failed to satisfy constraint: Member must {constraint}")

    def bounds(self, shape: Shape, size: int, value: object, path: str, what: str) -> None:
        """Check a length or a number."""
        if size < shape.get("min", size):
            self.violation(value, path, f"have {what} greater than or equal to {shape['min']}")
        if size > shape.get("max", size):
            if path in _NAMES:
                raise ApiError(self.code, _NAME_TOO_LONG)
            self.violation(value, path, f"have {what} less than or equal to {shape['max']}")


def _structure(check: _Check, shape: Shape, value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(path, "an object")
    for name in shape.get("required", ()):
        if value.get(name) is None:
            check.violations.append(
                f"Value null at '{_below(path, name)}' failed to satisfy constraint: Member must not be null"
            )
    given = ((name, each) for name, each in shape["members"].items() if value.get(name) is not None)
    return {name: check.value(each, value[name], _below(path, name)) for name, each in given}


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _list(check: _Check, shape: Shape, value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong_type(path, "a list")
    check.bounds(shape, len(value), f"[{len(value)} items]" if value else "[]", path, "length")
    return [check.value(shape["member"], each, f"{path}.{at}.member") for at, each in enumerate(value, 1)]


def _map(check: _Check, shape: Shape, value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(path, "an object")
    check.bounds(shape, len(value), f"{{{len(value)} items}}", path, "length")
    pairs: Iterable[tuple[str, object]] = value.items()
    return {check.value(shape["key"], key, path): check.value(shape["value"], each, path) for key, each in pairs}


def _text(check: _Check, shape: Shape, value: object, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong_type(path, "a string")
    text = value if value.isascii() else value.encode("utf-8", "replace").decode()
    check.bounds(shape, len(text), text, path, "length")
    if "enum" in shape and text not in shape["enum"]:
        check.violation(text, path, f"satisfy enum value set: [{', '.join(shape['enum'])}]")
    elif "pattern" in shape and not re.fullmatch(shape["pattern"], text):
        check.violation(text, path, f"satisfy regular expression pattern: {shape['pattern']}")
    return text


def _whole_number(check: _Check, shape: Shape, value: object, path: str) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(path, "a whole number")
    check.bounds({"max": 2 ** _BITS[shape["type"]] - 1, **shape}, value, value, path, "value")
    return value


def _number(_check: _Check, _shape: Shape, value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise _wrong_type(path, "a number")
    return value


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def _flag(_check: _Check, _shape: Shape, value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(path, "true or false")
    return value


_TYPES: Mapping[str, Callable[[_Check, Shape, object, str], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _text,
    "integer": _whole_number,
    "long": _whole_number,
    "double": _number,
    "boolean": _flag,
}


def _wrong_type(path: str, wanted: str) -> ApiError:
    return ApiError("SerializationException", f"'{path}' must be {wanted}")
