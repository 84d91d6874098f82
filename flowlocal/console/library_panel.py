"""The panel with the history, the saved queries and the cookbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.console.library import (
    LibraryQuery,
    QueryHistory,
    cookbook_queries,
    found,
    saved_queries,
    with_parameters,
)

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState

_MOST = 200
"""How many queries are listed; the search finds the others."""
_KINDS = {"history": "History", "saved": "Saved", "cookbook": "Cookbook"}
_FOCUS = "() => document.querySelector('.fl-editor .cm-content').focus()"
_EMPTY = {
    "history": "No query has been run yet.",
    "saved": "No query has been saved yet: Save, next to Run, does so.",
    "cookbook": "",
}


class LibraryPanel:
    """The panel of a tab with queries to take up again.

    Args:
        tab: the state of the tab.
        history: the queries that were run.
    """

    def __init__(self, tab: TabState, history: QueryHistory) -> None:
        self._tab, self._history = tab, history
        self._first = tab.question.text
        with ui.dialog().props('position=right full-height no-refocus aria-label="Queries"') as self._dialog:
            self._dialog.on("hide", js_handler=_FOCUS)
            with ui.card().classes("fl-row fl-library"):
                self._build()
        tab.started.subscribe(self._keep)

    def button(self) -> None:
        """Make the button that opens it."""
        ui.button("Queries", icon="bookmarks", on_click=self._show).props("flat dense no-caps").tooltip(
            "History, saved queries, and the cookbook"
        )

    def _build(self) -> None:
        with ui.row().classes("fl-drawer-head"):
            ui.label("Queries").classes("fl-title")
            ui.space()
            ui.button(icon="close", on_click=self._dialog.close).props('flat round dense aria-label="Close queries"')
        self._search = ui.input(placeholder="Search", on_change=self._fill).classes("fl-wide")
        self._search.props('dense outlined clearable debounce=150 aria-label="Search queries"')
        self._kinds = ui.toggle(_KINDS, value="history", on_change=self._fill).props("flat dense no-caps spread")
        self._kinds.classes("fl-wide").props('role="group" aria-label="Kind of queries"')
        self._list = ui.column().classes("fl-library-list")

    def _show(self) -> None:
        self._fill()
        self._dialog.open()

    def _keep(self) -> None:
        """Keep the query that was started, except the one that the tab was opened with."""
        if self._tab.question.text != self._first:
            self._first = ""
            self._history.add(self._tab.question.text)

    def _queries(self, kind: str) -> Iterable[LibraryQuery]:
        if kind == "history":
            return self._history.queries()
        return saved_queries(self._tab.opened) if kind == "saved" else cookbook_queries(self._tab.opened)

    def _fill(self) -> None:
        """List the queries of the chosen kind that are searched for."""
        kind, wanted = str(self._kinds.value), self._search.value or ""
        groups = found(self._queries(kind), wanted)
        room = _MOST
        self._list.clear()
        with self._list:
            for group, queries in groups.items():
                if group:
                    ui.label(group).classes("fl-group-name").props('role="heading" aria-level=3')
                for each in queries[:room]:
                    self._item(each)
                room = max(room - len(queries), 0)
            if not groups:
                ui.label("No query contains these words." if wanted else _EMPTY[kind]).classes("fl-dim")

    def _item(self, each: LibraryQuery) -> None:
        """Make an entry of the list: a click opens the query, or the inputs of its parameters."""
        parameters = each.parameters
        with ui.card().classes("fl-entry").props("flat"):
            boxes: dict[str, ui.input] = {}

            def text() -> str:
                values = {name: str(box.value or "") for name, box in boxes.items()}
                changed = {name: value for name, value in values.items() if value != parameters[name]}
                return with_parameters(each.query, changed) if changed else each.query

            with ui.row().classes("fl-entry-row"):
                with ui.element("button").classes("fl-entry-button").on("click", lambda: self._open(text)):
                    ui.label(each.title).classes("fl-entry-title")
                    if each.text:
                        ui.label(each.text).classes("fl-entry-text")
                run = ui.button(icon="play_arrow", on_click=lambda: self._run(text)).props("flat round dense")
                run.props["aria-label"] = f"Run {each.title}"
            if parameters:
                with ui.row().classes("fl-parameters"):
                    for name, default in parameters.items():
                        boxes[name] = ui.input(name, value=default).props("dense outlined stack-label")
                        boxes[name].on("keydown.enter", lambda: self._run(text))

    def _open(self, text: Callable[[], str]) -> None:
        """Put a query into the editor."""
        self._tab.rewrite(text())
        self._dialog.close()

    async def _run(self, text: Callable[[], str]) -> None:
        self._open(text)
        await self._tab.execute()
