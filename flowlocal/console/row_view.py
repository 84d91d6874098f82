"""One row: all fields of its event, and the whole line."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.charts.scales import moment_text
from flowlocal.values.kinds import FieldKind

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.tab import TabState

_MESSAGE = "@message"


class RowView:
    """The panel that shows a row of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        with ui.dialog().props('position=right full-height aria-label="Row"') as self._dialog, ui.card() as card:
            card.classes("fl-row")
            with ui.row().classes("fl-drawer-head"):
                self._title = ui.label().classes("fl-title")
                ui.space()
                ui.button(icon="close", on_click=self._dialog.close).props('flat round dense aria-label="Close row"')
            self._place = ui.label().classes("fl-caption fl-lines")
            self._list = ui.column().classes("fl-row-list")

    async def show(self, answer: AnsweredQuery, number: int) -> None:
        """Open the panel with a row of an answer."""
        result = answer.result
        self._title.set_text(f"Row {number + 1:,}")
        self._place.set_text("")
        columns = dict(zip(result.columns, result.printed.row(number), strict=True))
        self._fill(answer, columns, {})
        self._dialog.open()
        if result.pointers is not None:
            path, line = place_of(result.pointers[number])
            self._place.set_text(f"{path}:{line}")
            self._fill(answer, columns, await asyncio.to_thread(self._event, path, line))

    def _event(self, path: str, line: int) -> dict[str, str | None]:
        """Return all fields of an event; none if its file has changed."""
        from flowlocal.aws.operations.log_records import read_record  # noqa: PLC0415 - only when a row is opened

        events = self._tab.opened.logs.source
        found = read_record(events, path, line) or {}
        times = {name for name, field in events.fields.items() if field.kind is FieldKind.TIME}
        return {name: moment_text(int(value)) if name in times else value for name, value in found.items()}

    def _fill(self, answer: AnsweredQuery, columns: dict[str, str | None], event: dict[str, str | None]) -> None:
        shown = columns | event | columns  # the columns first, with their own values
        line = shown.pop(_MESSAGE, None)
        self._list.clear()
        with self._list:
            if line is not None:
                ui.label(line).classes("fl-line").props('aria-label="Whole line"')
            for name, value in shown.items():
                self._field(answer, name, value)

    def _field(self, answer: AnsweredQuery, name: str, value: str | None) -> None:
        with ui.row().classes("fl-pair"):
            ui.label(name).classes("fl-pair-name")
            ui.label("(missing)" if value is None else value).classes("fl-pair-value")
            if self._tab.can_refine(answer, name):
                for icon, word, exclude in (("add", "Include", False), ("remove", "Exclude", True)):
                    refine = partial(self._refine, answer, name, value, exclude)
                    button = ui.button(icon=icon, on_click=refine).props("flat dense round size=sm")
                    button.props["aria-label"] = f"{word} {name}"

    async def _refine(self, answer: AnsweredQuery, name: str, value: str | None, exclude: bool) -> None:
        self._dialog.close()
        await self._tab.refine_result(answer, name, value, exclude=exclude)


def place_of(pointer: str) -> tuple[str, int]:
    """Return the file and the 1-based line that ``@ptr`` leads to."""
    line, _, path = urlsafe_b64decode(pointer.encode()).decode(errors="surrogateescape").partition(":")
    return path, int(line)
