"""Tokens of patterns in braces and in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowlocal.filter_patterns.errors import InvalidPattern, invalid_characters, invalid_pattern
from flowlocal.language.errors import Span

WORD, PHRASE, REGEX, SYMBOL, END = "word", "phrase", "regex", "symbol", "end"
_TOKEN = re.compile(
    r'\s*(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]*)%|(?P<symbol>&&|\|\||[<>!]=|[=<>(),])|'
    r'(?P<word>[^\s"%()&|<>=!,]+))',
    re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class PatternToken:
    """A token.

    Attributes:
        kind: WORD, PHRASE, REGEX, SYMBOL or END.
        text: what it says, without quotes or per cent signs.
        span: where it is in the pattern.
    """

    kind: str
    text: str
    span: Span

    def is_symbol(self, *symbols: str) -> bool:
        """Return True if it is one of some symbols."""
        return self.kind == SYMBOL and self.text in symbols


def unescaped(phrase: str) -> str:
    r"""Return what a phrase says: ``\"`` is a quotation mark and ``\\`` a backslash (recorded)."""
    return _ESCAPE.sub(r"\1", phrase)


def tokens(pattern: str, start: int, end: int) -> Iterator[PatternToken]:
    """Yield the tokens between two places of a pattern."""
    at = start
    while pattern[at:end].strip():
        found = _TOKEN.match(pattern, at, end)
        if found is None:
            raise _unknown(pattern, at)
        kind = str(found.lastgroup)
        text = unescaped(found[kind]) if kind == PHRASE else found[kind]
        yield PatternToken(kind, text, Span(found.end() - len(found[0].lstrip()), found.end()))
        at = found.end()


def _unknown(pattern: str, at: int) -> InvalidPattern:
    at += len(pattern[at:]) - len(pattern[at:].lstrip())
    span = Span(at, at + 1)
    if pattern[at] in '"%':
        return invalid_pattern(span, f"{pattern[at]} has no counterpart")
    hint = {"!": "write !=", "&": "write &&", "|": "write ||"}.get(pattern[at], "")
    return invalid_characters(pattern[at], span, hint)


class TokenReader:
    """Tokens that are read one after the other.

    Args:
        tokens: the tokens.
        end: where the pattern ends.
    """

    def __init__(self, tokens: Sequence[PatternToken], end: int) -> None:
        self._tokens = [*tokens, PatternToken(END, "", Span(end, end))]
        self._at = 0

    def peek(self) -> PatternToken:
        """Return the next token, which stays the next one."""
        return self._tokens[self._at]

    def take(self) -> PatternToken:
        """Return the next token; the end comes again and again."""
        token = self.peek()
        self._at += token.kind != END
        return token
