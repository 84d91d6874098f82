"""Values of events, and the comparisons that a condition makes with them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from flowlocal.filter_patterns.regex import LinearRegex

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""A number as patterns and events write it (documented)."""
ORDERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class NumberText(str):
    """The text of a number in an event, as it is written there."""

    __slots__ = ()


MISSING = object()
"""The value of a member that an event does not have."""
EventValue = object
"""A text, ``NumberText``, True, False, None, ``MISSING``, or a list or dict of JSON."""


class ValueTest(Protocol):
    """A test that some values pass."""

    def holds(self, values: Sequence[EventValue]) -> list[bool]:
        """Return for each value if the test holds."""
        ...


def decimal(text: str) -> Decimal | None:
    """Return the number that a text writes; None if there is none or if its exponent is beyond all measure."""
    if not NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@dataclass(frozen=True)
class Ordered:
    """True for numbers that are less or greater than another; no text is (recorded).

    Attributes:
        sign: one of ``ORDERS``.
        number: the other number.
    """

    sign: str
    number: Decimal

    def holds(self, values: Sequence[EventValue]) -> list[bool]:
        """Return for each value if it is a number in that order."""
        compare = ORDERS[self.sign]
        numbers = (decimal(each) if isinstance(each, NumberText) else None for each in values)
        return [each is not None and compare(each, self.number) for each in numbers]


@dataclass(frozen=True)
class Equal:
    """True for texts and numbers that a text with wildcards describes, or that it does not describe.

    Anything else (a missing member, an object, a list, a boolean, null) is neither equal nor unequal: a condition is
    for value nodes, which are texts or numbers (documented; recorded for objects and lists).

    Attributes:
        text: what is compared; ``*`` is any text.
        number: what numbers are compared with; None if they are compared as texts.
        negated: True for ``!=``.
    """

    text: str
    number: Decimal | None
    negated: bool

    def holds(self, values: Sequence[EventValue]) -> list[bool]:
        """Return for each value if it is described, or not described."""
        parts = self.text.split("*")
        return [isinstance(each, str) and self._equals(each, parts) != self.negated for each in values]

    def _equals(self, value: str, parts: Sequence[str]) -> bool:
        if self.number is not None and isinstance(value, NumberText):
            return decimal(value) == self.number
        return matches_wildcards(parts, value)


def matches_wildcards(parts: Sequence[str], text: str) -> bool:
    """Return True if a text consists of some parts with anything between them.

    Each part is taken where it is found first, as the service does: ``*.5`` does not match ``1.5.5`` (recorded).
    """
    if len(parts) == 1:
        return text == parts[0]
    if not text.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return not parts[-1] or at == len(text)


@dataclass(frozen=True)
class Matching:
    """True for texts and numbers that contain a regular expression, or that do not.

    Attributes:
        regex: the expression.
        negated: True for ``!=``.
    """

    regex: LinearRegex
    negated: bool

    def holds(self, values: Sequence[EventValue]) -> list[bool]:
        """Return for each value if it is a text with the expression, or without it."""
        texts = [str(each) if isinstance(each, str) else None for each in values]
        found = self.regex.found(texts)
        return [text is not None and each != self.negated for text, each in zip(texts, found, strict=True)]


@dataclass(frozen=True)
class Is:
    """True for one of the values null, true, false.

    Attributes:
        value: None, True or False.
    """

    value: bool | None

    def holds(self, values: Sequence[EventValue]) -> list[bool]:
        """Return for each value if it is the one."""
        return [each is self.value for each in values]


@dataclass(frozen=True)
class Exists:
    """True for members that an event has, or for those that it does not have.

    Attributes:
        negated: True for ``NOT EXISTS``.
    """

    negated: bool

    def holds(self, values: Sequence[EventValue]) -> list[bool]:
        """Return for each value if there is one, or none."""
        return [(each is MISSING) == self.negated for each in values]
