"""Pieces of a query while it is typed: the kind of each, even if the query is unfinished or malformed.

The tokens are those of the language; only the recovery from invalid tokens is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Lexer, Token, TokenKind, opens_regex

KEYWORDS = frozenset({"and", "or", "not", "like", "in", "as", "by", "asc", "desc", "true", "false"})
_COMMENT = re.compile(r"#[^\n]*")


class PieceKind(StrEnum):
    """The kind of a piece of a query."""

    COMMAND = "command"
    FUNCTION = "function"
    NAME = "name"
    KEYWORD = "keyword"
    TEXT = "text"
    REGEX = "regex"
    NUMBER = "number"
    OPERATOR = "operator"
    COMMENT = "comment"
    BLANK = "blank"
    ERROR = "error"


@dataclass(frozen=True)
class QueryPiece:
    """A piece of a query.

    Attributes:
        sort: its kind.
        text: as written.
        value: its value, in lowercase for operators, keywords and commands; empty for comments and blanks.
        open: True if its closing quote, backtick or slash is missing.
    """

    sort: PieceKind
    text: str
    value: str = ""
    open: bool = False

    @property
    def counts(self) -> bool:
        """True if it is not a blank or a comment."""
        return self.sort not in {PieceKind.BLANK, PieceKind.COMMENT}


def pieces(text: str, is_command: Callable[[str], bool] = lambda _: True) -> list[QueryPiece]:
    """Return the pieces of a text, which add up to the text.

    Args:
        text: a query, finished or not.
        is_command: returns True if a word, in lowercase, is a command. Another word at the start of a stage is an
        error,
            unless it begins a call.
    """
    return list(_Walk(text, is_command))


class _Walk:
    """Iterates over a query; knows enough of stages to distinguish commands from names, regexes from divisions."""

    def __init__(self, text: str, is_command: Callable[[str], bool]) -> None:
        self.text = text
        self.lexer = Lexer(text)
        self.is_command = is_command
        self.first = True
        self.command = ""
        self.before = ""

    def __iter__(self) -> Iterator[QueryPiece]:
        at = 0
        while at < len(self.text):
            start = self.lexer.skip(at)
            yield from _blanks(self.text[at:start])
            if start == len(self.text):
                return
            piece = self._piece(start)
            self._consume(piece)
            yield piece
            at = start + len(piece.text)

    def _piece(self, start: int) -> QueryPiece:
        try:
            token = self.lexer.token(start)
            if opens_regex(token, self.command, self.before):
                token = self.lexer.regex(start)
        except MalformedQuery as error:
            return self._broken(start, error)
        written = self.text[token.span.start : token.span.end]
        sort = self._sort(token, written)
        exact = sort in {PieceKind.NAME, PieceKind.TEXT, PieceKind.REGEX}
        return QueryPiece(sort, written, token.value if exact else token.value.lower())

    def _broken(self, start: int, error: MalformedQuery) -> QueryPiece:
        """Return the rest of the text if a closing mark is missing, else the invalid characters alone."""
        first = self.text[start]
        unclosed = {"'": PieceKind.TEXT, '"': PieceKind.TEXT, "/": PieceKind.REGEX, "`": PieceKind.NAME}
        if first in unclosed:
            return QueryPiece(unclosed[first], self.text[start:], self.text[start + 1 :], open=True)
        open_name = self.text.startswith("`", error.span.start)
        end = len(self.text) if open_name else max(error.span.end, start + 1)
        return QueryPiece(PieceKind.ERROR, self.text[start:end], open=open_name)

    def _sort(self, token: Token, written: str) -> PieceKind:
        if token.kind is TokenKind.NAME:
            return self._word(token)
        if token.kind is TokenKind.STRING:
            return PieceKind.REGEX if written.startswith("/") else PieceKind.TEXT
        plain = {TokenKind.QUOTED_NAME: PieceKind.NAME, TokenKind.NUMBER: PieceKind.NUMBER}
        return plain.get(token.kind, PieceKind.OPERATOR)

    def _word(self, token: Token) -> PieceKind:
        called = self.text.startswith("(", self.lexer.skip(token.span.end))
        word = token.value.lower()
        if self.first and self.is_command(word):
            return PieceKind.COMMAND
        if word in KEYWORDS and not self.first:
            return PieceKind.KEYWORD
        if called:
            return PieceKind.FUNCTION
        finished = token.span.end < len(self.text)
        return PieceKind.ERROR if self.first and finished else PieceKind.NAME

    def _consume(self, piece: QueryPiece) -> None:
        word = piece.value if piece.sort in {PieceKind.OPERATOR, PieceKind.KEYWORD, PieceKind.COMMAND} else ""
        if self.first:
            self.command = word
        self.first = word == "|" or (word == "(" and self.before == "in")
        self.before = word


def _blanks(text: str) -> Iterator[QueryPiece]:
    """Yield white space and comments between tokens."""
    at = 0
    for comment in _COMMENT.finditer(text):
        if comment.start() > at:
            yield QueryPiece(PieceKind.BLANK, text[at : comment.start()])
        yield QueryPiece(PieceKind.COMMENT, comment[0])
        at = comment.end()
    if at < len(text):
        yield QueryPiece(PieceKind.BLANK, text[at:])
