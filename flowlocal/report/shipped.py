"""The questions of the report: its own, and those of the cookbook that have a place in it."""

from __future__ import annotations

from flowlocal.cookbook import recipes
from flowlocal.questions import Question, questions


def report_questions() -> dict[str, Question]:
    """Return the questions of the report by name, in their order."""
    placed = [(each.place, each) for each in (*questions().values(), *recipes().values()) if each.place is not None]
    return {each.name: each for _, each in sorted(placed, key=lambda pair: pair[0])}
