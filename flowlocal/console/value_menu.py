"""The menu of a cell that was clicked on: include or exclude its value, or open the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.row_view import RowView
    from flowlocal.console.tab import TabState

_SHOWN = 40
"""Characters of a value in the menu."""


class ValueMenu:
    """The menu, at the place of the last click on an element.

    Args:
        tab: the state of the tab.
        rows: shows whole rows.
    """

    def __init__(self, tab: TabState, rows: RowView) -> None:
        self._tab = tab
        self._rows = rows
        with ui.element("div").classes("fl-anchor") as self._anchor:
            self._menu = ui.menu().props("no-parent-event")

    def follow(self, element: ui.element) -> None:
        """Open where this element is clicked on."""
        move = (
            f"Object.assign(getHtmlElement({self._anchor.id}).style, {{left: e.clientX + 'px', top: e.clientY + 'px'}})"
        )
        element.on("click", js_handler=f"(e) => {move}")

    def close(self) -> None:
        """Close the menu."""
        self._menu.close()

    def open(self, answer: AnsweredQuery, row: int, column: int) -> None:
        """Open the menu for a cell."""
        name, value = answer.result.columns[column], answer.result.printed.row(row)[column]
        text = "missing" if value is None else value
        short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        self._menu.clear()
        with self._menu:
            if self._tab.can_refine(answer, name):
                for word, exclude in (("Include", False), ("Exclude", True)):
                    ui.menu_item(
                        f"{word} {name} = {short}",
                        lambda exclude=exclude: self._tab.refine_result(answer, name, value, exclude=exclude),
                    )
            ui.menu_item("Copy the value", lambda: ui.clipboard.write(text))
            ui.menu_item("Open the row", lambda: self._rows.show(answer, row))
        for each in self._menu:
            each.props("dense")
        self._menu.open()
