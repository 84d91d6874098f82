"""The questions of the report: its own, and those of the cookbook that have a place in it."""

from __future__ import annotations

from msgspec.structs import replace

from flowlocal.cookbook import recipes
from flowlocal.questions import Question, questions


def report_questions() -> dict[str, Question]:
    """Return the questions of the report by name, in their order."""
    placed = [(each.place, each) for each in (*questions().values(), *recipes().values()) if each.place is not None]
    named = (replace(each, name=each.section or each.name) for _, each in sorted(placed, key=lambda pair: pair[0]))
    return {each.name: each for each in named}
