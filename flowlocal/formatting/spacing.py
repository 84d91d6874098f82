"""Spacing and letter case within a stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowlocal.compiler.registry import find as find_function
from flowlocal.language import tree
from flowlocal.language.errors import Span
from flowlocal.language.lexer import Token, TokenKind
from flowlocal.planning.registry import find as find_command

_KEYWORDS = frozenset({"and", "or", "not", "like", "in", "as", "by", "asc", "desc"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]},.")
_OPERANDS = (TokenKind.NAME, TokenKind.QUOTED_NAME, TokenKind.NUMBER, TokenKind.STRING)


@dataclass(frozen=True)
class Atom:
    """A piece of a line that is never broken: its text, and whether a blank is before it.

    Attributes:
        text: the text.
        spaced: True if there is a blank before it.
        breaks: True if a new line may start here.
    """

    text: str
    spaced: bool
    breaks: bool = False


@dataclass(frozen=True)
class Rules:
    """What a tree says about the tokens of its text.

    Attributes:
        kept: the spans that stay as written: columns without a name, whose names they are.
        operators: the spans in which operators are surrounded by blanks.
    """

    kept: tuple[Span, ...]
    operators: tuple[Span, ...]

    @classmethod
    def of(cls, query: tree.Query) -> Rules:
        """Return the rules for the text of a query."""
        nodes = list(tree.walk(query))
        unnamed = (each for each in nodes if isinstance(each, tree.Item) and not each.aliased)
        operations = (each for each in nodes if isinstance(each, tree.Comparison | tree.Arithmetic | tree.Like))
        return cls(
            tuple(each.expression.span for each in unnamed if not isinstance(each.expression, tree.Name)),
            tuple(each.span for each in operations),
        )

    def kept_from(self, token: Token) -> Span | None:
        """Return the span to keep that starts with a token."""
        starting = [span for span in self.kept if span.start == token.span.start < span.end]
        return max(starting, key=lambda span: span.end, default=None)

    def is_operator(self, token: Token) -> bool:
        """Return True if a token is an operator between two operands."""
        inside = any(span.start < token.span.start < span.end for span in self.operators)
        return inside and token.kind is TokenKind.OPERATOR and token.value in _BINARY


_BINARY = frozenset({"=", "!=", "<", "<=", ">", ">=", "=~", "+", "-", "*", "/", "%", "^"})


def atoms(text: str, tokens: Sequence[Token], rules: Rules) -> Iterator[Atom]:
    """Yield the pieces of a stage; ``text`` is the query as written, and the tokens are those of the stage."""
    before: Token | None = None
    end, depth, unary = -1, 0, False
    for token in tokens:
        if token.span.start < end:
            continue
        kept = rules.kept_from(token)
        span = kept or token.span
        spaced = before is not None and not unary and _spaced(text, before, token, rules)
        written = text[span.start : span.end] if kept else _written(text, token, first=before is None)
        depth -= token.kind is TokenKind.OPERATOR and token.value in ")]}"
        yield Atom(written, spaced, depth == 0 and _may_break(before, token))
        depth += not kept and token.kind is TokenKind.OPERATOR and token.value in "([{"
        unary = token.kind is TokenKind.OPERATOR and token.value in "-!" and not (before and _operand(before))
        before, end = token if not kept else _last(tokens, span), span.end


def _last(tokens: Sequence[Token], span: Span) -> Token:
    return max((each for each in tokens if each.span.end <= span.end), key=lambda each: each.span.end)


def _may_break(before: Token | None, token: Token) -> bool:
    after_comma = before is not None and before.kind is TokenKind.OPERATOR and before.value == ","
    return after_comma or (token.kind is TokenKind.NAME and token.value.lower() in ("and", "or", "by"))


def _operand(token: Token) -> bool:
    if token.kind is TokenKind.OPERATOR:
        return token.value in ")]"
    return token.kind in _OPERANDS and not (token.kind is TokenKind.NAME and token.value.lower() in _KEYWORDS)


def _spaced(text: str, before: Token, token: Token, rules: Rules) -> bool:
    """Return True if there is a blank between two tokens."""
    written = before.span.end < token.span.start
    if before.kind is TokenKind.OPERATOR and before.value in _OPENING:
        return False
    if (before.kind is TokenKind.OPERATOR and before.value == ",") or "|" in (before.value, token.value):
        return True
    if token.kind is TokenKind.OPERATOR and token.value in _CLOSING:
        return False
    if rules.is_operator(token) or rules.is_operator(before):
        return True
    if token.kind is TokenKind.OPERATOR and token.value == "(" and _is_call(before):
        return False
    return written or _is_keyword(before) or _is_keyword(token)


def _is_call(token: Token) -> bool:
    return token.kind is TokenKind.NAME and not _is_keyword(token) and find_function(token.value) is not None


def _is_keyword(token: Token) -> bool:
    return token.kind is TokenKind.NAME and token.value.lower() in _KEYWORDS


def _written(text: str, token: Token, *, first: bool) -> str:
    """Return a token as it is written in a formatted query."""
    if token.kind is TokenKind.OPERATOR:
        return token.value
    if first and token.kind is TokenKind.NAME and (command := find_command(token.value.lower())):
        words = {word.lower(): word for word in (command.name, *command.aliases)}
        return words.get(token.value.lower(), token.value)
    return token.value.lower() if _is_keyword(token) else text[token.span.start : token.span.end]
