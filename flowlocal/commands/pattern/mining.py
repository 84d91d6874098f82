"""Mine patterns from messages: what varies between them becomes a token. Our own method (decided), deterministic.

1. In every message, what looks like a time, an address, a number and so on becomes a token of that type. The result is
   the shape of the message.
2. Shapes with the same punctuation form a cluster if at least half of their words are equal.
3. A position at which a cluster has more than five different words becomes a ``<Token-N>``. Up to five words remain,
   and each makes a pattern of its own: ``ACCEPT`` and ``REJECT`` are different patterns, user names are not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import eq

import polars as pl
from msgspec import Struct, field

SHAPE, COUNT, PATTERN, SEVERITY = "shape", "count", "pattern", "severity"

_OPEN, _CLOSE = "\ue000", "\ue001"
_DATE = r"\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_UNITS = r"(?:ns|us|µs|ms|s|min|m|h|d|B|KB|MB|GB|TB|KiB|MiB|GiB|k|M|G|%)"
_TYPES = (
    ("UUID", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", ""),
    ("DateTime", rf"{_DATE}|\b\d{{2}}/[A-Z][a-z]{{2}}/\d{{4}}:\d{{2}}:\d{{2}}:\d{{2}}(?: [+-]\d{{4}})?", ""),
    ("Time", r"\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b", ""),
    ("MAC", r"\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b", ""),
    ("IP", r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}|\B::[0-9a-fA-F]{1,4}\b", ""),
    ("Number", rf"\b\d+(?:\.\d+)?({_UNITS})\b", "${1}"),
    ("ID", r"\b(?:[A-Za-z]+\d|\d+[A-Za-z])[A-Za-z0-9]{6,}\b", ""),
    ("Number", r"\b\d+(?:\.\d+)?\b", ""),
)
_TOKEN = re.compile(f"{_OPEN}([A-Za-z]+){_CLOSE}")
_DELIMITERS = re.compile(r"""([\s,;:=|(){}\[\]"'<>&?]+)""")
_MOST_SHAPES = 10_000
_MOST_CLUSTERS = 50
_MOST_WORDS = 5
_COMPARED = 50
_ALIKE = 0.5
_UNTYPED = f"{_OPEN}Token{_CLOSE}"


def shape(text: pl.Expr) -> pl.Expr:
    """Return String: the text with a mark in place of everything that has a type."""
    for name, pattern, rest in _TYPES:
        text = text.str.replace_all(pattern, f"{_OPEN}{name}{_CLOSE}{rest}")
    return text


def patterns(shapes: pl.DataFrame) -> pl.DataFrame:
    """Return the pattern of each shape.

    Args:
        shapes: ``shape`` (String, distinct) and ``count`` (Int64: how many events have it).

    Returns:
        The same rows, most frequent first, with ``pattern`` and ``severity`` (String).
    """
    shapes = shapes.sort(COUNT, SHAPE, descending=[True, False])
    found = _cluster(shapes[SHAPE].head(_MOST_SHAPES).to_list())
    found += [_numbered(text) for text in shapes[SHAPE].slice(_MOST_SHAPES)]
    named = shapes.with_columns(pl.Series(PATTERN, found, dtype=pl.String))
    return named.with_columns(_severity(pl.col(PATTERN)).alias(SEVERITY))


def _severity(pattern: pl.Expr) -> pl.Expr:
    """Return ``ERROR`` if the pattern contains that word, else ``WARN``, else ``INFO`` (letter case decided)."""
    return (
        pl.when(pattern.str.contains("(?i)error"))
        .then(pl.lit("ERROR"))
        .when(pattern.str.contains("(?i)warn"))
        .then(pl.lit("WARN"))
        .otherwise(pl.lit("INFO"))
    )


def _numbered(text: str) -> str:
    """Return a text with its marks as ``<Type-N>``; N counts the tokens of the pattern from its start."""
    count = iter(range(1, text.count(_OPEN) + 1))
    return _TOKEN.sub(lambda mark: f"<{mark[1]}-{next(count)}>", text)


class _Cluster(Struct):
    """Similar shapes: the words that they share, and the words at each position."""

    words: list[str | None]
    places: list[set[str]] = field(default_factory=list)

    def likeness(self, words: Sequence[str]) -> float:
        """Return the share of positions at which the words are those of the cluster, or the cluster already varies.

        Only the first words are compared, so that long messages take no longer.
        """
        compared = words[:_COMPARED]
        same: int = sum(map(eq, self.words, compared)) + self.words[: len(compared)].count(None)
        return same / len(compared)

    def join(self, words: Sequence[str]) -> None:
        self.words = [mine if mine == other else None for mine, other in zip(self.words, words, strict=True)]
        for place, word in zip(self.places, words, strict=True):
            if len(place) <= _MOST_WORDS:
                place.add(word)

    def pattern(self, words: Sequence[str]) -> list[str]:
        """Return words of the cluster with a token at each position that varies much."""
        pairs = zip(self.places, words, strict=True)
        return [_UNTYPED if len(place) > _MOST_WORDS else word for place, word in pairs]


def _cluster(shapes: Iterable[str]) -> list[str]:
    """Return the pattern of each shape; the most frequent shapes come first and start the clusters."""
    clusters = defaultdict[tuple[str, ...], list[_Cluster]](list)
    placed = []
    for text in shapes:
        pieces = _DELIMITERS.split(text)
        words, delimiters = pieces[::2], tuple(pieces[1::2])
        placed.append((words, delimiters, _place(clusters[delimiters], words)))
    return [_numbered(_joined(cluster.pattern(words), delimiters)) for words, delimiters, cluster in placed]


def _place(clusters: list[_Cluster], words: Sequence[str]) -> _Cluster:
    best, likeness = None, 0.0
    for cluster in clusters:
        found = cluster.likeness(words)
        if found > likeness:
            best, likeness = cluster, found
    if best is None or (likeness < _ALIKE and len(clusters) < _MOST_CLUSTERS):
        best = _Cluster(list(words), [set() for _ in words])
        clusters.append(best)
    best.join(words)
    return best


def _joined(words: Sequence[str], delimiters: Sequence[str]) -> str:
    pieces = [piece for pair in zip(words, (*delimiters, ""), strict=True) for piece in pair]
    return "".join(pieces)
