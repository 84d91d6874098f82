"""A report for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from flowlocal.ansi import painter
from flowlocal.charts.terminal import draw
from flowlocal.outputs.table import render
from flowlocal.report.build import Answer, Report

_PLOT_HEIGHT = 14
_WIDE = 100
"""Longer lines of prose are hard to read."""


def write_text(report: Report, *, width: int | None = None, color: bool = False) -> Iterator[str]:
    """Yield the lines of a report: for each question its title, its purpose, and the answer as a plot or a table.

    Args:
        report: the answers.
        width: columns of the terminal; None for as wide as the tables need.
        color: are colours wanted?
    """
    for number, answer in enumerate(report.answers):
        yield from [""] if number else []
        title = answer.question.title
        yield painter(color)(title, "1;4") if color else f"{title}\n{'=' * len(title)}"
        for line in wrap(answer.question.text, min(width or _WIDE, _WIDE)):
            yield painter(color)(line, "2")
        yield ""
        yield from _answer(answer, width, color)


def _answer(answer: Answer, width: int | None, color: bool) -> Iterator[str]:
    result = answer.result
    if result is None:
        yield not_asked(answer)
    elif not len(result):
        yield NOTHING
    elif answer.chart is not None and answer.chart.times is not None:
        yield from draw(answer.chart, width=min(width or 80, 2 * _WIDE), height=_PLOT_HEIGHT, color=color).splitlines()
    else:
        cells = [result.printed[name].to_list() for name in result.columns]
        yield from render(result.columns, cells, width=width, color=color)


NOTHING = "Nothing found."


def not_asked(answer: Answer) -> str:
    """Why a question could not be asked."""
    fields = ", ".join(answer.missing)
    return f"Not asked: it needs {fields}, which these logs do not have."
