"""A report for the terminal, and the words that all forms of a report have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

from flowlocal.ansi import one_line, painter
from flowlocal.charts.terminal import draw
from flowlocal.outputs.table import render
from flowlocal.report.build import Answer, Report
from flowlocal.report.findings import charges, findings, nothing_found
from flowlocal.report.units import readable
from flowlocal.result import Result

_PLOT_HEIGHT = 14
_WIDE = 100
"""Longer lines of prose are hard to read."""
NOTHING = "Nothing found."
NOT_ASKED = "Not asked"
NOTHING_NOTEWORTHY = "Nothing noteworthy was found."
ON_CHARGES = (
    "Estimates from the bytes in these logs and the prices in each query, before free amounts and lower tiers. A byte "
    "can be charged twice, such as by a NAT gateway and for leaving to the internet; prices are summed, bytes are not."
)
_TITLES = {"cost": "Money", "network": "Network", "security": "Security", "compliance": "Logs"}


def write_text(report: Report, *, width: int | None = None, color: bool = False) -> Iterator[str]:
    """Yield the lines of a report: findings, and for each question its title, its purpose, and a plot or a table.

    Args:
        report: the answers.
        width: columns of the terminal; None for as wide as the tables need.
        color: are colours wanted?
    """
    paint = painter(color)
    for line in head(report):
        yield from _wrapped(one_line(line), width)
    yield from _summary(report, width, color)
    for group, answers in groupby(report.asked, key=lambda each: each.question.group):
        if group == "cost":
            yield from _bill(report, width, color)
        for answer in answers:
            yield ""
            yield from _title(answer.question.title, color)
            yield from (paint(line, "2") for line in _wrapped(answer.question.text, width))
            yield ""
            yield from _answer(answer, width, color)
    yield from _not_asked(report, width, color)


def _not_asked(report: Report, width: int | None, color: bool) -> Iterator[str]:
    if report.not_asked:
        yield ""
        yield from _title(NOT_ASKED, color)
        yield ""
    for each in report.not_asked:
        yield from _wrapped(f"- {lacking(each)}", width, "  ")


def _wrapped(text: str, width: int | None, indent: str = "") -> list[str]:
    return wrap(text, min(width or _WIDE, _WIDE), subsequent_indent=indent)


def _title(title: str, color: bool) -> Iterator[str]:
    yield painter(color)(title, "1;4") if color else f"{title}\n{'=' * len(title)}"


def _summary(report: Report, width: int | None, color: bool) -> Iterator[str]:
    found, without = findings(report), nothing_found(report)
    if found or without:
        yield ""
        yield from _title("Findings", color)
        yield ""
    for each in found:
        yield from _wrapped(f"- {one_line(each.text())}", width, "  ")
    if without:
        titles = " ".join(map(sentence, without))
        yield from _wrapped(f"- {NOTHING[:-1]}: {titles}", width, "  ")


def _bill(report: Report, width: int | None, color: bool) -> Iterator[str]:
    parts = charges(report)
    if not parts:
        return
    yield ""
    yield from _title("What these bytes cost", color)
    yield from (painter(color)(line, "2") for line in _wrapped(ON_CHARGES, width))
    yield ""
    cells = [[each.name for each in parts], [readable("bytes", f"{each.bytes:.0f}") for each in parts]]
    cells.append([readable("usd", str(each.usd)) for each in parts])
    total = readable("usd", str(sum(each.usd for each in parts)))
    sums = ("All", "", total)
    columns = [[*column, last] for column, last in zip(cells, sums, strict=True)]
    yield from render(["charged for", "bytes", "USD"], columns, width=width, color=color)


def _answer(answer: Answer, width: int | None, color: bool) -> Iterator[str]:
    result = answer.result
    if result is None or not len(result):
        yield NOTHING
    elif answer.chart is not None and answer.chart.times is not None:
        yield from draw(answer.chart, width=min(width or 80, 2 * _WIDE), height=_PLOT_HEIGHT, color=color).splitlines()
    else:
        cells = [result.printed[name].to_list() for name in result.columns]
        yield from render(result.columns, cells, width=width, color=color)
        label, sums = totals(answer, result)
        if label:
            values = ", ".join(f"{name} {readable(name, value)}" for name, value in sums.items())
            yield from _wrapped(f"{label}: {values}" if values else label, width)


def group_title(group: str) -> str:
    """Return the heading of a group of questions."""
    return _TITLES.get(group, group.capitalize())


def head(report: Report) -> Iterator[str]:
    """Yield sentences on what was read."""
    count, several = sum(report.formats.values()), len(report.formats) > 1
    forms = ", ".join(f"{number:,} {name}" if several else name for name, number in report.formats.items())
    files = f"{count:,} file{'s'[: count != 1]}" + (f" ({forms})" if forms else "")
    span = f" from {report.first} to {report.last} (UTC)" if report.first else ""
    read = f"{report.reading.odd_in_words}. " if report.reading.odd_count else ""
    yield f"{files}; log group {', '.join(report.log_groups)}."
    yield f"{report.events:,} event{'s'[: report.events != 1]}{span}. {read}".rstrip()


def totals(answer: Answer, result: Result) -> tuple[str, dict[str, str]]:
    """Return the label of the last row of a table, and sums over all rows; the label is empty if there is none."""
    sums = {name: str(value) for name, value in result.totals.items()}
    more = answer.found > len(result)
    if not sums or (answer.found < 2 and not more):
        return (f"{len(result):,} of {answer.found:,} rows are shown", {}) if more else ("", {})
    return f"All {answer.found:,} rows", sums


def sentence(answer: Answer) -> str:
    """Return the title of a question with a mark at its end."""
    title = answer.question.title
    return title if title.endswith(("?", ".", "!")) else f"{title}."


def lacking(answer: Answer) -> str:
    """Return the title of a question that was not asked, and why it was not."""
    title = sentence(answer)
    if answer.missing:
        return f"{title} It needs {', '.join(answer.missing)}, which these logs do not have."
    tables = f"table{'s'[: len(answer.tables) != 1]} {', '.join(answer.tables)}"
    return f"{title} It needs the {tables} (--names FOLDER)."
