"""The cookbook: shipped queries for common questions about flow logs, one file each (see ``flowlocal.questions``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flowlocal.language.suggest import did_you_mean
from flowlocal.questions import Question, questions

GROUPS = ("network", "security", "cost", "platform", "compliance")
"""The groups in the order in which they are shown."""


def recipes() -> dict[str, Question]:
    """Return the queries of the cookbook by name, ordered by group and name."""
    found = questions(Path(__file__).parent)
    return dict(sorted(found.items(), key=lambda item: (GROUPS.index(item[1].group), item[0])))


def recipe(name: str) -> Question:
    """Return one query of the cookbook.

    Raises:
        LookupError: there is none of this name; the message suggests the nearest.
    """
    known = recipes()
    if name not in known:
        hint = did_you_mean(name, known) or "`flowlocal cookbook` lists them"
        raise LookupError(f"the cookbook has no query {name!r}; {hint}")
    return known[name]


def search(words: Sequence[str]) -> list[Question]:
    """Return the queries with words that begin so in their name, title, text, group or fields, in any case."""
    wanted = [re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE) for word in words]
    return [each for each in recipes().values() if all(word.search(_searched(each)) for word in wanted)]


def _searched(each: Question) -> str:
    return "\n".join([each.name, each.title, each.text, each.group, *each.needs])
