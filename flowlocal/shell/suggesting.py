"""Suggest completions at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowlocal.language.lexer import REGEX_COMMANDS
from flowlocal.language.unparse import print_name
from flowlocal.shell.knowledge import Knowledge
from flowlocal.shell.pieces import KEYWORDS, PieceKind, QueryPiece, pieces

_WORD = re.compile(r"(?:`[^`\n]*|[@\w.-]+)$")
_MIN_INFIX = 2
"""Minimum number of letters for matches inside of a name, as ``port`` in ``srcPort``."""


@dataclass(frozen=True)
class Suggestion:
    """A completion at the cursor.

    Attributes:
        text: replaces the word that was begun.
        begun: the number of characters of that word before the cursor.
        shown: its text in the list.
        meta: its description in the list.
    """

    text: str
    begun: int
    shown: str
    meta: str


def suggest(before: str, known: Knowledge) -> list[Suggestion]:
    """Return completions: commands at the start of a stage, else fields, names defined earlier, functions, keywords.

    Args:
        before: the text before the cursor.
        known: the names that are valid.
    """
    word = match[0] if (match := _WORD.search(before)) else ""
    preceding = before[: len(before) - len(word)]
    found = [piece for piece in pieces(preceding, known.is_command) if piece.counts]
    if _is_closed_to_names(before, preceding, found):
        return []
    if not found or found[-1].value == "|":
        return fitting(word, known.commands.items())
    stage = _stages(found)[-1]
    return fitting(word, [*_names(found, known), *_functions(stage, known), *((each, "") for each in sorted(KEYWORDS))])


def fitting(word: str, candidates: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """Return the candidates (name and description) that begin with a word, and after those the ones that contain it."""
    wanted = word.removeprefix("`").lower()
    named = {text: (text.removeprefix("`").rstrip("(`"), meta) for text, meta in candidates}
    starting = [text for text, (name, _) in named.items() if name.lower().startswith(wanted)]
    within = [text for text, (name, _) in named.items() if wanted in name.lower() and text not in starting]
    texts = starting + (within if len(wanted) >= _MIN_INFIX else [])
    if len(texts) == 1 and texts[0] == word:
        return []
    return [Suggestion(text, len(word), *named[text]) for text in texts]


def made_names(found: Sequence[QueryPiece], known: Knowledge) -> dict[str, str]:
    """Return the names that a stage can use, and their descriptions.

    These are the discovered fields and the names that earlier stages define with ``as``; after ``stats``, only its own.
    Names that are defined in other ways (``unnest``, columns of a lookup table …) are not included.
    """
    names = dict(known.fields)
    for stage in _stages(found)[:-1]:
        if _is_stats(stage):
            names = {name: "key" for name in _keys(stage) if name in names or known.is_field(name)}
        names |= dict.fromkeys(_given(stage), "named before")
    return names


def _is_closed_to_names(before: str, preceding: str, found: Sequence[QueryPiece]) -> bool:
    """Return True if the cursor is within quotes or a comment, or if the user is about to choose a new name."""
    open_piece = bool(found) and found[-1].open
    last = pieces(before)[-1:]
    comment = bool(last) and last[0].sort is PieceKind.COMMENT
    return open_piece or comment or (bool(found) and found[-1].value == "as") or preceding.endswith("-")


def _stages(found: Sequence[QueryPiece]) -> list[list[QueryPiece]]:
    """Return the pieces between pipes; the last list is the stage at the cursor."""
    stages: list[list[QueryPiece]] = [[]]
    for piece in found:
        if piece.sort is PieceKind.OPERATOR and piece.value == "|":
            stages.append([])
        else:
            stages[-1].append(piece)
    return stages


def _is_stats(stage: Sequence[QueryPiece]) -> bool:
    """Return True if only the stage's own names remain after it. The word ``stats`` may be left out."""
    return bool(stage) and (stage[0].value == "stats" or stage[0].sort is PieceKind.FUNCTION)


def _given(stage: Sequence[QueryPiece]) -> Iterator[str]:
    """Yield the names after ``as``; one ``as`` names all groups of a regular expression."""
    naming = False
    for piece in stage:
        if piece.sort is PieceKind.NAME and naming:
            yield piece.value
        another = piece.value == "," and stage[0].value in REGEX_COMMANDS
        naming = piece.value == "as" or (naming and (piece.sort is PieceKind.NAME or another))


def _keys(stage: Sequence[QueryPiece]) -> Iterator[str]:
    """Yield the fields after ``by``."""
    words = [piece.value for piece in stage]
    if "by" in words:
        yield from (piece.value for piece in stage[words.index("by") :] if piece.sort is PieceKind.NAME)


def _names(found: Sequence[QueryPiece], known: Knowledge) -> Iterator[tuple[str, str]]:
    return ((print_name(name), meta) for name, meta in made_names(found, known).items())


def _functions(stage: Sequence[QueryPiece], known: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield the functions with their signatures; in ``stats``, before ``by``, aggregates come first."""
    words = [piece.value for piece in stage]
    first = "stats" in words[:1] and "by" not in words
    ordered = (
        sorted(known.functions.items(), key=lambda each: not each[1].aggregate) if first else known.functions.items()
    )
    return ((f"{name}(", call.signature) for name, call in ordered)
