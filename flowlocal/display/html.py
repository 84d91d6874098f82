"""A result as an HTML table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from flowlocal.text_layout import safe

if TYPE_CHECKING:
    from flowlocal.result import Result

MOST_ROWS = 100
"""Rows that are shown; a page with thousands would be slow to scroll."""
_LONGEST = 2_000
"""Characters of a cell that are shown."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|-|")
_MARKS = {"ACCEPT": "yes", "REJECT": "no", "NODATA": "odd", "SKIPDATA": "odd", "-": "none"}
_STYLE = """<style>
.flowlocal{overflow-x:auto;max-width:100%;color:inherit}
.flowlocal table{border-collapse:collapse;border:0;margin:0;font-size:.9em;font-variant-numeric:tabular-nums;\
color:inherit;background:none}
.flowlocal tr,.flowlocal tbody tr:nth-child(odd),.flowlocal tbody tr:nth-child(even){background:none}
.flowlocal th,.flowlocal td{padding:.2em .7em;border:0;text-align:left;vertical-align:top;color:inherit;\
white-space:pre-wrap;overflow-wrap:anywhere;min-width:3em;max-width:72em}
.flowlocal th{font-weight:600;border-bottom:1px solid rgba(128,128,128,.6);white-space:nowrap}
.flowlocal td{border-bottom:1px solid rgba(128,128,128,.2)}
.flowlocal tbody tr:hover{background:rgba(128,128,128,.12)}
.flowlocal .number{text-align:right;white-space:nowrap}
.flowlocal .time{white-space:nowrap}
.flowlocal .yes{color:#2a9d5c}.flowlocal .no{color:#d1495b}.flowlocal .odd{color:#b8860b}.flowlocal .none{opacity:.5}
.flowlocal p{margin:.4em 0 0;font-size:.85em;opacity:.7;text-align:left}
</style>"""
"""Colours come from the page, or are such that they can be read on light and dark."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def table(result: Result) -> str:
    """Return the first rows as a table, numbers to the right, and below it notes on the result."""
    shown = result.printed.head(MOST_ROWS)
    cells = [shown[name].to_list() for name in result.columns]
    kinds = [_kind(column) for column in cells]
    head = "".join(_cell("th", name, kind, ' scope="col"') for name, kind in zip(result.columns, kinds, strict=True))
    rows = "\n".join(_row(row, kinds) for row in zip(*cells, strict=True))
    notes = "".join(f"<p>{escape(note)}</p>" for note in notes_on(result, MOST_ROWS))
    body = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n" if result.columns else ""
    return f'<div class="flowlocal">{_STYLE}\n{body}{notes}</div>'


def notes_on(result: Result, most: int) -> Iterator[str]:
    """Yield the notes below a result of which so many rows are shown."""
    facts = result.statistics
    rows = "1 row" if len(result) == 1 else f"{len(result):,} rows"
    more = f", the first {most:,} of them shown; to_polars() has them all" if len(result) > most else ""
    yield f"{rows}{more}; {facts.recordsMatched:,.0f} of {facts.recordsScanned:,.0f} records matched"
    if result.truncated:
        yield f"{result.truncated:,} more rows were cut off by the limit of {len(result):,}: add | limit N to the query"
    yield from (f"{note} ({note.code})" for note in result.notes)
    yield from result.report.warnings
    if result.report.odd_count:
        first = result.report.odd_lines[0]
        yield f"{result.report.odd_in_words}, kept with @message alone; {first.path}:{first.line}: {first.reason}"


def _row(row: Sequence[str | None], kinds: Sequence[str]) -> str:
    return f"<tr>{''.join(_cell('td', cell or '', kind) for cell, kind in zip(row, kinds, strict=True))}</tr>"


def _cell(tag: str, text: str, kind: str, more: str = "") -> str:
    marks = " ".join(filter(None, [kind, _MARKS.get(text, "") if tag == "td" else ""]))
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
    return f"<{tag}{more}{f' class={chr(34)}{marks}{chr(34)}' if marks else ''}>{escape(safe(shown))}</{tag}>"


def _kind(cells: Sequence[str | None]) -> str:
    """Which class the cells of a column have."""
    texts = [cell for cell in cells if cell]
    if texts and all(map(_NUMBER.fullmatch, texts)):
        return "number"
    return "time" if texts and all(map(_TIME.fullmatch, texts)) else ""
