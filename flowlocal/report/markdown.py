"""A report as Markdown, for tickets and repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowlocal.report.build import Answer, Report
from flowlocal.report.text import NOTHING, not_asked


def write_markdown(report: Report) -> Iterator[str]:
    """Yield the lines of a report: for each question a section with a table and the query."""
    yield "# Flow log report"
    for answer in report.answers:
        yield from ["", f"## {answer.question.title}", ""]
        yield from [answer.question.text, ""] if answer.question.text else []
        yield from _answer(answer)
        yield from ["", "<details><summary>Query</summary>", "", "```", answer.question.body, "```", "", "</details>"]


def _answer(answer: Answer) -> Iterator[str]:
    result = answer.result
    if result is None:
        yield not_asked(answer)
    elif not len(result):
        yield NOTHING
    else:
        yield _line(map(_escape, result.columns))
        yield _line("---" for _ in result.columns)
        yield from (_line(_escape(cell or "") for cell in row) for row in result.printed.iter_rows())


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]|~"} | {"<": "&lt;", "&": "&amp;"})


def _escape(cell: str) -> str:
    """Return a cell on one line, without markup."""
    return "<br>".join(cell.translate(_SPECIAL).splitlines())
