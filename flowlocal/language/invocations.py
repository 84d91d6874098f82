"""Invocations of saved queries in a query: ``$Name(p = "v", n = 10)`` in place of a stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.lexer import Lexer, Token, TokenKind, opens_regex
from flowlocal.language.token_stream import TokenStream

_SERVICE = "Invalid syntax while using query definition snippets: "


class Argument(NamedTuple):
    """A parameter and its value."""

    name: str
    value: str
    span: Span


class Invocation(NamedTuple):
    """A saved query, invoked in place of a stage."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    name_span: Span


def invocations(query: str) -> Iterator[Invocation]:
    """Yield the invocations in a query, from left to right.

    A ``$`` in a text, a regular expression or a comment is not an invocation. The search ends at the first syntax
    error, which the parser reports.

    Raises:
        MalformedQuery: an invocation is malformed.
    """
    if "$" not in query:
        return
    scanner = StageScanner(query)
    while (start := scanner.next_dollar()) is not None:
        invocation = _read(query, start)
        yield invocation
        scanner.resume(invocation.span.end)


def invoked(query: str) -> frozenset[str]:
    """Return the names of the saved queries that a query invokes, up to the first syntax error."""
    names = set[str]()
    with suppress(MalformedQuery):  # it is raised again when the query is expanded
        names.update(invocation.name for invocation in invocations(query))
    return frozenset(names)


class StageScanner:
    """Scans the tokens of a query; knows just enough of stages to distinguish a regular expression from a division."""

    def __init__(self, query: str) -> None:
        self.lexer = Lexer(query)
        self.at = 0
        self.first = True
        self.command = ""
        self.before = ""

    def next_dollar(self) -> int | None:
        """Return the offset of the next ``$`` at the beginning of a stage; None after the last."""
        while True:
            try:
                token = self.token()
            except MalformedQuery:
                return None
            if token.kind is TokenKind.END:
                return None
            if self.first and token.kind is TokenKind.OPERATOR and token.value == "$":
                return token.span.start
            self.consume(token)

    def resume(self, offset: int) -> None:
        """Continue the search after an invocation."""
        self.at, self.first, self.command, self.before = offset, False, "", ""

    def token(self) -> Token:
        """Return the next token without consuming it; raise MalformedQuery if no token can start there."""
        token = self.lexer.token(self.at)
        return self.lexer.regex(token.span.start) if opens_regex(token, self.command, self.before) else token

    def consume(self, token: Token) -> None:
        """Continue after a token."""
        word = token.value.lower() if token.kind in (TokenKind.NAME, TokenKind.OPERATOR) else ""
        if self.first:
            self.command = word
        self.first = word == "|" or (word == "(" and self.before == "in")
        self.at, self.before = token.span.end, word


def _read(query: str, start: int) -> Invocation:
    reader = TokenStream(query)
    reader.offset = start
    try:
        dollar = reader.expect("$")
        name = reader.name("the name of a saved query")
        reader.expect("(", "`(` and the values of its parameters")
        closed = reader.peek().kind is TokenKind.OPERATOR and reader.peek().value == ")"
        arguments = () if closed else reader.separated(lambda: _argument(reader))
        reader.expect(")", "`,` and another value, or `)`")
    except MalformedQuery as error:
        error.service = _SERVICE + error.service
        raise
    return Invocation(name.value, arguments, reader.since(dollar.span), name.span)


def _argument(reader: TokenStream) -> Argument:
    name = reader.name("the name of a parameter")
    reader.expect("=", "`=` and a value")
    token = reader.peek()
    if token.kind not in (TokenKind.STRING, TokenKind.NUMBER, TokenKind.NAME):
        raise reader.unexpected(expected="a text in quotes or a number")
    reader.next()
    return Argument(name.value, token.value, reader.since(name.span))
