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
"""Characters of a cell that are in the page."""
_FOLDED = 160
"""Characters of a cell beyond which the rest is shown when it is clicked."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|-|")
_MARKS = {"ACCEPT": "yes", "REJECT": "no", "NODATA": "odd", "SKIPDATA": "odd", "-": "none"}
_STYLE = """<style>
.flowlocal{overflow-x:auto;max-width:100%;color:inherit}
TABLE{border-collapse:collapse;border:0;margin:0;table-layout:auto;font-size:.9em;\
font-variant-numeric:tabular-nums;color:inherit;background:none}
TABLE tr,TABLE tbody tr:nth-child(odd),TABLE tbody tr:nth-child(even){background:none;text-align:left}
TABLE th,TABLE td{padding:.2em .7em;border:0;text-align:left;vertical-align:top;color:inherit;\
white-space:pre;overflow-wrap:normal;word-break:normal;line-height:1.4;min-width:3em;max-width:none}
TABLE th{font-weight:600;border-bottom:1px solid rgba(128,128,128,.6)}
TABLE td{border-bottom:1px solid rgba(128,128,128,.2)}
TABLE tbody tr:hover{background:rgba(128,128,128,.12)}
TABLE .number{text-align:right}
TABLE .yes{color:#2a9d5c}TABLE .no{color:#d1495b}TABLE .odd{color:#b8860b}TABLE .none{opacity:.5}
TABLE summary{cursor:pointer;display:list-item}TABLE details[open] summary{opacity:.5}
TABLE details>div{white-space:pre-wrap;overflow-wrap:anywhere;max-width:72em}
.flowlocal p{margin:.4em 0 0;font-size:.85em;opacity:.7;text-align:left}
</style>""".replace("TABLE", ".flowlocal.flowlocal.flowlocal table")
"""Colours come from the page, or are such that they can be read on light and dark.

The class is repeated to outweigh the style sheets of notebooks: JupyterLab's own rules for tables align all cells to
the right, and have up to two classes and two elements.
"""


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
    return f"<{tag}{more}{f' class={chr(34)}{marks}{chr(34)}' if marks else ''}>{_content(text)}</{tag}>"


def _content(text: str) -> str:
    """Return the content of a cell; of a long text the beginning, and the rest to be opened."""
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
    if len(text) <= _FOLDED:
        return escape(safe(text))
    head = escape(safe(" ".join(text[:_FOLDED].split("\n"))))
    return f"<details><summary>{head}…</summary><div>{escape(safe(shown))}</div></details>"


def _kind(cells: Sequence[str | None]) -> str:
    """Return the class that the cells of a column have."""
    texts = [cell for cell in cells if cell]
    return "number" if texts and all(map(_NUMBER.fullmatch, texts)) else ""
