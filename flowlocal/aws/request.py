"""Members of a request, checked as the API reference documents them, refused in the service's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from flowlocal.aws.errors import ApiError, invalid, refuse

LONGEST_NUMBER = 2**63 - 1
GROUP_NAME = r"[\.\-_/#A-Za-z0-9]+"
STREAM_NAME = r"[^:*]*"


@dataclass(frozen=True)
class Request:
    """The JSON object that a client sent.

    Attributes:
        members: its members by name; ``null`` counts as absent.
        id: the request's id, which some messages quote.
    """

    members: Mapping[str, object]
    id: str = ""

    def has(self, name: str) -> bool:
        """Is the member there?"""
        return self.members.get(name) is not None

    def text(self, name: str, *, least: int = 1, most: int = 1024, pattern: str = "") -> str:
        """Return a required text, with limits for its length."""
        value = self.optional_text(name, least=least, most=most, pattern=pattern)
        return _required(name) if value is None else value

    def optional_text(self, name: str, *, least: int = 1, most: int = 1024, pattern: str = "") -> str | None:
        """Return a text that may be absent."""
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise _wrong_type(name, "a string")
        return _checked_text(name, value, least, most, pattern)

    def number(self, name: str, *, least: int = 0, most: int = LONGEST_NUMBER) -> int:
        """Return a required whole number in a range."""
        value = self.optional_number(name, least=least, most=most)
        return _required(name) if value is None else value

    def optional_number(self, name: str, *, least: int = 0, most: int = LONGEST_NUMBER) -> int | None:
        """Return a whole number that may be absent."""
        value = self.members.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_type(name, "a whole number")
        if not least <= value <= most:
            side = f"greater than or equal to {least}" if value < least else f"less than or equal to {most}"
            raise _violation(name, value, f"Member must have value {side}")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; false if it is absent."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong_type(name, "true or false")
        return bool(value)

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """One of several words, or absent."""
        value = self.optional_text(name)
        if value is not None and value not in choices:
            raise _violation(name, value, f"Member must satisfy enum value set: [{', '.join(choices)}]")
        return value

    def texts(self, name: str, *, most: int = LONGEST_NUMBER, pattern: str = "", longest: int = 2048) -> list[str]:
        """Return a list of texts; empty if it is absent."""
        values = self.items(name, most=most)
        if not all(isinstance(value, str) for value in values):
            raise _wrong_type(name, "a list of strings")
        return [_checked_text(name, str(value), 1, longest, pattern) for value in values]

    def objects(self, name: str, *, most: int = LONGEST_NUMBER) -> list[Request]:
        """Return a list of objects; empty if it is absent."""
        return [self._object(name, value) for value in self.items(name, most=most)]

    def items(self, name: str, *, most: int = LONGEST_NUMBER) -> list[object]:
        """Return a list of values of any type; empty if it is absent."""
        value = self.members.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _wrong_type(name, "a list")
        if len(value) > most:
            raise _violation(name, f"[{len(value)} items]", f"Member must have length less than or equal to {most}")
        return value

    def _object(self, name: str, value: object) -> Request:
        if not isinstance(value, dict):
            raise _wrong_type(name, "a list of objects")
        return Request(value, self.id)


def _checked_text(name: str, value: str, least: int, most: int, pattern: str) -> str:
    if not value.isascii():  # JSON can hold halves of characters, which are not text
        value = value.encode("utf-8", "replace").decode()
    if len(value) < least:
        raise _violation(name, value, f"Member must have length greater than or equal to {least}")
    if len(value) > most:
        raise _violation(name, _shortened(value), f"Member must have length less than or equal to {most}")
    if pattern and not re.fullmatch(pattern, value):
        raise _violation(name, value, f"Member must satisfy regular expression pattern: {pattern}")
    return value


def _shortened(value: str) -> str:
    return value if len(value) <= 200 else value[:200] + "…"


def _required(name: str) -> NoReturn:
    refuse(f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null")


def _violation(name: str, value: object, constraint: str) -> ApiError:
    return invalid(
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
    )


def _wrong_type(name: str, wanted: str) -> ApiError:
    return ApiError("SerializationException", f"'{name}' must be {wanted}")
