"""Where JSON goes on after damage: at an item that looks like those before it, else at the next line or document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowlocal.sources.json_buffer import LISTS, Buffer, Damage

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
"""Where the item after a damaged one may begin, by the first character of the damaged one."""
_TELLING = frozenset({"message", "log", "body", "@message", "field", "data", "kinesis", *LISTS})
"""Keys by which the first item of a list is known."""
_LONGEST_ITEM = 4 << 20


def end_of_object(buffer: Buffer) -> re.Pattern[str]:
    """Return what ends the object that begins here if it is damaged: its line, unless only its bracket is on it."""
    buffer.next_after(buffer.at + 1)
    return _NEXT_DOCUMENT if _ALONE.match(buffer.text, buffer.at) else LINE_END


def starts_after(first: str, *, inside: bool) -> re.Pattern[str] | None:
    """Return what the value after a damaged one may begin with; None if it cannot be told.

    Args:
        first: the first character of the damaged value.
        inside: True for an item of a list.
    """
    return _NEXT_ITEM.get(first) if inside else _NEXT_OBJECT


def resumption(buffer: Buffer, starts: re.Pattern[str], at: int, end: int, last: Any) -> int | None:  # noqa: ANN401
    """Return where the first value after damage begins that looks like the value before it; None if there is none.

    Args:
        buffer: the text, at the beginning of the damaged value.
        starts: what a value may begin with.
        at: where to begin looking.
        end: where to stop.
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
    """Return True if a value that was taken ends there, which without brackets needs a comma after it."""
    return isinstance(value, dict | list) or buffer.next_after(buffer.at) in ",]"


def _is_like(value: Any, last: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return True if a value looks like the one before it: an object has one of its keys, a list is a row, too."""
    if isinstance(value, dict):
        keys = last if isinstance(last, dict) and last else _TELLING
        return any(key in keys for key in value)
    return not isinstance(value, list) or all(isinstance(each, dict) and "field" in each for each in value)
