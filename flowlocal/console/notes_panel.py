"""The notes on an answer, in a drawer: why it may not be what was meant, and what was odd in the logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.console.code_text import CodeText
from flowlocal.terminal.notes import folded

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.tab import TabState


class NotesPanel:
    """The button with the number of notes, and the drawer.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._drawer = ui.right_drawer(value=False, bordered=True).classes("fl-drawer").props("overlay width=380")
        self._drawer.props('aria-label="Notes"')
        with self._drawer:
            with ui.row().classes("fl-drawer-head"):
                ui.label("Notes").classes("fl-title")
                ui.space()
                ui.button(icon="close", on_click=self._drawer.hide).props('flat round dense aria-label="Close notes"')
            self._list = ui.column().classes("fl-notes").props('aria-live="polite"')
        tab.answered.subscribe(self._show)

    def button(self) -> None:
        """Make the button that opens the drawer."""
        self._button = ui.button("Notes", icon="lightbulb", on_click=self._drawer.toggle).props("flat dense no-caps")
        with self._button:
            self._count = ui.badge("0", color="warning").props("floating").classes("fl-count")
        self._button.set_visibility(False)

    def _show(self, answer: AnsweredQuery) -> None:
        found = list(notes_of(answer))
        self._button.set_visibility(bool(found))
        self._count.set_text(str(len(found)))
        self._list.clear()
        with self._list:
            for icon, message, more in found:
                with ui.row().classes("fl-note"):
                    ui.icon(icon)
                    with ui.column().classes("fl-note-text"):
                        CodeText(message)
                        if more:
                            CodeText(more).classes("fl-dim fl-lines")


def notes_of(answer: AnsweredQuery) -> Iterator[tuple[str, str, str]]:
    """Yield the icon, the text and details of each note."""
    result, report = answer.result, answer.result.report
    if result.truncated:
        shown, total = len(result), len(result) + result.truncated
        yield "content_cut", f"The first {shown:,} of {total:,} rows are shown.", "Raise the limit to see more."
    for note in result.notes:
        yield "lightbulb", f"{_sentence(note.message)} ({note.code})", _sentence(note.fix)
    if report.odd_count:
        lines = [f"{odd.path}:{odd.line}: {odd.reason}" for odd in report.odd_lines]
        rest = report.odd_count - len(report.odd_lines)
        more = "\n".join([*lines, *([f"and {rest:,} more"] if rest else [])])
        yield "report", f"{_sentence(report.odd_in_words)}; their events have @message alone.", more
    for warning in folded(report.warnings):
        yield "warning", warning, ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
