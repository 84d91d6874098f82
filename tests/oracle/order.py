"""The order of values in ``sort``, and when two of them fall in one group."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cmp_to_key
from typing import Any

from tests.oracle.model import Document, Moment, Value, figure, text

_RUNS = re.compile(r"[0-9]+|[^0-9]")


def compare(left: Value, right: Value) -> int:
    """-1, 0 or 1: missing values, then texts in natural order, then numbers; equal numbers by their text."""
    return _sign(_class(left), _class(right)) or _within(left, right)


def _class(value: Value) -> int:
    if value is None:
        return 0
    return 1 if figure(value) is None else 2


def _within(left: Value, right: Value) -> int:
    one, two = figure(left), figure(right)
    if one is None or two is None:
        return compare_naturally(text(left) or "", text(right) or "")
    return _sign(one, two) or _sign_of_texts(left, right)


def _sign_of_texts(left: Value, right: Value) -> int:
    return _sign(left, right) if isinstance(left, str) and isinstance(right, str) else 0


def compare_naturally(left: str, right: str) -> int:
    """Return a sort key: runs of digits by length, then value; all other characters by code point."""
    ones, twos = _RUNS.findall(left), _RUNS.findall(right)
    for one, two in zip(ones, twos, strict=False):
        if one[0] in "0123456789" and two[0] in "0123456789":
            found = _sign((len(one), one), (len(two), two))
        else:
            found = _sign(one[0], two[0])
        if found:
            return found
    return _sign(len(ones), len(twos))


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


natural = cmp_to_key(compare_naturally)
ascending = cmp_to_key(compare)


def group_of(value: Value) -> Hashable:
    """Something that is equal exactly where two values of one column fall in one group."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Moment):
        return ("time", value.milliseconds)
    if isinstance(value, Document):
        return ("document", value.text)
    return int(value) if isinstance(value, bool) or value == int(value) else value
