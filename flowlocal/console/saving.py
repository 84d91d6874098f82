"""The menu that saves the query of a tab, as a query or as a regression case."""

from __future__ import annotations

import asyncio
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.console.library import name_of
from flowlocal.shell.saved import NotSaved

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState

_SHOWN = 15_000
"""Milliseconds for which it is shown where something was saved."""


class SaveMenu:
    """The menu of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        with ui.button("Save", icon="save").props("flat dense no-caps aria-haspopup=menu"), ui.menu():
            ui.menu_item("Save query …", self._ask)
            ui.menu_item("Save as regression case", self._save_case)
        with ui.dialog() as self._dialog, ui.card().classes("fl-keys"):
            ui.label("Save query").classes("fl-title")
            self._name = ui.input("Name", on_change=self._named).props("outlined dense autofocus").classes("fl-wide")
            self._name.on("keydown.enter", self._save)
            self._note = ui.label().classes("fl-caption").props('aria-live="polite"')
            with ui.row().classes("fl-wide"):
                ui.space()
                ui.button("Cancel", on_click=self._dialog.close).props("flat no-caps")
                self._button = ui.button("Save", on_click=self._save).props("unelevated no-caps color=primary")

    def _ask(self) -> None:
        """Ask for a name."""
        self._name.set_value(name_of(self._tab.question.text))
        self._named()
        self._dialog.open()

    def _named(self) -> None:
        """Say what saving under this name does."""
        taken = self._name.value in self._tab.opened.saved.names()
        self._note.set_text(f"In {self._tab.opened.saved.folder}" + ("; this name is taken" if taken else ""))
        self._button.set_text("Replace" if taken else "Save")

    def _save(self) -> None:
        name = str(self._name.value or "")
        try:
            path = self._tab.opened.saved.write(name, self._tab.question.text, replace=self._button.text == "Replace")
        except NotSaved as error:
            ui.notify(str(error), type="warning", multi_line=True)
            return
        self._dialog.close()
        ui.notify(f"Saved as {path}; other queries can use it as ${name}()", type="positive", multi_line=True)

    async def _save_case(self) -> None:
        """Save the last answer with its query, and say how it is tested."""
        from flowlocal.console.case_writer import write_case  # noqa: PLC0415 - not for the first page
        from flowlocal.recording.errors import NotRecorded  # noqa: PLC0415
        from flowlocal.testing.case import WrongCase  # noqa: PLC0415

        answer = self._tab.answer
        if answer is None:
            ui.notify("There is no answer yet: run the query first.", type="warning")
            return
        try:
            path = await asyncio.to_thread(write_case, self._tab.opened, answer)
        except (NotRecorded, WrongCase) as error:
            hint = getattr(error, "hint", "")
            ui.notify("; ".join(filter(None, [str(error), hint])), type="warning", multi_line=True)
            return
        ui.notify(
            f"{len(answer.result):,} rows saved as {path}. To test it: flowlocal test {_typed(path)}",
            type="positive",
            multi_line=True,
            timeout=_SHOWN,
            close_button="Close",
        )


def _typed(path: Path) -> str:
    """Return a path as it is typed in a shell."""
    return f'"{path}"' if os.name == "nt" else shlex.quote(str(path))
