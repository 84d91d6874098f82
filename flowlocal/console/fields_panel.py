"""The fields of the logs, with their coverage and most frequent values; each value filters the query with one click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.console.profile import FieldProfile, LogProfile, share_of

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState


class FieldsPanel:
    """The drawer with the fields of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        self._drawer = ui.left_drawer(value=False, bordered=True).classes("fl-drawer fl-fields")
        self._drawer.props('show-if-above width=270 breakpoint=1100 aria-label="Fields"')
        with self._drawer:
            with ui.row().classes("fl-drawer-head"):
                ui.label("Fields").classes("fl-title")
                ui.space()
                self._note = ui.label("reading …").classes("fl-caption")
            search = ui.input(placeholder="Find a field").props('dense outlined clearable aria-label="Find a field"')
            search.classes("fl-wide")
            self._list = ui.column().classes("fl-field-list")
        search.on_value_change(lambda event: self._find(event.value or ""))
        self._items: dict[str, ui.expansion] = {}
        tab.profiled.subscribe(self._fill)

    def button(self) -> None:
        """Make the button that opens and closes the drawer."""
        ui.button(icon="menu", on_click=self._drawer.toggle).props('flat round dense aria-label="Fields"')

    def _fill(self, profile: LogProfile) -> None:
        self._note.set_text("share of events" if profile.is_whole else f"of the first {profile.events:,}")
        with self._list:
            for field in profile.fields:
                self._items[field.name] = self._item(field, profile)

    def _item(self, field: FieldProfile, profile: LogProfile) -> ui.expansion:
        with ui.expansion().classes("fl-field").props("dense dense-toggle") as item:
            item.props["toggle-aria-label"] = f"{field.name}, {share_of(field.filled, profile.events)} of events"
            with item.add_slot("header"), ui.row().classes("fl-field-head"):
                ui.label(field.name).classes("fl-field-name")
                ui.space()
                ui.label(share_of(field.filled, profile.events)).classes("fl-caption")
            values = ui.column().classes("fl-values")
        item.on_value_change(lambda: self._open(values, field, profile))
        return item

    def _open(self, values: ui.column, field: FieldProfile, profile: LogProfile) -> None:
        """Show the values of a field that is opened for the first time: those of all fields take long to draw."""
        if any(values):
            return
        with values:
            ui.label(f"{field.kind}, in {field.filled:,} of {profile.events:,} events").classes("fl-caption")
            for value, count in field.values:
                self._value(field, value, count, profile.events)

    def _value(self, field: FieldProfile, value: str, count: int, events: int) -> None:
        def refine(exclude: bool) -> object:
            return self._tab.refine(field.name, value, exclude=exclude, number=field.is_number, of_events=True)

        with ui.row().classes("fl-value"):
            with ui.element("div").classes("fl-value-text"):
                ui.element("div").classes("fl-value-bar").style(f"width: {100 * count / max(events, 1):.1f}%")
                ui.label(value).tooltip(f"{count:,} events")
            ui.label(share_of(count, events)).classes("fl-caption")
            for icon, word, exclude in (("add", "Include", False), ("remove", "Exclude", True)):
                button = ui.button(icon=icon, on_click=partial(refine, exclude)).props("flat dense round size=xs")
                button.props["aria-label"] = f"{word} {field.name} {value}"

    def _find(self, text: str) -> None:
        for name, item in self._items.items():
            item.set_visibility(text.lower() in name.lower())
