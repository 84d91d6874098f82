"""A report as Markdown, for tickets and repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from flowlocal.ansi import visible
from flowlocal.report.build import Answer, Report
from flowlocal.report.findings import charges, findings, nothing_found
from flowlocal.report.text import (
    NOT_ASKED,
    NOTHING,
    NOTHING_NOTEWORTHY,
    ON_CHARGES,
    group_title,
    head,
    lacking,
    sentence,
    totals,
)
from flowlocal.report.units import readable


def write_markdown(report: Report) -> Iterator[str]:
    """Yield the lines of a report: findings, and for each question a section with a table and the query."""
    yield from ["# Flow log report", ""]
    yield from (_escape(line) + "  " for line in head(report))
    yield from _summary(report)
    for group, answers in groupby(report.asked, key=lambda each: each.question.group):
        if group:
            yield from ["", f"## {_escape(group_title(group))}"]
        yield from _bill(report) if group == "cost" else ()
        for answer in answers:
            yield from ["", f"### {_escape(answer.question.title)}", ""]
            yield from [answer.question.text, ""] if answer.question.text else []
            yield from _answer(answer)
            yield from ["", "<details><summary>Query</summary>", "", "```", answer.shown_query, "```", "", "</details>"]
    if report.not_asked:
        yield from ["", f"## {NOT_ASKED}", ""]
        yield from (f"- {_escape(lacking(each))}" for each in report.not_asked)


def _summary(report: Report) -> Iterator[str]:
    found, without = findings(report), nothing_found(report)
    if found or without:
        yield from ["", "## Findings", ""]
        yield from (f"- {each.text(plain=_escape, show=lambda *cell: _escape(readable(*cell)))}" for each in found)
        yield from [] if found else [f"- {NOTHING_NOTEWORTHY}"]
    if without:
        yield f"- {NOTHING[:-1]}: {' '.join(_escape(sentence(each)) for each in without)}"


def _bill(report: Report) -> Iterator[str]:
    parts = charges(report)
    if not parts:
        return
    yield from ["", "### What these bytes cost", "", ON_CHARGES, ""]
    yield from (_line(each) for each in (["charged for", "bytes", "USD"], ["---"] * 3))
    yield from (_line([each.name, f"{each.bytes:.0f}", readable("usd", str(each.usd))]) for each in parts)
    yield _line(["All", "", readable("usd", str(sum(each.usd for each in parts)))])


def _answer(answer: Answer) -> Iterator[str]:
    result = answer.result
    if result is None or not len(result):
        yield NOTHING
    else:
        yield _line(map(_escape, result.columns))
        yield _line("---" for _ in result.columns)
        yield from (_line(_escape(cell or "") for cell in row) for row in result.printed.iter_rows())
        label, sums = totals(answer, result)
        if label:
            cells = [sums.get(name, "") if place else label for place, name in enumerate(result.columns)]
            yield _line(cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|~"} | {"<": "&lt;", "&": "&amp;"})


def _escape(cell: str) -> str:
    """Return a cell on one line, without markup and control characters."""
    return "<br>".join(visible(cell).translate(_SPECIAL).splitlines())
