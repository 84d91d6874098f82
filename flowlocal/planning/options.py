"""Syntax that several commands share: options such as ``row=true``, field names with ``*``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.lexer import TokenKind
from flowlocal.language.parser import Parser
from flowlocal.language.suggest import did_you_mean
from flowlocal.language.unparse import print_name
from flowlocal.planning.frame import Frame


def read_options(parser: Parser, readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Parse options, ``name=value`` each, separated by blanks.

    Args:
        parser: is at the first option, or at what follows the options.
        readers: parsers of the options' values, by name in lowercase.

    Raises:
        MalformedQuery: an option is unknown, or given twice.
    """
    found: dict[str, Any] = {}
    while (token := parser.peek()).kind is TokenKind.NAME and parser.followed_by("="):
        name = token.value.lower()
        if name not in readers:
            listed = ", ".join(f"`{each}=`" for each in readers)
            raise parser.unexpected(expected=listed, hint=did_you_mean(name, readers))
        if name in found:
            raise MalformedQuery(f"the option {name} is given twice", token.span, hint="remove one of them")
        parser.next()
        parser.expect("=")
        found[name] = readers[name]()
    return found


def target(parser: Parser, expected: str = "a field name") -> tree.Target:
    """Parse a name that the stage defines."""
    token = parser.name(expected)
    return tree.Target(token.value, span=token.span)


def true_or_false(parser: Parser) -> bool:
    """Parse ``true`` or ``false``."""
    return parser.expect_word("true", "false").value.lower() == "true"


def one_of(parser: Parser, *words: str) -> str:
    """Parse one of several words."""
    return parser.expect_word(*words).value.lower()


def end_of_stage(parser: Parser, expected: str) -> None:
    """Refuse anything but the end of the stage."""
    if not parser.at_stage_end():
        raise parser.unexpected(expected=expected)


class FieldPattern(tree.Node, frozen=True):
    """A field's name, in which ``*`` matches any text if it is not ``exact``."""

    text: str
    exact: bool = True

    def matches(self, name: str) -> bool:
        """Return True if the pattern matches a name."""
        return self.text == name if self.exact else _matches(self.text.split("*"), name)

    def __str__(self) -> str:
        return print_name(self.text) if self.exact else self.text


def field_pattern(parser: Parser) -> FieldPattern:
    """Parse a name with or without ``*``; a name in backticks is exact."""
    first = parser.peek()
    if first.kind is TokenKind.QUOTED_NAME:
        return FieldPattern(parser.next().value, span=first.span)
    pieces: list[str] = []
    while _continues(parser, begun=bool(pieces)):
        pieces.append(parser.next().value)
    if not pieces:
        raise parser.unexpected(expected="a field name, in which `*` matches any text")
    text = "".join(pieces)
    return FieldPattern(text, "*" not in text, span=parser.since(first.span))


def _continues(parser: Parser, *, begun: bool) -> bool:
    token = parser.peek()
    touches = not begun or token.span.start == parser.last.end
    is_piece = token.kind is TokenKind.NAME or (token.kind is TokenKind.OPERATOR and token.value in ("*", "."))
    return touches and is_piece


def _matches(pieces: list[str], name: str) -> bool:
    """Return True if a name contains the pieces in this order, the first at its start and the last at its end."""
    first, *middle, last = pieces
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        at = name.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def chosen_names(frame: Frame, patterns: Iterable[FieldPattern]) -> tuple[str, ...]:
    """Return the names of a frame that patterns match, in their order; an exact pattern must be a name."""
    chosen: dict[str, None] = {}
    for pattern in patterns:
        if pattern.exact:
            frame.field(pattern.text, pattern.span)
            chosen[frame.names.canonical(pattern.text)] = None
        else:
            chosen |= {name: None for name in frame.values if pattern.matches(name)}
    return tuple(chosen)
