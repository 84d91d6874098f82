"""Messages for constructs of other query languages: a golden file that reads as prose.

`FLOWLOCAL_UPDATE=1 pytest tests/language/test_messages.py` rewrites messages.txt, to be reviewed as a diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import flowlocal
from flowlocal import engine
from flowlocal.language import habits
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.render import render

GOLDEN = Path(__file__).with_name("messages.txt")
LOG = Path(__file__).parents[2] / "sample_logs/article/flow.log"
QUERIES = re.findall(r"^\$ (.*)$", GOLDEN.read_text(encoding="utf-8"), re.MULTILINE)


def error_of(query: str) -> MalformedQuery:
    """Return the error that a query over flow log records raises."""
    with pytest.raises(MalformedQuery) as caught:
        flowlocal.query(query, LOG)
    return caught.value


def test_messages_are_as_reviewed() -> None:
    """Every message, as the command line shows it, is the one in the golden file."""
    shown = "".join(f"$ {query}\n{render(error_of(query))}\n\n" for query in QUERIES)
    if os.environ.get("FLOWLOCAL_UPDATE"):
        GOLDEN.write_text(shown, encoding="utf-8")
    assert shown == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("query", QUERIES)
def test_what_a_message_says_to_write_runs(query: str) -> None:
    """A query that a hint shows as a whole has a result."""
    shown = re.search(r"(?:write|this is) `(.*?)`(?:: |$)", error_of(query).hint)
    if shown and shown[1].split()[0] in ("filter", "where", "stats", "fields", "sort"):
        flowlocal.query(shown[1], LOG)


def test_every_habit_has_a_message() -> None:
    """Each habit is shown by a query of the golden file."""
    seen = set()
    for query in QUERIES:
        text, span = query, error_of(query).span
        while found := habits.find(text, span):
            habit, match = found
            seen.add(habit)
            text = text[: match.start()] + habit.rewritten(match) + text[match.end() :]
            try:
                engine.parse(text)
                break
            except MalformedQuery as error:
                span = error.span
    assert [habit.pattern for habit in habits.HABITS if habit not in seen] == []
