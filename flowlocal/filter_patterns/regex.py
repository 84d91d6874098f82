"""Regular expressions between per cent signs: the service's subset, run by an engine that takes linear time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from flowlocal.compiler.patterns import check_pattern
from flowlocal.filter_patterns.errors import InvalidPattern, invalid_characters
from flowlocal.language.errors import MalformedQuery, Span

_FORBIDDEN = re.compile(r"[^A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.]")
_PART = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|.)?|--|.", re.DOTALL)
_CLASSES = {r"\d": "0-9", r"\w": "0-9A-Za-z_", r"\s": r" \t\n\x0b\f\r"}


@dataclass(frozen=True)
class LinearRegex:
    """A regular expression that is searched for in texts.

    Attributes:
        pattern: in the syntax of Polars.
    """

    pattern: str

    def found(self, texts: Sequence[str | None]) -> list[bool]:
        """Return for each text if it contains the expression; False for None."""
        return pl.Series(texts, dtype=pl.String()).str.contains(self.pattern).fill_null(value=False).to_list()


def parse_regex(text: str, start: int) -> LinearRegex:
    r"""Return the regular expression that is written as ``text``.

    Documented: letters, digits, the symbols ``: _ # = @ / ; , -``, the operators ``^ $ ? [ ] { } | \ * + .``, and
    ``\d \D \s \S \w \W \xhh``, all of ASCII. Neither parentheses nor blanks are allowed, not even escaped (recorded).

    Args:
        text: the expression without its per cent signs.
        start: where it begins in the filter pattern.
    """
    if found := _FORBIDDEN.search(text):
        span = Span(start + found.start(), start + found.end())
        raise invalid_characters(found[0], span, rf"write it as {_code(found[0])} in a regular expression")
    pattern = "".join(_translated(part[0], start + part.start()) for part in _PART.finditer(text))
    try:
        return LinearRegex(check_pattern(pattern, Span(start, start + len(text))))
    except MalformedQuery as error:
        raise InvalidPattern("Invalid regular expression", error.span, error.message) from None


def _code(character: str) -> str:
    if character.isspace():
        return r"\s"
    return rf"\x{ord(character):02x}" if character.isascii() else "."


def _translated(part: str, at: int) -> str:
    """Return a part of an expression in the syntax of Polars, in which classes are not of ASCII alone."""
    if part == "--":  # the difference of two classes in Polars
        return r"-\-"
    if not part.startswith("\\"):
        return part
    if part.lower() in _CLASSES:
        return f"[{'^' if part[1].isupper() else ''}{_CLASSES[part.lower()]}]"
    if len(part) == 4:  # \xhh
        return re.escape(bytes.fromhex(part[2:]).decode("latin-1"))
    if part == "\\" or part[1].isalnum():
        raise invalid_characters(part, Span(at, at + len(part)), r"write \d, \s, \w, \xhh, or \ before a symbol")
    return re.escape(part[1])
