"""Render an error for people: position, the line, carets under the symbol, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowlocal.language.errors import MalformedQuery

_RED, _CYAN, _RESET = "\x1b[1;31m", "\x1b[36m", "\x1b[0m"
_WIDEST = 160
_LONGEST_SENTENCE = 400


def render(error: MalformedQuery, *, color: bool = False, source_name: str = "query") -> str:
    """Return the error in several lines: message and position, the line of the query with carets, expectation, hint."""
    paint = _painter(color)
    line, carets = excerpt(_line_of(error), error.column, error.span.end - error.span.start)
    gutter = str(error.line)
    lines = [
        f"{paint('malformed query', _RED)}: {_sentence(error.message)}",
        f"  {paint('-->', _CYAN)} {_plain(source_name)}:{error.line}:{error.column}",
        f"  {paint(gutter + ' |', _CYAN)} {line}",
        f"  {' ' * len(gutter)} {paint('|', _CYAN)} {_painted(carets, paint)}",
    ]
    lines += [f"  {paint('expected', _CYAN)}: {_sentence(error.expected)}"] if error.expected else []
    lines += [f"  {paint('help', _CYAN)}: {_sentence(error.hint)}"] if error.hint else []
    return "\n".join(lines)


def render_problem(kind: str, message: str, place: str, hint: str, *, color: bool = False) -> str:
    """Return a problem that is not in a query in the same form: what is wrong, where, what to do.

    Args:
        kind: the words that it begins with, such as ``unreadable input``.
        message: what is wrong.
        place: the file, or file and line; may be empty.
        hint: what to do next; may be empty.
        color: True for colours.
    """
    paint = _painter(color)
    lines = [f"{paint(kind, _RED)}: {message}"]
    lines += [f"  {paint('-->', _CYAN)} {place}"] if place else []
    lines += [f"  {paint('help', _CYAN)}: {hint}"] if hint else []
    return "\n".join(lines)


def excerpt(line: str, column: int, width: int | None = None) -> tuple[str, str]:
    """Return a line cut to the width of the display, and the line of carets to print under it.

    Args:
        line: the line, without its end.
        column: the 1-based column of the first caret.
        width: the number of characters to mark with carets; None for all to the end of the line.
    """
    line, column = _window(line, column)
    rest = max(1, len(line) - column + 1)
    cells = _cells(line, column, rest if width is None else max(1, min(width, rest)))
    return _plain(line), _padding(line[: column - 1]) + "^" * cells


def _sentence(text: str) -> str:
    """Return a text that may contain a part of the query, shortened and without control characters."""
    return _plain(text if len(text) <= _LONGEST_SENTENCE else text[:_LONGEST_SENTENCE] + "…")


def _painted(carets: str, paint: Callable[[str, str], str]) -> str:
    blanks = len(carets) - len(carets.lstrip(" "))
    return carets[:blanks] + paint(carets[blanks:], _RED)


def _painter(color: bool) -> Callable[[str, str], str]:
    return (lambda text, code: f"{code}{text}{_RESET}") if color else (lambda text, _code: text)


def _line_of(error: MalformedQuery) -> str:
    start = error.text.rfind("\n", 0, error.span.start) + 1
    end = error.text.find("\n", error.span.start)
    return error.text[start : end if end >= 0 else None].rstrip("\r")


def _window(line: str, column: int) -> tuple[str, int]:
    """Return a part of a long line around the column, so that the caret remains visible, and the column in it."""
    if len(line) <= _WIDEST:
        return line, column
    start = max(0, column - 1 - _WIDEST // 2)
    cut = line[start : start + _WIDEST]
    before, after = ("…" if start else ""), ("…" if start + _WIDEST < len(line) else "")
    return before + cut + after, column - start + len(before)


def _plain(line: str) -> str:
    """Return the line with a blank for every control character, so that a query cannot control the terminal."""
    return "".join(character if character.isprintable() or character == "\u3000" else " " for character in line)


def _padding(text: str) -> str:
    """Return blanks as wide as the text; wide characters count as two columns."""
    return " " * sum(_cell(character) for character in text)


def _cells(line: str, column: int, width: int) -> int:
    return max(1, sum(_cell(character) for character in line[column - 1 : column - 1 + width]))


def _cell(character: str) -> int:
    import unicodedata  # noqa: PLC0415 - only errors need it

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
