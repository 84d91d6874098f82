"""The tokens of a query with the comments between them, and its stages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowlocal.language.invocations import StageScanner
from flowlocal.language.lexer import Token, TokenKind

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True)
class StageText:
    """A stage as written.

    Attributes:
        comments: the comments before it, without those on the line of the stage before.
        tokens: its tokens.
        trailing: the comment on its last line, or an empty text.
        plain: False if there is a comment between its tokens.
    """

    comments: tuple[str, ...]
    tokens: tuple[Token, ...]
    trailing: str
    plain: bool


def stages(text: str, written: str) -> list[StageText]:
    """Return the stages of a text; the last one may have no tokens but comments.

    Args:
        text: the query, as it can be scanned.
        written: the query as written, of the same length; its comments are taken.

    Raises:
        MalformedQuery: no token can start somewhere.
    """
    found, own, comments, plain = list[StageText](), list[Token](), list[str](), True
    at, depth = 0, 0
    for token in _tokens(text):
        trailing, lines = _comments(written[at : token.span.start], at_start=at == 0)
        at = token.span.end
        ends = token.kind is TokenKind.END or (depth == 0 and token.value == "|" and _operator(token))
        depth += _operator(token) and (token.value in _OPENING) - (token.value in _CLOSING)
        if not ends:
            inside = bool(own)
            plain = plain and not (inside and (trailing or lines))
            comments += [] if inside else _all(trailing, lines)
            own.append(token)
            continue
        if own:
            found.append(StageText(tuple(comments), tuple(own), trailing, plain))
            own, comments, plain = [], lines, True
        else:
            comments += _all(trailing, lines)
    return [*found, StageText(tuple(comments), (), "", True)] if any(comments) else found


def _all(trailing: str, lines: list[str]) -> list[str]:
    return [trailing, *lines] if trailing else lines


def _operator(token: Token) -> bool:
    return token.kind is TokenKind.OPERATOR


def _tokens(text: str) -> Iterator[Token]:
    """Yield the tokens up to the end of the text, itself a token."""
    scanner = StageScanner(text)
    while True:
        token = scanner.token()
        yield token
        if token.kind is TokenKind.END:
            return
        scanner.consume(token)


def _comments(gap: str, *, at_start: bool) -> tuple[str, list[str]]:
    """Return the comment on the line on which a gap between tokens begins, and the lines of comments after it.

    A blank line between comments is kept, as an empty text.
    """
    first, *rest = gap.split("\n") if "#" in gap else [""]
    lines = [line[line.find("#") :].rstrip() if "#" in line else "" for line in ([first] if at_start else []) + rest]
    trailing = "" if at_start or "#" not in first else first[first.find("#") :].rstrip()
    return trailing, _without_runs(lines if lines and lines[-1] else lines[:-1])  # a token follows on the last line


def _without_runs(lines: list[str]) -> list[str]:
    """Return lines without blank ones at the start, and without more than one in a row."""
    kept = list[str]()
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept
