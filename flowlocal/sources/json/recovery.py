"""Find the position to resume JSON after damage: a similar item, else the next line or document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowlocal.sources.json.buffer import LISTS, Buffer, Damage

LINE_END = re.compile(r"\n")
NEXT_LIST = re.compile(r"\n(?=\[)")
_NEXT_DOCUMENT = re.compile(r"\n(?=[{\[])")
_ALONE = re.compile(r"\{[ \t\r]*\n")
_NEXT_OBJECT = re.compile(r"(?<=\})\s*(?=\{)")
_NEXT_ITEM: Mapping[str, re.Pattern[str]] = {
    "{": re.compile(r"(?=\{)"),
    "[": re.compile(r"(?=\[\s*\{)"),
    '"': re.compile(r'(?<=[,\n])\s*(?=")'),
}
"""Start of the item after a damaged one, by the first character of the damaged one."""
_IDENTIFYING = frozenset({"message", "log", "body", "@message", "field", "data", "kinesis", *LISTS})
"""Keys that identify the first item of a list."""
_LONGEST_ITEM = 4 << 20


def end_of_object(buffer: Buffer) -> re.Pattern[str]:
    """Return the pattern that ends a damaged object: its line end, or the next document if it has several lines."""
    buffer.next_after(buffer.at + 1)
    return _NEXT_DOCUMENT if _ALONE.match(buffer.text, buffer.at) else LINE_END


def starts_after(first: str, *, inside: bool) -> re.Pattern[str] | None:
    """Return the pattern of the start of the value after a damaged one; None if unknown.

    Args:
        first: the first character of the damaged value.
        inside: True for an item of a list.
    """
    return _NEXT_ITEM.get(first) if inside else _NEXT_OBJECT


def resumption(buffer: Buffer, starts: re.Pattern[str], at: int, end: int, last: Any) -> int | None:  # noqa: ANN401
    """Return the position of the first value after damage that is like the value before it; None if there is none.

    Args:
        buffer: the text, at the beginning of the damaged value.
        starts: the pattern of the start of a value.
        at: start of the search.
        end: end of the search.
        last: the value before the damage.
    """
    start = buffer.at
    at = max(at, start + 1)
    try:
        while match := starts.search(buffer.text, at, end):
            buffer.at = match.end()
            try:
                value = buffer.value(_LONGEST_ITEM)
            except Damage as damage:
                if damage.deep:
                    return None
                at = max(damage.at, match.end() + 1)
            else:
                if _is_like(value, last) and is_separated(buffer, value):
                    return match.end()
                at = buffer.at
        return None
    finally:
        buffer.at = start


def is_separated(buffer: Buffer, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return True if a value is complete: an object or list, or a value before a comma or bracket."""
    return isinstance(value, dict | list) or buffer.next_after(buffer.at) in ",]"


def _is_like(value: Any, last: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return True if a value is like the one before it: an object with one of its keys, or a list that is a row."""
    if isinstance(value, dict):
        keys = last if isinstance(last, dict) and last else _IDENTIFYING
        return any(key in keys for key in value)
    return not isinstance(value, list) or all(isinstance(each, dict) and "field" in each for each in value)
