"""Decide whether a query is complete or continues in the next line."""

from __future__ import annotations

from flowlocal.shell.pieces import PieceKind, QueryPiece, pieces

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_CONTINUING = frozenset({"|", ",", "=", "and", "or", "not", "like", "in", "as", "by"})


def goes_on(text: str) -> bool:
    """Return True if a query continues in the next line.

    It does after ``|``, ``,``, ``=`` and words that need an operand (``by``, ``and`` …), within open quotes, slashes
    and brackets, and if it consists of comments so far.
    """
    found = [piece for piece in pieces(text) if piece.counts]
    if not found:
        return bool(text.strip())
    last = found[-1]
    joins = last.sort in {PieceKind.OPERATOR, PieceKind.KEYWORD} and last.value in _CONTINUING
    return last.open or joins or _depth(found) > 0


def joins_on(line: str) -> bool:
    """Return True if a line continues the query before it, because it begins with ``|``."""
    return line.lstrip().startswith("|")


def _depth(found: list[QueryPiece]) -> int:
    signs = [piece.value for piece in found if piece.sort is PieceKind.OPERATOR]
    return sum(sign in _OPENING for sign in signs) - sum(sign in _CLOSING for sign in signs)
