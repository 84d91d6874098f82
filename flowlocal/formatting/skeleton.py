"""Texts of the same length as a query, in which what is expanded before parsing is replaced with what can be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery, Span
from flowlocal.language.invocations import invocations
from flowlocal.language.parser import parse_query
from flowlocal.planning.registry import grammar

_PLACEHOLDER = re.compile(r"\{\{\s*[^\W\d]\w*\s*\}\}")
_MOST_TRIED = 4
"""Placeholders up to which every mixture of names and numbers is tried."""


def scannable(text: str) -> str:
    """Return the text with each placeholder and each invocation of a saved query replaced with one name."""
    for each in invocations(text):
        text = _covered(text, each.span, "p")
    return _PLACEHOLDER.sub(lambda found: "p" * len(found[0]), text)


def parse(text: str) -> tree.Query:
    """Return the tree of a query without the saved queries that it invokes; each placeholder is a name or a number.

    Raises:
        MalformedQuery: the query is malformed; or an invocation, or the text around a placeholder, cannot be parsed.
    """
    bare = _without_invocations(text)
    if not bare.strip(" \t\r\n|"):
        return tree.Query(())
    malformed: MalformedQuery | None = None
    for candidate in _candidates(bare):
        try:
            return parse_query(candidate, grammar())
        except MalformedQuery as error:
            malformed = malformed or error
    assert malformed is not None  # noqa: S101 - there is always a candidate
    malformed.text = text
    raise malformed


def _candidates(text: str) -> Iterator[str]:
    found = list(_PLACEHOLDER.finditer(text))
    kinds = product("p1", repeat=len(found)) if len(found) <= _MOST_TRIED else ("p" * len(found), "1" * len(found))
    for letters in kinds:
        candidate = text
        for each, letter in zip(found, letters, strict=True):
            candidate = _covered(candidate, Span(*each.span()), letter)
        yield candidate


def _without_invocations(text: str) -> str:
    """Return the text with blanks in place of invocations and the pipes that separate them."""
    bare = text
    for each in invocations(text):
        before, after = bare[: each.span.start], bare[each.span.end :]
        pipe = before.rfind("|") if before.rstrip().endswith("|") else -1
        if pipe < 0 and after.lstrip().startswith("|"):
            pipe = len(bare) - len(after.lstrip())
        bare = _covered(bare, each.span, " ")
        bare = _covered(bare, Span(pipe, pipe + 1), " ") if pipe >= 0 else bare
    return bare


def _covered(text: str, span: Span, letter: str) -> str:
    return text[: span.start] + letter * (span.end - span.start) + text[span.end :]
