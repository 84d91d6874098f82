"""The page: its parts, and where they are."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from flowlocal.console import editor
from flowlocal.console.downloads import DownloadMenu
from flowlocal.console.fields_panel import FieldsPanel
from flowlocal.console.grid import ResultGrid
from flowlocal.console.library import QueryHistory
from flowlocal.console.library_panel import LibraryPanel
from flowlocal.console.link_button import LinkButton
from flowlocal.console.link_page import KEEP_TOKEN
from flowlocal.console.links import ROWS, PageLink
from flowlocal.console.notes_panel import NotesPanel
from flowlocal.console.queries import AskedQuery, OpenedLogs
from flowlocal.console.range_picker import RangePicker
from flowlocal.console.row_view import RowView
from flowlocal.console.saving import SaveMenu
from flowlocal.console.tab import TabState
from flowlocal.console.timeline import Timeline
from flowlocal.console.toolbar import RunButtons, groups_select, limit_input
from flowlocal.console.value_menu import ValueMenu
from flowlocal.console.views import VIEWS

_STYLE = Path(__file__).parent / "static" / "console.css"
_FIRST = "fields @timestamp, srcAddr, dstAddr, dstPort, action, bytes\n| sort @timestamp desc\n| limit 1000"
"""The query of a new tab."""
_KEYS = {
    "Ctrl-Enter": "run the query",
    "Ctrl-Space": "complete the word at the cursor",
    "Tab": "take the completion",
    "Shift-Alt-F": "format the query",
    "Ctrl-/": "make the line a comment, or a comment a line",
    "Esc, then Tab": "leave the editor",
    "Arrows": "move from cell to cell in the rows",
    "Enter": "open the row",
    "Esc": "close what was opened",
}


async def build_page(
    opened: OpenedLogs, asked: list[tuple[str, str]], start: str | None = None, end: str | None = None
) -> None:
    """Build the page of a new tab.

    Args:
        opened: the logs.
        asked: the parameters of its address: those of a link, or none.
        start: start of the time range.
        end: its end.
    """
    link = _link(opened, asked, AskedQuery(_FIRST, start, end))
    tab = TabState(opened, link.question, link.view, link.chart)
    ui.add_head_html(KEEP_TOKEN)
    ui.add_css(_STYLE.read_text(encoding="utf-8"))
    ui.colors(primary="#1668a7", negative="#b3452c", warning="#b7791f", positive="#0f7b5f")
    notes, rows = NotesPanel(tab), RowView(tab)
    fields = FieldsPanel(tab)
    library = LibraryPanel(tab, QueryHistory(opened.history))
    _header(tab, notes, fields, library)
    with ui.column().classes("fl-main").props('role="main"'):
        query = _query(tab)
        results = ui.card().classes("fl-card fl-results").props("flat bordered")
    ui.add_head_html(editor.head())
    ui.context.client.on_delete(tab.stop)
    await ui.context.client.connected()
    tab.start()
    query.teach()
    with results:  # not before the first page is drawn, because the scripts of charts and grids are large
        Timeline(tab)
        _results(tab, rows)
    await tab.finish()
    await tab.look()


def _link(opened: OpenedLogs, asked: list[tuple[str, str]], usual: AskedQuery) -> PageLink:
    """Return what an address asks for; the usual query if it asks for none, or for one that cannot be."""
    if "query" not in dict(asked):
        return PageLink(usual)
    try:
        return PageLink.read(asked, [each.name for each in VIEWS], opened.logs.source.log_groups)
    except ValueError as error:
        ui.notify(f"This link cannot be opened: {error}", type="warning", multi_line=True, close_button="Close")
        return PageLink(usual)


def _query(tab: TabState) -> editor.QueryEditor:
    """Make the editor, what is above it, and the line below it."""
    with ui.card().classes("fl-card").props("flat bordered"):
        with ui.row().classes("fl-toolbar"):
            RangePicker(tab)
            groups_select(tab)
            limit_input(tab)
            ui.space()
            SaveMenu(tab)
            buttons = RunButtons(tab)
        query = editor.QueryEditor(tab)
        buttons.on_format(query.format)
        buttons.status()
    return query


def _results(tab: TabState, rows: RowView) -> None:
    """Make the tabs with the views of a result: the grid, and those of ``VIEWS``."""
    with ui.row().classes("fl-toolbar fl-views"):
        with ui.tabs().props("dense no-caps align=left inline-label narrow-indicator") as tabs:
            ui.tab(ROWS, "Rows", icon="table_rows")
            for view in VIEWS:
                ui.tab(view.name, view.label, icon=view.icon)
        ui.space()
        tools = ui.row().classes("fl-tools")
    tabs.on_value_change(lambda event: tab.look_at(view=str(event.value)))
    with ui.tab_panels(tabs, value=tab.view, animated=False).classes("fl-panels"):
        with ui.tab_panel(ROWS):
            grid = ResultGrid(tab, rows, ValueMenu(tab, rows))
        for view in VIEWS:
            with ui.tab_panel(view.name):
                view(tab)
    with tools:
        grid.columns_button()
        DownloadMenu(tab)
        LinkButton(tab)


def _header(tab: TabState, notes: NotesPanel, fields: FieldsPanel, library: LibraryPanel) -> None:
    with ui.header().classes("fl-header").props("bordered"):
        fields.button()
        ui.label("flowlocal").classes("fl-brand")
        ui.label(", ".join(tab.opened.paths)).classes("fl-paths").tooltip(", ".join(tab.opened.paths))
        ui.space()
        library.button()
        notes.button()
        _keys()
        dark = ui.dark_mode(value=None)
        ui.button(icon="contrast", on_click=lambda: _turn(dark)).props('flat round dense aria-label="Light or dark"')


def _keys() -> None:
    """Make the button that lists the keys."""
    with ui.dialog() as dialog, ui.card().classes("fl-keys"):
        ui.label("Keys").classes("fl-title")
        for key, use in _KEYS.items():
            with ui.row().classes("fl-pair"):
                ui.label(key).classes("fl-key")
                ui.label(use)
    ui.button(icon="keyboard", on_click=dialog.open).props('flat round dense aria-label="Keys"').classes("fl-wide-only")


async def _turn(dark: ui.dark_mode) -> None:
    """Turn from light to dark or back, from what is shown."""
    is_dark = await ui.run_javascript("document.body.classList.contains('body--dark')")
    dark.set_value(not is_dark)
