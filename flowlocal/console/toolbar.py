"""What a query is asked about, and the buttons that run and stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nicegui import events, ui

from flowlocal.console.code_text import CodeText
from flowlocal.sizes import MOST_ROWS
from flowlocal.terminal.notes import statistics

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery, QueryRun
    from flowlocal.console.tab import TabState


def limit_input(tab: TabState) -> None:
    """Make the input of the largest number of rows."""

    def changed(event: events.ValueChangeEventArguments[float | None]) -> None:
        given = event.value
        tab.ask(limit=int(given) if given and 1 <= given <= MOST_ROWS else None)

    box = ui.number("Limit", value=tab.question.limit, min=1, max=MOST_ROWS, precision=0, on_change=changed)
    box.props("dense outlined clearable placeholder=10,000 stack-label").classes("fl-limit")
    with box:
        ui.tooltip("The largest number of rows, unless the query has a limit of its own")


def groups_select(tab: TabState) -> None:
    """Make the choice of log groups; nothing if there is only one."""
    groups = list(tab.opened.logs.source.log_groups)
    if len(groups) < 2:
        return

    def changed(event: events.ValueChangeEventArguments[list[str]]) -> None:
        tab.ask(groups=tuple(event.value))

    ui.select(groups, label="Log groups", value=list(tab.question.groups), multiple=True, on_change=changed).props(
        "dense outlined stack-label use-chips options-dense"
    ).classes("fl-groups")


class RunButtons:
    """The buttons that run and stop the query, the progress and the statistics of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        self._ended = 0
        self._format = ui.button("Format", icon="format_align_left").props("flat dense no-caps").tooltip("Shift-Alt-F")
        self._run = ui.button("Run", icon="play_arrow", on_click=tab.execute).props("unelevated no-caps color=primary")
        self._run.tooltip("Ctrl-Enter")
        self._stop = ui.button("Stop", icon="stop", on_click=tab.stop).props("unelevated no-caps color=negative")
        self._stop.set_visibility(False)

    def on_format(self, format_query: Callable[[], None]) -> None:
        """Take what formats the query."""
        self._format.on_click(format_query)

    def status(self) -> None:
        """Make the line below the editor."""
        with ui.column().classes("fl-status") as self._status:
            self._bar = ui.linear_progress(value=0, show_value=False, size="3px").props("instant-feedback")
            self._text = ui.label("Ctrl-Enter runs the query.").props('role="status" aria-live="polite"')
            self._error = CodeText().classes("fl-error").props('role="alert"')
        self._bar.classes("fl-hidden")
        self._error.set_visibility(False)
        self._tab.started.subscribe(self._started)
        self._tab.progressed.subscribe(self._progressed)
        self._tab.answered.subscribe(self._answered)
        self._tab.failed.subscribe(self._failed)
        self._tab.stopped.subscribe(lambda: self._over("Stopped."))

    def _started(self) -> None:
        self._run.set_visibility(False)
        self._stop.set_visibility(True)
        self._bar.classes(remove="fl-hidden")
        self._error.set_visibility(False)
        self._text.set_text("Running …")

    def _progressed(self, run: QueryRun) -> None:
        if run.progress is not None:
            self._bar.set_value(round(run.progress, 2))
        if run.seconds > 0.3:
            share = "" if run.progress is None else f"{run.progress:.0%} read, "
            self._text.set_text(f"Running: {share}{run.seconds:.1f} s")

    def _answered(self, answer: AnsweredQuery) -> None:
        self._over(statistics(answer.result, answer.seconds))

    def _failed(self, message: str) -> None:
        self._over("")
        self._error.set_text(message)
        self._error.set_visibility(True)

    def _over(self, text: str) -> None:
        self._run.set_visibility(True)
        self._stop.set_visibility(False)
        self._bar.classes("fl-hidden")
        self._bar.set_value(0)
        self._text.set_text(text)
        self._ended += 1
        self._status.props(f"data-ended={self._ended}")
