"""A query in pieces, as one types it: what each of them is, even where the query is unfinished or wrong.

The tokens are those of the language itself; only the recovery from what is no token is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import Kind, Lexer, Token

KEYWORDS = frozenset({"and", "or", "not", "like", "in", "as", "by", "asc", "desc", "true", "false"})
_COMMENT = re.compile(r"#[^\n]*")
_BEFORE_REGEX = frozenset({"like", "=~"})


class Sort(StrEnum):
    """What a piece of a query is."""

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
class Piece:
    """A piece of a query.

    Attributes:
        sort: what it is.
        text: as written.
        value: what it says, in lower case where it is an operator, keyword or command; empty for comments and blanks.
        open: is its closing quote, backtick or slash still missing?
    """

    sort: Sort
    text: str
    value: str = ""
    open: bool = False

    @property
    def counts(self) -> bool:
        """Is it more than a blank or a comment?"""
        return self.sort not in {Sort.BLANK, Sort.COMMENT}


def pieces(text: str, is_command: Callable[[str], bool] = lambda _: True) -> list[Piece]:
    """The pieces of a text, which put together are the text.

    Args:
        text: a query, finished or not.
        is_command: is this word, in lower case, a command? Another one at the start of a stage is an error, unless it
            opens a call.
    """
    return list(_Walk(text, is_command))


class _Walk:
    """Goes through a query, and knows just enough of stages to tell commands from names, and regexes from divisions."""

    def __init__(self, text: str, is_command: Callable[[str], bool]) -> None:
        self.text = text
        self.lexer = Lexer(text)
        self.is_command = is_command
        self.first = True
        self.command = ""
        self.before = ""

    def __iter__(self) -> Iterator[Piece]:
        at = 0
        while at < len(self.text):
            start = self.lexer.skip(at)
            yield from _blanks(self.text[at:start])
            if start == len(self.text):
                return
            piece = self._piece(start)
            self._pass(piece)
            yield piece
            at = start + len(piece.text)

    def _piece(self, start: int) -> Piece:
        try:
            token = self.lexer.token(start)
            if self._opens_regex(token):
                token = self.lexer.regex(start)
        except MalformedQuery as error:
            return self._broken(start, error)
        written = self.text[token.span.start : token.span.end]
        sort = self._sort(token, written)
        exact = sort in {Sort.NAME, Sort.TEXT, Sort.REGEX}
        return Piece(sort, written, token.value if exact else token.value.lower())

    def _broken(self, start: int, error: MalformedQuery) -> Piece:
        """What is no token: all that follows where a closing mark is missing, else the stranger alone."""
        first = self.text[start]
        unclosed = {"'": Sort.TEXT, '"': Sort.TEXT, "/": Sort.REGEX, "`": Sort.NAME}
        if first in unclosed:
            return Piece(unclosed[first], self.text[start:], self.text[start + 1 :], open=True)
        open_name = self.text.startswith("`", error.span.start)
        end = len(self.text) if open_name else max(error.span.end, start + 1)
        return Piece(Sort.ERROR, self.text[start:end], open=open_name)

    def _opens_regex(self, token: Token) -> bool:
        slash = token.kind is Kind.OPERATOR and token.value == "/"
        return slash and (self.command == "parse" or self.before in _BEFORE_REGEX)

    def _sort(self, token: Token, written: str) -> Sort:
        if token.kind is Kind.NAME:
            return self._word(token)
        if token.kind is Kind.STRING:
            return Sort.REGEX if written.startswith("/") else Sort.TEXT
        plain = {Kind.QUOTED_NAME: Sort.NAME, Kind.NUMBER: Sort.NUMBER}
        return plain.get(token.kind, Sort.OPERATOR)

    def _word(self, token: Token) -> Sort:
        called = self.text.startswith("(", self.lexer.skip(token.span.end))
        word = token.value.lower()
        if self.first and self.is_command(word):
            return Sort.COMMAND
        if word in KEYWORDS and not self.first:
            return Sort.KEYWORD
        if called:
            return Sort.FUNCTION
        finished = token.span.end < len(self.text)
        return Sort.ERROR if self.first and finished else Sort.NAME

    def _pass(self, piece: Piece) -> None:
        word = piece.value if piece.sort in {Sort.OPERATOR, Sort.KEYWORD, Sort.COMMAND} else ""
        if self.first:
            self.command = word
        self.first = word == "|" or (word == "(" and self.before == "in")
        self.before = word


def _blanks(text: str) -> Iterator[Piece]:
    """What stands between tokens: white space and comments."""
    at = 0
    for comment in _COMMENT.finditer(text):
        if comment.start() > at:
            yield Piece(Sort.BLANK, text[at : comment.start()])
        yield Piece(Sort.COMMENT, comment[0])
        at = comment.end()
    if at < len(text):
        yield Piece(Sort.BLANK, text[at:])
