"""The value model in plain Python: what a value is, how it reads as a number, compares, and prints.

Values are ``None`` (missing), ``str`` (a text, ``-`` among them), ``int``, ``float``, ``bool``, ``Moment`` (a time) and
``Document`` (a map or a list). Nothing here is taken from the package under test.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

LARGEST = 2**63 - 1
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")


@dataclass(frozen=True)
class Moment:
    """A time in epoch milliseconds; ``bin`` says that ``bin()`` made it."""

    milliseconds: int
    bin: bool = False


@dataclass(frozen=True)
class Document:
    """A map or a list, as compact JSON text."""

    text: str


Value = None | str | int | float | bool | Moment | Document
Figure = int | float | None


def figure(value: Value) -> Figure:
    """Return the number that a value is or reads as."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, Moment):
        return value.milliseconds
    return read(value) if isinstance(value, str) else None


def read(text: str) -> Figure:
    """Return the finite decimal number of a text: exact if it is whole and fits in 64 bits."""
    if not _NUMBER.fullmatch(text):
        return None
    if "." not in text and abs(whole := _whole(text)) <= LARGEST:
        return whole
    return finite(float(text))


def _whole(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").lstrip("0")
    return sign * (int(digits or "0") if len(digits) < 400 else LARGEST + 1)


def finite(number: float) -> Figure:
    """Return the number, or None if it is NaN or infinite."""
    return number if math.isfinite(number) else None


def exact(whole: int, otherwise: float) -> Figure:
    """Return an integer if 64 bits hold it, else a double."""
    return whole if abs(whole) <= LARGEST else finite(otherwise)


def text(value: Value) -> str | None:
    """Return a value as text functions and comparisons see it: printed, but None for a map or a list."""
    return None if isinstance(value, Document) else printed(value)


def printed(value: Value) -> str | None:
    """Return a value as a cell of the result prints it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return print_double(value)
    return value.text if isinstance(value, Document) else print_moment(value)


def print_double(number: float) -> str:
    """Four decimals from 1 up, four significant digits below, halves of the exact binary value away from zero.

    From 1e15 up the digits are the shortest that tell the double from its neighbours.
    """
    sign = "-" if number < 0 else ""
    above, below = (Fraction(repr(abs(number))) if abs(number) >= 1e15 else Fraction(abs(number))).as_integer_ratio()
    kept = 4
    while 0 < above * 10**kept < 1000 * below:
        kept += 1
    scaled = (2 * above * 10**kept + below) // (2 * below)
    plain = str(scaled).rjust(kept + 1, "0")
    shown = f"{plain[:-kept]}.{plain[-kept:]}".rstrip("0").rstrip(".")
    return shown if shown == "0" else sign + shown


def print_moment(moment: Moment) -> str:
    """``YYYY-MM-DD HH:MM:SS.mmm``, or the number where no calendar has the time."""
    try:
        when = datetime(1970, 1, 1) + timedelta(milliseconds=moment.milliseconds)
    except OverflowError:
        return str(moment.milliseconds)
    return when.isoformat(" ", "milliseconds")


def condition(value: Value) -> bool:
    """Return True if a value counts as true."""
    if isinstance(value, str) and value == "true":
        return True
    number = figure(value)
    return number is not None and number != 0


def same_number(left: float, right: float) -> bool:
    """Are two numbers equal, exactly where both are whole?"""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return float(left) == float(right)


def equal(left: Value, right: Value) -> bool:
    """``left = right``."""
    one, two = figure(left), figure(right)
    if one is not None and two is not None:
        return same_number(one, two)
    return isinstance(left, str) and isinstance(right, str) and left == right


def differ(left: Value, right: Value) -> bool:
    """``left != right``: true where one is missing, false where one is a map or a list."""
    return not equal(left, right) and not isinstance(left, Document) and not isinstance(right, Document)


def less(left: Value, right: Value, *, or_equal: bool) -> bool:
    """``left < right``, or ``left <= right``."""
    if left is None or right is None or isinstance(left, Document) or isinstance(right, Document):
        return False
    one, two = figure(left), figure(right)
    if one is None and two is None:
        return str(left) < str(right) or (or_equal and left == right)
    if one is None or two is None:
        return False
    if isinstance(one, float) or isinstance(two, float):
        one, two = float(one), float(two)
    return one < two or (or_equal and one == two)


def add(left: Figure, right: Figure) -> Figure:
    """Return the sum."""
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return exact(left + right, float(left) + float(right))
    return finite(float(left) + float(right))


def subtract(left: Figure, right: Figure) -> Figure:
    """Return the difference."""
    return add(left, None if right is None else -right)


def multiply(left: Figure, right: Figure) -> Figure:
    """Return the product."""
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        return exact(left * right, float(left) * float(right))
    return finite(float(left) * float(right))


def divide(left: Figure, right: Figure) -> Figure:
    """Return the quotient; None if the divisor is zero."""
    if left is None or right is None or right == 0:
        return None
    return finite(float(left) / float(right))


def remainder(left: Figure, right: Figure) -> Figure:
    """Return the remainder of a division, with the sign of the dividend."""
    if left is None or right is None or right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        magnitude = abs(left) % abs(right)
        return -magnitude if left < 0 else magnitude
    return finite(math.fmod(float(left), float(right)))


def power(left: Figure, right: Figure) -> Figure:
    """Return the power."""
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int) and right >= 0 and (abs(left) < 2 or right < 64):
        whole: int = left ** (right if abs(left) > 1 else min(right, 2 + right % 2))
        if abs(whole) <= LARGEST:
            return whole
    return _double_power(float(left), float(right))


def _double_power(left: float, right: float) -> Figure:
    try:
        result = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return finite(result) if isinstance(result, float) else None
