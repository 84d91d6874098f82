"""A report as one HTML page that holds all it needs: for browsers, phones, mail and paper, in light and dark."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from flowlocal.ansi import visible
from flowlocal.charts.model import Chart, ChartError
from flowlocal.charts.picture import check_installed, draw_picture
from flowlocal.extras import install
from flowlocal.lookups.labels import COLUMNS as LABELS
from flowlocal.report.build import Answer, Report
from flowlocal.report.findings import Charge, charges, findings, nothing_found
from flowlocal.report.text import (
    NOT_ASKED,
    NOTHING,
    NOTHING_NOTEWORTHY,
    ON_CHARGES,
    group_title,
    head,
    lacking,
    totals,
)
from flowlocal.report.units import is_number, readable
from flowlocal.result import Result

_STYLE = Path(__file__).with_name("page.css")
_ID = re.compile(r'(\bid="|url\(#|href="#)')
_SHOWN_LABELS = {"name", "subnet", "zone", "service", "country", "organization"}
"""Labels that are shown below an address; the others are shown on hover."""
_CODE = re.compile(r"`([^`]+)`")
_PHONE = 340
"""Width of a plot for phones in CSS pixels."""


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
    yield from (f"<p>{escape(line)}</p>" for line in head(report))
    yield "</header>"
    yield from _summary(report)
    yield "<main>"
    groups = [(group, list(found)) for group, found in groupby(report.asked, key=lambda each: each.question.group)]
    yield from _contents(groups)
    numbers = iter(range(len(report.asked)))
    for group, answers in groups:
        yield f"<h2>{escape(group_title(group))}</h2>" if group else ""
        yield from _bill(charges(report)) if group == "cost" else ()
        for answer in answers:
            yield from _section(answer, next(numbers), plots)
    yield from _not_asked(report)
    yield "</main>"
    yield from _footer(report, plots)
    yield "</body></html>"


def escape(text: str) -> str:
    """Return a text as HTML, with control characters, those that change its direction, too, as escapes."""
    return html.escape(visible(text))


def _can_draw() -> bool:
    try:
        check_installed()
    except ChartError:
        return False
    return True


def _anchor(answer: Answer) -> str:
    return escape(re.sub(r"[^\w-]", "-", answer.question.name))


def _link(answer: Answer) -> str:
    return f'<a href="#{_anchor(answer)}">{escape(answer.question.title)}</a>'


def _summary(report: Report) -> Iterator[str]:
    found = findings(report)
    if not any(each.question.finding for each in report.answers) and not found:
        return
    yield '<section id="summary"><h2>Findings</h2><ul>'
    for each in found:
        more = f' <a href="#{_anchor(each.answer)}">more</a>' if each.answer else ""
        yield f"<li>{each.text(_value, escape)}{more}</li>"
    yield f"<li>{NOTHING_NOTEWORTHY}</li>" if not found else ""
    yield "</ul>"
    without = nothing_found(report)
    if without:
        yield f"<p>{NOTHING[:-1]}: {' '.join(map(_link, without))}</p>"
    yield "</section>"


def _contents(groups: Iterable[tuple[str, list[Answer]]]) -> Iterator[str]:
    yield "<nav>"
    for group, answers in groups:
        title = f"<b>{escape(group_title(group))}</b> " if group else ""
        yield f"<p>{title}{' '.join(map(_link, answers))}</p>"
    yield "</nav>"


def _bill(parts: list[Charge]) -> Iterator[str]:
    """Yield the parts of the bill and their sum."""
    if not parts:
        return
    yield f'<section id="bill"><h3>What these bytes cost</h3><p>{escape(ON_CHARGES)}</p>'
    yield '<div class="rows"><table><thead><tr><th>charged for</th><th class="number">bytes</th>'
    yield '<th class="number">USD</th><th></th></tr></thead><tbody>'
    for each in parts:
        yield f"<tr><td>{escape(each.name)}</td>{_number('bytes', each.bytes)}{_number('usd', each.usd)}"
        yield f"<td>{_link(each.answer)}</td></tr>"
    total = sum(each.usd for each in parts)
    yield f"</tbody><tfoot><tr><td>All</td><td></td>{_number('usd', total)}<td></td></tr></tfoot>"
    yield "</table></div></section>"


def _number(column: str, value: float) -> str:
    return f'<td class="number">{_value(column, str(value))}</td>'


def _section(answer: Answer, number: int, plots: bool) -> Iterator[str]:
    question = answer.question
    yield f'<section id="{_anchor(answer)}"><h3>{escape(question.title)}</h3>'
    text = _CODE.sub(r"<code>\1</code>", escape(question.text))
    yield f"<p>{text}</p>"
    if answer.result is None or not len(answer.result):
        yield f"<p><em>{NOTHING}</em></p>"
    else:
        yield from _found(answer, answer.result, number, plots)
    yield f"<details><summary>Query</summary><pre>{escape(answer.shown_query)}</pre></details></section>"


def _not_asked(report: Report) -> Iterator[str]:
    if report.not_asked:
        yield f'<section id="not-asked"><h2>{NOT_ASKED}</h2><ul>'
        for each in report.not_asked:
            yield f"<li>{escape(lacking(each))}</li>"
        yield "</ul></section>"


def _found(answer: Answer, result: Result, number: int, plots: bool) -> Iterator[str]:
    chart = answer.chart
    drawn = chart is not None and plots and (chart.kind != "bar" or chart.times is not None)
    if chart is not None and drawn:
        yield f'<figure class="wide">{_plot(chart, f"{number}-", None)}</figure>'
        yield f'<figure class="narrow">{_plot(chart, f"{number}n-", _PHONE)}</figure>'
    if len(result) == 1 and not result.keys:
        yield from _facts(result)
    elif not (chart is not None and drawn and chart.times):
        yield from _table(answer, result)


def _plot(chart: Chart, number: str, width: int | None) -> str:
    """Return the chart as SVG in the colour of the text around it, with ids that differ from other plots'."""
    svg = draw_picture(chart, ".svg", text_color="currentColor", background=None, width=width).decode()
    return _ID.sub(rf"\1plot{number}", svg)


