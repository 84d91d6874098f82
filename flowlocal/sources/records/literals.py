"""Derive literals that lines must contain to match a predicate, so that other lines need not be parsed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product

import polars as pl
from msgspec import Struct

SHORTEST = 3
"""Minimum length in characters; shorter literals occur in nearly every line, so searching them is slower (measured)."""
_FALSE = pl.lit(value=False)
_PART = (
    r"""(?s)(?P<plain>[^\\.^$|?*+()\[\]{}]|\\(?P<escaped>[^A-Za-z0-9<>]))"""
    r"""|(?P<atom>\.|\\[dDsSwW]|\[\^?+[^\[\]\\]+\])"""
    r"""|(?P<anchor>[\^$]|\\[AbBz])"""
    r"""|(?P<open>\((?:\?:)?(?!\?))|(?P<close>\))|(?P<either>\|)"""
    r"""|(?P<optional>[*?]|\{[0-9,]+\})|(?P<repeated>\+)"""
)
"""The supported parts of regular expressions."""


class Requirement(Struct, frozen=True):
    """A text that a column must contain.

    Attributes:
        column: the column.
        text: the text.
        condition: the predicate from which it follows.
        is_enough: True if every value with the text matches the predicate.
    """

    column: str
    text: str
    condition: pl.Expr
    is_enough: bool


def requirements(conditions: Iterable[pl.Expr]) -> Iterator[Requirement]:
    """Yield the requirements that follow from predicates that must all hold; most predicates have none."""
    for condition in conditions:
        match _unwrapped(condition).meta.root_names():
            case [column]:
                text, is_enough = _required(_unwrapped(condition), column)
                yield from [Requirement(column, text, condition, is_enough)] if text else []


def literal_of(required: Iterable[Requirement], suffixes: Mapping[str, str]) -> bytes | None:
    """Return the longest text that a line must contain; None if searching it is not worthwhile.

    Args:
        required: the texts that columns must contain.
        suffixes: the columns whose values occur literally in the line, with the suffix appended to each.
    """
    texts = (_without(each.text, suffixes[each.column]) for each in required if each.column in suffixes)
    longest = max(texts, key=len, default="")
    return longest.encode() if len(longest) >= SHORTEST and "\n" not in longest else None


def settled_by(literal: bytes, required: Iterable[Requirement], column: str) -> Sequence[pl.Expr]:
    """Return the predicates that every value of a column with a literal matches."""
    of_column = (each for each in required if each.column == column and each.is_enough)
    return [each.condition for each in of_column if each.text.encode() in literal]


def _without(text: str, suffix: str) -> str:
    """Return the part of a text in ``value + suffix`` that the value must contain."""
    if text in suffix:
        return ""
    overlap = next((size for size in range(len(suffix), 0, -1) if text.endswith(suffix[:size])), 0)
    return text[: len(text) - overlap]


def _unwrapped(condition: pl.Expr) -> pl.Expr:
    """Return a predicate without its name and without ``fill_null(False)``."""
    condition = condition.meta.undo_aliases()
    match condition.meta.pop():
        case [_, inner] if condition.meta.eq(inner.fill_null(_FALSE)):
            return _unwrapped(inner)
    return condition


def _required(condition: pl.Expr, column: str) -> tuple[str, bool]:
    """Return the text that a column must contain to match a predicate, empty if none is known; and if it is enough."""
    text = _text_in(condition)
    if not text:
        return "", False
    field, literal = pl.col(column), pl.lit(text)
    if condition.meta.eq(field == literal) or condition.meta.eq(literal == field):
        return text, False
    is_literal = _searches(condition, field, literal)
    found = text if is_literal else "" if is_literal is None else required_text(text)
    return found, found == text


def _text_in(condition: pl.Expr) -> str:
    """Return the text that a predicate compares with; empty if it is none or there are several."""
    texts = [each for each in condition.meta.pop() if each.meta.is_literal()]
    text = pl.select(texts[0]).item() if len(texts) == 1 else None
    return text if isinstance(text, str) else ""


def _searches(condition: pl.Expr, field: pl.Expr, text: pl.Expr) -> bool | None:
    """Return True if a predicate searches a field for a text, False if for a regular expression, else None."""
    for is_literal, strict in product((True, False), repeat=2):
        if condition.meta.eq(field.str.contains(text, literal=is_literal, strict=strict)):
            return is_literal
    return None


def searched(predicate: pl.Expr) -> tuple[str, bool]:
    """Return for what a predicate searches its only column, and if that is a text rather than a regular expression.

    What is returned is empty for other predicates.
    """
    condition = _unwrapped(predicate)
    text = _text_in(condition)
    (column,) = set(condition.meta.root_names())
    is_literal = _searches(condition, pl.col(column), pl.lit(text)) if text else None
    return "" if is_literal is None else text, bool(is_literal)


def required_text(pattern: str) -> str:
    """Return the longest text that every match of a regular expression contains; empty if none is known.

    Args:
        pattern: a regular expression of the Rust crate ``regex``; flags and other unsupported syntax return "".
    """
    return max(_runs(pattern), key=len, default="")


def _runs(pattern: str) -> Collection[str]:
    """Return the runs of characters outside groups that every match contains."""
    part, runs, depth, at = re.compile(_PART), [""], 0, 0
    while at < len(pattern):
        token = part.match(pattern, at)
        if token is None or (token.lastgroup == "either" and not depth):
            return ()
        at, kind = token.end(), token.lastgroup
        depth += (kind == "open") - (kind == "close")
        if depth or kind == "close":
            runs.append("")
        elif kind in ("plain", "escaped"):
            runs[-1] += token["escaped"] or token["plain"]
        else:
            runs[-1:] = [runs[-1][:-1] if kind == "optional" else runs[-1], ""]
    return runs
