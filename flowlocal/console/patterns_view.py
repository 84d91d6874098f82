"""The view with the patterns of the events of a query, as the language's `pattern` finds them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

from nicegui import ui

from flowlocal.console.grid import columns_of, grid_options, rows_of
from flowlocal.console.queries import QueryRun
from flowlocal.console.refining import command_of, stages
from flowlocal.terminal.notes import several

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery, AskedQuery
    from flowlocal.console.tab import TabState

_OF_EVENTS = {"", "source", "fields", "filter", "filterindex", "parse", "json", "lookup", "cidrlookup", "unmask"}
"""Commands whose rows are still events."""
_LEFT_OUT = {"display", "sort"}
"""Commands after which rows are still events, and which change nothing of their patterns."""


class PatternsView:
    """The patterns of a tab; they are looked for when the view is opened.

    Args:
        tab: the state of the tab.
    """

    name: ClassVar[str] = "patterns"
    label: ClassVar[str] = "Patterns"
    icon: ClassVar[str] = "category"

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        self._shown: AnsweredQuery | None = None
        self._run: QueryRun | None = None
        with ui.row().classes("fl-toolbar"):
            self._note = ui.label().classes("fl-caption fl-grow").props('role="status"')
            self._take = ui.button("To the editor", icon="edit", on_click=self._to_editor).props("flat dense no-caps")
        self._grid = ui.aggrid(grid_options("No patterns", minWidth=80), auto_size_columns=False).classes("fl-grid")
        self._grid.props('aria-label="Patterns of the events"')
        tab.answered.subscribe(lambda _: self._look())
        tab.view_changed.subscribe(self._look)

    def _to_editor(self) -> None:
        if self._tab.answer is not None:
            self._tab.rewrite(patterns_query(self._tab.answer.question.text))

    async def _look(self) -> None:
        """Look for the patterns of the answer, if they are not shown already."""
        answer = self._tab.answer
        if answer is None or self._tab.view != self.name or self._shown is answer:
            return
        self._shown = answer
        if self._run is not None:
            self._run.stop()
        run = self._run = QueryRun(self._tab.opened, question_of(answer.question))
        self._note.set_text("Looking for patterns …")
        try:
            found = await run.answer(lambda: None)
        except asyncio.CancelledError:
            return
        except Exception as error:  # noqa: BLE001 - shown, as that of a query is
            self._note.set_text(f"No patterns: {error}")
            return
        if self._run is run:
            self._show(found)

    def _show(self, found: AnsweredQuery) -> None:
        result = found.result
        events = several(int(result.statistics.recordsMatched), "event")
        self._note.set_text(f"{several(len(result), 'pattern')} of {events}")
        pattern, *others = columns_of(result)
        self._grid.run_grid_method(
            "setGridOption", "columnDefs", [*({**each, "width": 130} for each in others), {**pattern, "flex": 1}]
        )
        self._grid.run_grid_method("setGridOption", "rowData", rows_of(result))


def question_of(asked: AskedQuery) -> AskedQuery:
    """Return the question for the patterns of the events of another one."""
    return replace(asked, text=patterns_query(asked.text))


def patterns_query(text: str) -> str:
    """Return a query for the patterns of the events that a query has before its first aggregation or limit.

    >>> print(patterns_query("filter action = 'REJECT' | sort @timestamp | limit 20"))
    filter action = 'REJECT'
    | pattern @message
    >>> print(patterns_query("stats count(*) by action"))
    pattern @message
    """
    parts = takewhile(lambda each: command_of(each) in _OF_EVENTS | _LEFT_OUT, stages(text))
    kept = [each for each in parts if each and command_of(each) not in _LEFT_OUT]
    return "\n| ".join([*kept, "pattern @message"])
