"""A report as one HTML page that holds all it needs: for browsers, mail and paper, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from flowlocal.charts.model import Chart, ChartError
from flowlocal.charts.picture import check_installed, draw_picture
from flowlocal.extras import install
from flowlocal.report.build import Answer, Report
from flowlocal.report.text import NOTHING, not_asked
from flowlocal.result import Result

_STYLE = Path(__file__).with_name("page.css")
_NUMBER = re.compile(r"-?[\d.]+([eE][-+]?\d+)?|-")
_ID = re.compile(r'(\bid="|url\(#|href="#)')


def write_page(report: Report, *, title: str = "Flow log report") -> Iterator[str]:
    """Yield the lines of the page. All text of logs and queries is escaped; nothing is loaded from anywhere.

    Plots need the extra ``charts``; without it the page says so and has the tables alone.
    """
    plots = _can_draw()
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style></head>"
    yield f"<body><header><h1>{escape(title)}</h1>"
    yield f"<p>Log group {escape(', '.join(report.log_groups))}. Times are UTC.</p></header>"
    yield "<nav>"
    yield from (f'<a href="#{_anchor(each)}">{escape(each.question.title)}</a>' for each in report.answers)
    yield "</nav><main>"
    for number, answer in enumerate(report.answers):
        yield from _section(answer, number, plots)
    yield "</main>"
    yield from _footer(report, plots)
    yield "</body></html>"


def _can_draw() -> bool:
    try:
        check_installed()
    except ChartError:
        return False
    return True


def _anchor(answer: Answer) -> str:
    return escape(re.sub(r"[^\w-]", "-", answer.question.name))


def _section(answer: Answer, number: int, plots: bool) -> Iterator[str]:
    question = answer.question
    yield f'<section id="{_anchor(answer)}"><h2>{escape(question.title)}</h2>'
    yield f"<p>{escape(question.text)}</p>"
    if answer.result is None:
        yield f"<p><em>{escape(not_asked(answer))}</em></p>"
    elif not len(answer.result):
        yield f"<p><em>{NOTHING}</em></p>"
    else:
        yield from _found(answer, answer.result, number, plots)
    yield f"<details><summary>Query</summary><pre>{escape(question.body)}</pre></details></section>"


def _found(answer: Answer, result: Result, number: int, plots: bool) -> Iterator[str]:
    yield '<div class="found">'
    if answer.chart and plots:
        yield f"<figure>{_plot(answer.chart, number)}</figure>"
    if len(result) == 1 and not result.keys:
        yield from _facts(result)
    elif not (answer.chart and plots and answer.chart.times):
        yield from _table(result)
    yield "</div>"


def _plot(chart: Chart, number: int) -> str:
    """Return the chart as SVG in the colour of the text around it, with ids that differ from other plots'."""
    svg = draw_picture(chart, ".svg", text_color="currentColor", background=None).decode()
    return _ID.sub(rf"\1plot{number}-", svg)


def _facts(result: Result) -> Iterator[str]:
    """Yield a single row as a list of facts."""
    yield '<ul class="facts">'
    for name, value in result.rows[0].items():
        yield f"<li><b>{escape(_apart(value))}</b><span>{escape(name)}</span></li>"
    yield "</ul>"


def _apart(value: str) -> str:
    return f"{int(value):,}" if value.isdecimal() else value.removesuffix(".000")


def _table(result: Result) -> Iterator[str]:
    numbers = {name for name in result.columns if _numeric(result.printed[name].to_list())}
    kinds = {name: ' class="number"' if name in numbers else "" for name in result.columns}
    yield '<div class="rows"><table><thead><tr>'
    yield from (f"<th{kinds[name]}>{escape(name)}</th>" for name in result.columns)
    yield "</tr></thead><tbody>"
    for row in result.printed.iter_rows(named=True):
        yield "<tr>" + "".join(_cell(row[name], kinds[name]) for name in result.columns) + "</tr>"
    yield "</tbody></table></div>"


def _numeric(cells: list[str | None]) -> bool:
    return any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells if cell)


def _cell(value: str | None, kind: str) -> str:
    kind = f' class="{value}"' if value in {"ACCEPT", "REJECT"} else kind
    return f"<td{kind}>{escape(value or '')}</td>"


def _footer(report: Report, plots: bool) -> Iterator[str]:
    yield "<footer><p>Made by flowlocal.</p>"
    if report.reading.odd_count:
        yield f"<p>{report.reading.odd_in_words}: counted, but without fields.</p>"
    yield from (f"<p>{escape(warning)}</p>" for warning in report.reading.warnings)
    if not plots:
        yield f"<p>For plots: <code>{escape(install('charts'))}</code></p>"
    yield "</footer>"