def _facts(result: Result) -> Iterator[str]:
    """Yield a single row as a list of facts."""
    yield '<ul class="facts">'
    for name, value in result.rows[0].items():
        yield f"<li><b>{_value(name, value)}</b><span>{escape(name)}</span></li>"
    yield "</ul>"


def _table(answer: Answer, result: Result) -> Iterator[str]:
    kinds = {name: _kind(result.printed[name].to_list()) for name in result.columns if not _labelled(name, result)}
    bars = _bars(answer, result)
    yield '<div class="rows"><table><thead><tr>'
    yield from (f"<th{kind}>{escape(name)}</th>" for name, kind in kinds.items())
    yield "</tr></thead><tbody>"
    for number, row in enumerate(result.printed.iter_rows(named=True)):
        shares = {name: found[number] for name, found in bars.items()}
        cells = (_cell(name, row[name], kind, shares, _labels(name, row)) for name, kind in kinds.items())
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>"
    yield from _last_row(answer, result, kinds)
    yield "</table></div>"


def _labelled(name: str, result: Result) -> str:
    """Return the column of which this one has labels, such as ``srcAddr`` of ``srcAddr.name``; else empty text."""
    column, dot, label = name.rpartition(".")
    return column if dot and label in LABELS and column in result.columns else ""


def _labels(name: str, row: dict[str, str | None]) -> list[tuple[str, str]]:
    """Return what is known about a cell: label and text."""
    found = ((label, row.get(f"{name}.{label}")) for label in LABELS)
    return [(label, text) for label, text in found if text]


def _bars(answer: Answer, result: Result) -> dict[str, list[float]]:
    """Return the lengths of bars behind the column that the chart shows, as shares of the longest."""
    chart = answer.chart
    if chart is None or chart.kind != "bar" or chart.times is not None or len(chart.labels) < len(result):
        return {}
    column = next(name for name in result.columns if name not in result.keys and result.typed.schema[name].is_numeric())
    top = chart.top or 1.0
    return {column: [max(value or 0.0, 0.0) / top for value in chart.series[0].values]}


def _last_row(answer: Answer, result: Result, kinds: dict[str, str]) -> Iterator[str]:
    """Yield the sums over all rows, or how many rows there are."""
    label, sums = totals(answer, result)
    if not label:
        return
    yield "<tfoot><tr>"
    for place, (name, kind) in enumerate(kinds.items()):
        yield f"<td>{label}</td>" if not place else f"<td{kind}>{_value(name, sums.get(name, ''))}</td>"
    yield "</tr></tfoot>"


def _kind(cells: list[str | None]) -> str:
    """Return the class of a column: numbers are aligned to the right, addresses and all other texts to the left."""
    numbers = any(cells) and all(is_number(cell) or cell == "-" for cell in cells if cell)
    return ' class="number"' if numbers else ""


def _cell(name: str, value: str | None, kind: str, shares: dict[str, float], labels: list[tuple[str, str]]) -> str:
    kind = f' class="{value}"' if value in {"ACCEPT", "REJECT"} else kind
    bar = f' style="--share:{shares[name]:.1%}"' if name in shares else ""
    kind = kind.replace('"number"', '"number bar"') if bar else kind
    more = escape(", ".join(f"{label} {text}" for label, text in labels))
    shown = escape(" · ".join(text for label, text in labels if label in _SHOWN_LABELS))
    known = f'<small title="{more}">{shown or "known"}</small>' if labels else ""
    return f"<td{kind}{bar}>{_value(name, value or '')}{known}</td>"


def _value(column: str, cell: str) -> str:
    """Return a cell for people; the exact one is shown on hover."""
    shown = readable(column, cell)
    return escape(shown) if shown == cell else f'<span title="{escape(cell)}">{escape(shown)}</span>'


def _footer(report: Report, plots: bool) -> Iterator[str]:
    yield "<footer><p>Made by flowlocal. Hover a number to see it exactly.</p>"
    yield from (f"<p>{escape(warning)}</p>" for warning in report.reading.warnings)
    if not plots:
        yield f"<p>For plots: <code>{escape(install('charts'))}</code></p>"
    yield "</footer>"
