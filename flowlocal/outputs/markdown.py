"""``markdown``: the console's Markdown export, for tickets and chats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flowlocal.epoch import to_iso
from flowlocal.outputs import Format, Sink

if TYPE_CHECKING:
    from flowlocal.result import Result

_BREAK = "    "
"""Blanks at the end of a line that make a line break (recorded: the console writes four)."""


def write(result: Result, sink: Sink) -> None:
    """Write the query with its log groups and time range, then the rows as a table.

    The layout is the console's (recorded), without its ``region`` line, because files have no region. A ``|`` in a cell
    is escaped and a line break becomes ``<br>``, so that the table remains valid (decided).
    """
    for line in [*_head(result), "---", *_table(result), "---"]:
        sink.write(line + "\n")


def _head(result: Result) -> Iterable[str]:
    yield f"**CloudWatch Logs Insights**{_BREAK}"
    if groups := result.context.get("log_groups"):
        yield f"log-group-names: {', '.join(map(str, _listed(groups)))}{_BREAK}"
    for name in ("start", "end"):
        moment = result.context.get(name)
        if isinstance(moment, int):
            yield f"{name}-time: {to_iso(moment)}{_BREAK}"
    if query := result.context.get("query"):
        yield "query-string:"
        yield from (f"  {line}".rstrip() for line in ["```", *str(query).strip().splitlines(), "```"])


def _listed(groups: object) -> Iterable[object]:
    return groups if isinstance(groups, tuple | list) else [groups]


def _table(result: Result) -> Iterable[str]:
    if not len(result):
        yield "**No data found for this query**"
        return
    yield _line(result.columns)
    yield _line(["---"] * len(result.columns))
    for row in result.printed.iter_rows():
        yield _line(_escape(cell or "") for cell in row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")


FORMAT = Format("markdown", "the console's Markdown export, for tickets", write, (".md", ".markdown"))
