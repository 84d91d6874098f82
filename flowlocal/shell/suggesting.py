"""What could be typed next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowlocal.language.unparse import print_name
from flowlocal.shell.knowledge import Knowledge
from flowlocal.shell.pieces import KEYWORDS, PieceKind, QueryPiece, pieces

_WORD = re.compile(r"(?:`[^`\n]*|[@\w.-]+)$")
_ENOUGH = 2
"""Letters from which on a name is found by its middle, too: ``port`` finds ``srcPort``."""


@dataclass(frozen=True)
class Suggestion:
    """A word that could stand at the cursor.

    Attributes:
        text: what is put in, in place of the word that was begun.
        begun: how many characters of that word there are before the cursor.
        shown: how the list shows it.
        meta: what the list says of it.
    """

    text: str
    begun: int
    shown: str
    meta: str


def suggest(before: str, known: Knowledge) -> list[Suggestion]:
    """What fits before the cursor: commands where a stage begins, else fields, names made earlier, functions, keywords.

    Args:
        before: the text before the cursor.
        known: what there is.
    """
    word = match[0] if (match := _WORD.search(before)) else ""
    behind = before[: len(before) - len(word)]
    found = [piece for piece in pieces(behind, known.is_command) if piece.counts]
    if _is_closed_to_names(before, behind, found):
        return []
    if not found or found[-1].value == "|":
        return fitting(word, known.commands.items())
    stage = _stages(found)[-1]
    return fitting(word, [*_names(found, known), *_functions(stage, known), *((each, "") for each in sorted(KEYWORDS))])


def fitting(word: str, candidates: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """The candidates, each with what is said of it, that begin with a word or, behind those, have it within."""
    wanted = word.removeprefix("`").lower()
    named = {text: (text.removeprefix("`").rstrip("(`"), meta) for text, meta in candidates}
    starting = [text for text, (name, _) in named.items() if name.lower().startswith(wanted)]
    within = [text for text, (name, _) in named.items() if wanted in name.lower() and text not in starting]
    texts = starting + (within if len(wanted) >= _ENOUGH else [])
    if len(texts) == 1 and texts[0] == word:
        return []
    return [Suggestion(text, len(word), *named[text]) for text in texts]


def made_names(found: Sequence[QueryPiece], known: Knowledge) -> dict[str, str]:
    """The names that a stage can use, with what is said of each.

    They are the discovered fields and whatever earlier stages name with ``as``; behind ``stats``, only its own. Names
    that come about otherwise (``unnest``, columns of a lookup table …) are not known here.
    """
    names = dict(known.fields)
    for stage in _stages(found)[:-1]:
        if _is_stats(stage):
            names = {name: "key" for name in _keys(stage) if name in names or known.is_field(name)}
        names |= dict.fromkeys(_given(stage), "named before")
    return names


def _is_closed_to_names(before: str, behind: str, found: Sequence[QueryPiece]) -> bool:
    """Is the cursor within quotes or a comment, or where a new name is to be made up?"""
    open_piece = bool(found) and found[-1].open
    last = pieces(before)[-1:]
    comment = bool(last) and last[0].sort is PieceKind.COMMENT
    return open_piece or comment or (bool(found) and found[-1].value == "as") or behind.endswith("-")


def _stages(found: Sequence[QueryPiece]) -> list[list[QueryPiece]]:
    """The pieces between pipes; the last list is the stage at the cursor."""
    stages: list[list[QueryPiece]] = [[]]
    for piece in found:
        if piece.sort is PieceKind.OPERATOR and piece.value == "|":
            stages.append([])
        else:
            stages[-1].append(piece)
    return stages


def _is_stats(stage: Sequence[QueryPiece]) -> bool:
    """Does nothing but what it names come out of the stage? A ``stats`` can go without its word."""
    return bool(stage) and (stage[0].value == "stats" or stage[0].sort is PieceKind.FUNCTION)


def _given(stage: Sequence[QueryPiece]) -> Iterator[str]:
    """The names behind ``as``; behind that of a ``parse`` there can be several."""
    naming = False
    for piece in stage:
        if piece.sort is PieceKind.NAME and naming:
            yield piece.value
        comma_of_parse = piece.value == "," and stage[0].value == "parse"
        naming = piece.value == "as" or (naming and (piece.sort is PieceKind.NAME or comma_of_parse))


def _keys(stage: Sequence[QueryPiece]) -> Iterator[str]:
    """The fields behind ``by``."""
    words = [piece.value for piece in stage]
    if "by" in words:
        yield from (piece.value for piece in stage[words.index("by") :] if piece.sort is PieceKind.NAME)


def _names(found: Sequence[QueryPiece], known: Knowledge) -> Iterator[tuple[str, str]]:
    return ((print_name(name), meta) for name, meta in made_names(found, known).items())


def _functions(stage: Sequence[QueryPiece], known: Knowledge) -> Iterator[tuple[str, str]]:
    """The functions with their signatures; in ``stats``, before ``by``, aggregates come first."""
    words = [piece.value for piece in stage]
    first = "stats" in words[:1] and "by" not in words
    ordered = (
        sorted(known.functions.items(), key=lambda each: not each[1].aggregate) if first else known.functions.items()
    )
    return ((f"{name}(", call.signature) for name, call in ordered)
