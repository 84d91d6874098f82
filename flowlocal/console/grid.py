"""The rows of a result as a grid.

Columns and cells have positions for keys, never names: names come from logs and queries, and NiceGUI takes keys that
begin with a colon for code.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import events, ui

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.row_view import RowView
    from flowlocal.console.tab import TabState
    from flowlocal.console.value_menu import ValueMenu
    from flowlocal.result import Result

_NUMERIC = "(a, b) => (a == null) - (b == null) || Number(a) - Number(b)"
_ON_KEY = "(each) => { if (each.event.key === 'Enter') getElement(ID).$emit('openRow', { row: each.data.row }); }"
"""Enter opens the row of the cell."""
_ON_TAB = """({ event }) => {
  if (event.key !== "Tab") return false;
  event.preventDefault();
  document.querySelector(event.shiftKey ? ".fl-tools button:last-of-type" : ".fl-header button").focus();
  return true;
}"""
"""Tab leaves the cells, with which the page ends, for its beginning: arrows move from cell to cell."""


class ResultGrid:
    """The grid of a tab.

    Args:
        tab: the state of the tab.
        rows: shows whole rows.
        menu: the menu of a cell.
    """

    def __init__(self, tab: TabState, rows: RowView, menu: ValueMenu) -> None:
        self._tab, self._rows, self._menu = tab, rows, menu
        options = grid_options("No rows", minWidth=60, maxWidth=700) | {"autoSizeStrategy": {"type": "fitCellContents"}}
        self._grid = ui.aggrid(options, auto_size_columns=False).classes("fl-grid")
        self._grid.options[":onCellKeyDown"] = _ON_KEY.replace("ID", str(self._grid.id))
        self._grid.props('aria-label="Rows of the result"')
        self._grid.on("cellClicked", self._clicked, ["data", "colId"])
        self._grid.on("openRow", self._opened)
        self._grid.on("cellDoubleClicked", lambda event: self._show_row(event.args["data"]["row"]), ["data"])
        menu.follow(self._grid)
        self._is_drawn = False
        self._grid.on("gridReady", self._drawn, [])  # when its tab is first opened
        tab.answered.subscribe(self._show)

    def columns_button(self) -> None:
        """Make the button with the choice of columns."""
        with ui.button("Columns", icon="view_column").props("flat dense no-caps"), ui.menu():
            self._columns = ui.column().classes("fl-columns")

    def _drawn(self) -> None:
        self._is_drawn = True
        if self._tab.answer is not None:
            self._fill(self._tab.answer)

    def _fill(self, answer: AnsweredQuery) -> None:
        self._grid.run_grid_method("setGridOption", "columnDefs", columns_of(answer.result))
        self._grid.run_grid_method("setGridOption", "rowData", rows_of(answer.result))
        self._grid.run_grid_method("autoSizeAllColumns")

    def _show(self, answer: AnsweredQuery) -> None:
        if self._is_drawn:
            self._fill(answer)
        self._columns.clear()
        with self._columns:
            for place, name in enumerate(answer.result.columns):
                ui.checkbox(name, value=True, on_change=partial(self._turn, place)).props("dense")

    def _turn(self, place: int, event: events.ValueChangeEventArguments[bool]) -> None:
        self._grid.run_grid_method("setColumnsVisible", [f"c{place}"], event.value)

    def _clicked(self, event: events.GenericEventArguments) -> None:
        if self._tab.answer is not None:
            self._menu.open(self._tab.answer, int(event.args["data"]["row"]), int(event.args["colId"][1:]))

    async def _opened(self, event: events.GenericEventArguments) -> None:
        await self._show_row(event.args["row"])

    async def _show_row(self, row: int) -> None:
        self._menu.close()
        if self._tab.answer is not None:
            await self._rows.show(self._tab.answer, int(row))


def grid_options(nothing: str, **column: Any) -> dict[str, Any]:  # noqa: ANN401 - AG Grid's own
    """Return the options of a grid without rows.

    Args:
        nothing: what it says if there are none.
        **column: options of every column.
    """
    return {
        "defaultColDef": {
            "resizable": True,
            "sortable": True,
            "cellDataType": False,
            ":suppressKeyboardEvent": _ON_TAB,
            **column,
        },
        "columnDefs": [],
        "rowHeight": 28,
        "headerHeight": 32,
        "animateRows": False,
        "suppressFieldDotNotation": True,
        "enableCellTextSelection": True,
        "ensureDomOrder": True,
        "overlayNoRowsTemplate": f"<span>{nothing}</span>",
    }


def columns_of(result: Result) -> list[dict[str, Any]]:
    """Return the definitions of the columns."""
    return [
        {"field": f"c{place}", "colId": f"c{place}", "headerName": name, **_kind(result, place)}
        for place, name in enumerate(result.columns)
    ]


def _kind(result: Result, place: int) -> dict[str, Any]:
    if result.typed.dtypes[place].is_numeric():
        return {"type": "rightAligned", ":comparator": _NUMERIC, "cellClass": "ag-right-aligned-cell fl-number"}
    return {"cellClassRules": {"fl-accept": 'x === "ACCEPT"', "fl-reject": 'x === "REJECT"', "fl-dim": 'x === "-"'}}


def rows_of(result: Result) -> list[dict[str, Any]]:
    """Return the rows, each with its position."""
    printed = result.printed
    named = printed.rename({name: f"c{place}" for place, name in enumerate(printed.columns)})
    return [{**row, "row": place} for place, row in enumerate(named.iter_rows(named=True))]
