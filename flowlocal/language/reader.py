"""Reading tokens from left to right: the small steps that every syntax is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flowlocal.language.errors import MalformedQuery, Span, unexpected
from flowlocal.language.lexer import Kind, Lexer, Token
from flowlocal.language.suggest import did_you_mean

T = TypeVar("T")

_DEEPEST = 50
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}(?:/\d+)?(?![\w.])", re.ASCII)


class Reader:
    """Reads tokens from a text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lexer = Lexer(text)
        self.offset = 0
        self.depth = 0
        self._peeked: Token | None = None
        self._last = Span(0, 0)

    def peek(self) -> Token:
        """The token that comes next."""
        if self._peeked is None:
            self._peeked = self.lexer.token(self.offset)
        return self._peeked

    def next(self) -> Token:
        """The next token, which is thereby read."""
        token = self.peek()
        return self._read(token)

    def _read(self, token: Token) -> Token:
        self.offset, self._last, self._peeked = token.span.end, token.span, None
        return token

    def followed_by(self, operator: str) -> bool:
        """Does this operator stand behind the next token?"""
        following = self.lexer.token(self.peek().span.end)
        return following.kind is Kind.OPERATOR and following.value == operator

    def accept(self, operator: str) -> Token | None:
        """The next token, read, if it is this operator."""
        token = self.peek()
        return self.next() if token.kind is Kind.OPERATOR and token.value == operator else None

    def expect(self, operator: str, expected: str = "") -> Token:
        """The next token, which must be this operator."""
        token = self.accept(operator)
        if token is None:
            raise self.unexpected(expected=expected or f"`{operator}`")
        return token

    def at_word(self, *words: str) -> bool:
        """Is the next token one of these words, in any letter case?"""
        token = self.peek()
        return token.kind is Kind.NAME and token.value.lower() in words

    def accept_word(self, *words: str) -> Token | None:
        """The next token, read, if it is one of these words."""
        return self.next() if self.at_word(*words) else None

    def expect_word(self, *words: str) -> Token:
        """The next token, which must be one of these words."""
        token = self.accept_word(*words)
        if token is None:
            raise self.unexpected(expected=" or ".join(f"`{word}`" for word in words))
        return token

    def symbol(self, token: Token) -> str:
        """A token as the service names it in an error: as written."""
        return self.text[token.span.start : token.span.end] or "<EOF>"

    def unexpected(self, *, expected: str = "", hint: str = "") -> MalformedQuery:
        """The error that the next token cannot stand here."""
        token = self.peek()
        return unexpected(self.symbol(token), token.span, expected=expected, hint=hint or self._hint(token))

    def _hint(self, token: Token) -> str:
        before = self.text[token.span.start - 1 : token.span.start]
        if before == "/" and token.kind is Kind.NAME:
            return f"flags are written at the start of a regular expression: `(?{token.value})`"
        if address := _ADDRESS.match(self.text, self._last.start):
            return f"an address is a text, so it stands in quotes: '{address[0]}'"
        if token.kind is Kind.STRING and before:
            return "a text in quotes cannot stand here; names are written plainly or in backticks"
        return ""

    def misspelt(self, *words: str) -> str:
        """A hint for the next token, where it is nearly one of the words that can stand there."""
        token = self.peek()
        return did_you_mean(token.value, words) if token.kind is Kind.NAME else ""

    @property
    def last(self) -> Span:
        """Where the token read last stood."""
        return self._last

    def since(self, start: Span) -> Span:
        """The stretch from a span to the token read last."""
        return start.to(self._last)

    @contextmanager
    def nested(self, at: Span) -> Iterator[None]:
        """Counts one level of nesting, and refuses too many of them."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise MalformedQuery("this query is nested too deeply", at, hint=f"at most {_DEEPEST} levels are read")
        yield
        self.depth -= 1

    def separated(self, read: Callable[[], T]) -> tuple[T, ...]:
        """One or more things with commas between; a comma behind the last is malformed (decided)."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return tuple(found)

    def name(self, expected: str = "a field name") -> Token:
        """A name, plain or in backticks."""
        token = self.peek()
        if token.kind not in (Kind.NAME, Kind.QUOTED_NAME):
            raise self.unexpected(expected=expected)
        return self.next()

    def string(self, expected: str = "a text in quotes") -> Token:
        """A text in quotes."""
        if self.peek().kind is not Kind.STRING:
            raise self.unexpected(expected=expected)
        return self.next()

    def at_regex(self) -> bool:
        """Does a slash come next, where only a regular expression can stand?"""
        token = self.peek()
        return token.kind is Kind.OPERATOR and token.value == "/"

    def regex(self) -> Token:
        """A regular expression between slashes, its pattern as the token's value."""
        if not self.at_regex():
            raise self.unexpected(expected="a regular expression between slashes")
        return self._read(self.lexer.regex(self.peek().span.start))

    def whole_number(self, expected: str, *, least: int = 1, most: int = 2**63 - 1) -> int:
        """A whole number between two bounds."""
        token = self.peek()
        digits = token.value.lstrip("0") or "0"
        plain = token.kind is Kind.NUMBER and digits.isdecimal() and len(digits) < 20
        if not plain or not least <= int(digits) <= most:
            raise self.unexpected(expected=expected)
        self.next()
        return int(digits)
