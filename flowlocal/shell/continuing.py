"""Is a query finished, or does it go on in the next line?"""

from __future__ import annotations

from flowlocal.shell.pieces import PieceKind, QueryPiece, pieces

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_GOING_ON = frozenset({"|", ",", "=", "and", "or", "not", "like", "in", "as", "by"})


def goes_on(text: str) -> bool:
    """Does a query go on in the next line?

    It does behind ``|``, ``,``, ``=`` and the words that want more (``by``, ``and`` …), and within quotes, slashes and
    brackets that are open; and where there are only comments so far.
    """
    found = [piece for piece in pieces(text) if piece.counts]
    if not found:
        return bool(text.strip())
    last = found[-1]
    joins = last.sort in {PieceKind.OPERATOR, PieceKind.KEYWORD} and last.value in _GOING_ON
    return last.open or joins or _depth(found) > 0


def joins_on(line: str) -> bool:
    """Does a line go on with the query before it, because it begins with ``|``?"""
    return line.lstrip().startswith("|")


def _depth(found: list[QueryPiece]) -> int:
    signs = [piece.value for piece in found if piece.sort is PieceKind.OPERATOR]
    return sum(sign in _OPENING for sign in signs) - sum(sign in _CLOSING for sign in signs)
