"""Token stream: the small steps of which every syntax consists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flowlocal.language.errors import MalformedQuery, Span, unexpected
from flowlocal.language.lexer import Lexer, Token, TokenKind
from flowlocal.language.suggest import did_you_mean

T = TypeVar("T")

_DEEPEST = 50
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}(?:/\d+)?(?![\w.])", re.ASCII)


class TokenStream:
    """Reads tokens from a text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lexer = Lexer(text)
        self.offset = 0
        self.depth = 0
        self._peeked: Token | None = None
        self._last = Span(0, 0)

    def peek(self) -> Token:
        """Return the next token without consuming it."""
        if self._peeked is None:
            self._peeked = self.lexer.token(self.offset)
        return self._peeked

    def next(self) -> Token:
        """Return the next token and consume it."""
        token = self.peek()
        return self._read(token)

    def _read(self, token: Token) -> Token:
        self.offset, self._last, self._peeked = token.span.end, token.span, None
        return token

    def followed_by(self, operator: str) -> bool:
        """Return True if this operator follows the next token."""
        following = self.lexer.token(self.peek().span.end)
        return following.kind is TokenKind.OPERATOR and following.value == operator

    def accept(self, operator: str) -> Token | None:
        """Return the next token and consume it if it is this operator; else return None."""
        token = self.peek()
        return self.next() if token.kind is TokenKind.OPERATOR and token.value == operator else None

    def expect(self, operator: str, expected: str = "") -> Token:
        """Return the next token and consume it; raise MalformedQuery if it is not this operator."""
        token = self.accept(operator)
        if token is None:
            raise self.unexpected(expected=expected or f"`{operator}`")
        return token

    def at_word(self, *words: str) -> bool:
        """Return True if the next token is one of these words, in any letter case."""
        token = self.peek()
        return token.kind is TokenKind.NAME and token.value.lower() in words

    def accept_word(self, *words: str) -> Token | None:
        """Return the next token and consume it if it is one of these words; else return None."""
        return self.next() if self.at_word(*words) else None

    def expect_word(self, *words: str) -> Token:
        """Return the next token and consume it; raise MalformedQuery if it is not one of these words."""
        token = self.accept_word(*words)
        if token is None:
            raise self.unexpected(expected=" or ".join(f"`{word}`" for word in words))
        return token

    def symbol(self, token: Token) -> str:
        """Return a token as the service names it in an error: as written."""
        return self.text[token.span.start : token.span.end] or "<EOF>"

    def unexpected(self, *, expected: str = "", hint: str = "") -> MalformedQuery:
        """Return the error for the next token, which is not allowed here."""
        token = self.peek()
        return unexpected(self.symbol(token), token.span, expected=expected, hint=hint or self._hint(token))

    def _hint(self, token: Token) -> str:
        before = self.text[token.span.start - 1 : token.span.start]
        if before == "/" and token.kind is TokenKind.NAME:
            return f"flags are written at the start of a regular expression: `(?{token.value})`"
        if address := _ADDRESS.match(self.text, self._last.start):
            return f"an address is a text, so it needs quotes: '{address[0]}'"
        if token.kind is TokenKind.STRING and before:
            return "a text in quotes is not allowed here; names are written without quotes or in backticks"
        return ""

    def misspelt(self, *words: str) -> str:
        """Return a hint if the next token is nearly one of the words that are allowed here."""
        token = self.peek()
        return did_you_mean(token.value, words) if token.kind is TokenKind.NAME else ""

    @property
    def last(self) -> Span:
        """The span of the last consumed token."""
        return self._last

    def since(self, start: Span) -> Span:
        """Return the span from the start of another to the last consumed token."""
        return start.to(self._last)

    @contextmanager
    def nested(self, at: Span) -> Iterator[None]:
        """Count one level of nesting, and raise MalformedQuery if there are too many."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise MalformedQuery("this query is nested too deeply", at, hint=f"at most {_DEEPEST} levels are allowed")
        yield
        self.depth -= 1

    def separated(self, read: Callable[[], T]) -> tuple[T, ...]:
        """Parse one or more items separated by commas; a comma after the last is malformed (decided)."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return tuple(found)

    def name(self, expected: str = "a field name") -> Token:
        """Parse a name, plain or in backticks."""
        token = self.peek()
        if token.kind not in (TokenKind.NAME, TokenKind.QUOTED_NAME):
            raise self.unexpected(expected=expected)
        return self.next()

    def string(self, expected: str = "a text in quotes") -> Token:
        """Parse a text in quotes."""
        if self.peek().kind is not TokenKind.STRING:
            raise self.unexpected(expected=expected)
        return self.next()

    def at_regex(self) -> bool:
        """Return True if a slash comes next, at a position at which only a regular expression is allowed."""
        token = self.peek()
        return token.kind is TokenKind.OPERATOR and token.value == "/"

    def regex(self) -> Token:
        """Parse a regular expression between slashes; the token's value is its pattern."""
        if not self.at_regex():
            raise self.unexpected(expected="a regular expression between slashes")
        return self._read(self.lexer.regex(self.peek().span.start))

    def whole_number(self, expected: str, *, least: int = 1, most: int = 2**63 - 1) -> int:
        """Parse a whole number between two bounds, both inclusive."""
        token = self.peek()
        digits = token.value.lstrip("0") or "0"
        plain = token.kind is TokenKind.NUMBER and digits.isdecimal() and len(digits) < 20
        if not plain or not least <= int(digits) <= most:
            raise self.unexpected(expected=expected)
        self.next()
        return int(digits)
