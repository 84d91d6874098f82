"""Lexer: one token at a time, because only the parser knows whether a ``/`` divides or opens a regular expression."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from flowlocal.language.errors import MalformedQuery, Span, unexpected

WHITE_SPACE = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u200b"
"""Character class: Unicode's White_Space and the two invisible characters that pasted queries contain (decided)."""

_BLANKS = re.compile(f"(?:[{WHITE_SPACE}]+|#[^\n]*)*")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SEGMENT = re.compile(r"[@\w]+")
_NAME_START = re.compile(r"[^\W\d]|@")
_PATH_START = re.compile(r"[\w@`]")
_AT_GAP = re.compile(f"@[{WHITE_SPACE}]+(?=[^\\W\\d])")
_OPERATORS = re.compile(r"==|!=|<=|>=|=~|~=|[|,()\[\]{}:=<>+\-*/%^!.$]")
_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "t": "\t", "r": "\r"}
_SYNONYMS = {"==": "=", "~=": "=~"}
_FOREIGN_OPERATORS = {
    "&&": "write `and`",
    "||": "write `or`",
    "!~": "write `not like /…/`",
    "<>": "write `!=`",
    ";": "stages are separated by `|`",
    "?": "`? :` does not exist; write `if(condition, then, else)`",
}
_BEFORE_REGEX = frozenset({"like", "=~"})
REGEX_COMMANDS = frozenset({"parse"})
"""Commands in which a ``/`` opens a regular expression: their definitions say ``takes_regex``, and a test compares.

It is repeated here because saved queries are expanded before the grammar is known."""
_PLAIN_QUOTE = {"‘": "'", "’": "'", "“": '"', "”": '"'}


class TokenKind(StrEnum):
    """The kind of a token."""

    NAME = "name"
    QUOTED_NAME = "name in backticks"
    NUMBER = "number"
    STRING = "text"
    OPERATOR = "operator"
    END = "end"


class Token(NamedTuple):
    """A token: its kind, its value (unescaped, without quotes), and its position."""

    kind: TokenKind
    value: str
    span: Span


def opens_regex(token: Token, command: str, before: str) -> bool:
    """Return True if a token opens a regular expression; for text that is scanned without being parsed.

    Args:
        token: the token.
        command: the word of its stage, in lowercase.
        before: the keyword or operator before it, in lowercase.
    """
    slash = token.kind is TokenKind.OPERATOR and token.value == "/"
    return slash and (command in REGEX_COMMANDS or before in _BEFORE_REGEX)


class Lexer:
    """Returns the token at any offset of a query."""

    def __init__(self, text: str) -> None:
        self.text = text

    def token(self, offset: int) -> Token:
        """Return the first token at or after an offset; raise MalformedQuery if no token can start there."""
        start = self.skip(offset)
        if start == len(self.text):
            return Token(TokenKind.END, "<EOF>", Span(start, start))
        first = self.text[start]
        if first in "\"'":
            return self._string(start)
        if first == "`" or _NAME_START.match(first):
            return self._name(start)
        if number := _NUMBER.match(self.text, start):
            return Token(TokenKind.NUMBER, number[0], Span(*number.span()))
        return self._operator(start)

    def path(self, offset: int) -> Token | None:
        """Return the keys and indexes that start exactly at an offset: ``a.0.b``; None if there are none."""
        return self._name(offset) if _PATH_START.match(self.text, offset) else None

    def skip(self, offset: int) -> int:
        """Return the offset of the first character that is neither white space nor in a comment."""
        blanks = _BLANKS.match(self.text, offset)
        return blanks.end() if blanks else offset

    def regex(self, start: int) -> Token:
        r"""Return the regular expression that opens with the slash at an offset; ``\/`` is a slash in it."""
        end = start + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise MalformedQuery(
                "this regular expression is not closed",
                Span(start, start + 1),
                hint="close it with `/`",
                service="unexpected symbol found <EOF> at line 1 and position {start}",
            )
        pattern = self.text[start + 1 : end].replace("\\/", "/")
        return Token(TokenKind.STRING, pattern, Span(start, end + 1))

    def _operator(self, start: int) -> Token:
        two = self.text[start : start + 2]
        if two in _FOREIGN_OPERATORS:
            raise unexpected(two, Span(start, start + len(two)), hint=_FOREIGN_OPERATORS[two])
        match = _OPERATORS.match(self.text, start)
        if match is None:
            raise self._unexpected_character(start)
        return Token(TokenKind.OPERATOR, _SYNONYMS.get(match[0], match[0]), Span(*match.span()))

    def _unexpected_character(self, start: int) -> MalformedQuery:
        character = self.text[start]
        hint = _FOREIGN_OPERATORS.get(character, "")
        if character in _PLAIN_QUOTE:
            hint = f"write the plain quote {_PLAIN_QUOTE[character]} instead"
        if not character.isprintable():
            hint = f"remove the invisible character U+{ord(character):04X}"
        return unexpected(character, Span(start, start + 1), hint=hint)

    def _string(self, start: int) -> Token:
        quote, pieces, at = self.text[start], list[str](), start + 1
        while at < len(self.text) and self.text[at] != quote:
            escaped = self.text[at : at + 1] == "\\" and _ESCAPES.get(self.text[at + 1 : at + 2])
            pieces.append(escaped or self.text[at])
            at += 2 if escaped else 1
        if at >= len(self.text):
            raise MalformedQuery(
                "this text is not closed",
                Span(start, start + 1),
                hint=f"close it with {quote}",
                service=f"token recognition error at: '{quote}'",
            )
        return Token(TokenKind.STRING, "".join(pieces), Span(start, at + 1))

    def _name(self, start: int) -> Token:
        """Return a dotted name; its segments may be in backticks, and blanks may follow a lone ``@`` (recorded)."""
        gap = _AT_GAP.match(self.text, start)
        pieces = ["@"] if gap else []
        at = gap.end() if gap else start
        quoted = False
        while True:
            piece, at, in_backticks = self._segment(at)
            pieces.append(piece)
            quoted = quoted or in_backticks
            following = self.text[at : at + 2]
            if piece == "@" and following[:1] == "`":
                continue
            if following[:1] != "." or not _PATH_START.match(self.text, at + 1):
                break
            pieces.append(".")
            at += 1
        kind = TokenKind.QUOTED_NAME if quoted else TokenKind.NAME
        return Token(kind, "".join(pieces), Span(start, at))

    def _segment(self, at: int) -> tuple[str, int, bool]:
        if self.text[at] != "`":
            match = _SEGMENT.match(self.text, at)
            end = match.end() if match else at
            return self.text[at:end], end, False
        closing = self.text.find("`", at + 1)
        if closing < 0:
            raise MalformedQuery(
                "this name is not closed",
                Span(at, at + 1),
                hint="close it with a backtick",
                service="token recognition error at: '`'",
            )
        return self.text[at + 1 : closing], closing + 1, True
