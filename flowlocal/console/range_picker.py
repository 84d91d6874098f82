"""The time range of a query: that of the logs, the last hours, or two times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.charts.scales import moment_text
from flowlocal.moments import to_datetime, to_range

if TYPE_CHECKING:
    from flowlocal.console.profile import LogProfile
    from flowlocal.console.tab import TabState

_LAST = {"15m": "15 minutes", "1h": "hour", "3h": "3 hours", "12h": "12 hours", "1d": "day", "1w": "week"}
_WHOLE = "All of the logs"


class RangePicker:
    """The button that shows the time range, and the menu that changes it.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        with ui.button(icon="schedule").props("outline no-caps align=left").classes("fl-range") as self._button:
            self._button.props('aria-label="Time range"')
            with ui.menu() as self._menu:
                self._build()
        tab.asked_changed.subscribe(self._show)
        self._show()

    def _build(self) -> None:
        with ui.column().classes("fl-range-menu"):
            with ui.row().classes("fl-chips"):
                whole = ui.button(_WHOLE, on_click=lambda: self._choose(None, None)).props(
                    "flat dense no-caps align=left"
                )
                self._tab.profiled.subscribe(lambda profile: whole.set_text(f"{_WHOLE}{_span(profile)}"))
                for ago, name in _LAST.items():
                    choose = lambda _, start=f"-{ago}": self._choose(start, None)  # noqa: E731
                    ui.button(f"Last {name}", on_click=choose).props("flat dense no-caps")
            ui.separator()
            hint = "2026-05-01T09:30, -3h"
            self._start = ui.input("From (UTC)", placeholder=hint, validation=_problem).props("dense outlined")
            self._end = ui.input("To (UTC), included", placeholder=hint, validation=_problem).props("dense outlined")
            self._start.on("keydown.enter", self._apply)
            self._end.on("keydown.enter", self._apply)
            ui.button("Apply", on_click=self._apply).props("unelevated no-caps color=primary")

    async def _apply(self) -> None:
        start, end = (box.value.strip() or None for box in (self._start, self._end))
        try:
            to_range(start, end)
        except ValueError as error:
            ui.notify(str(error), type="warning")
            return
        await self._choose(start, end)

    async def _choose(self, start: str | None, end: str | None) -> None:
        self._menu.close()
        self._tab.ask(start=start, end=end)
        await self._tab.execute()

    def _show(self) -> None:
        start, end = self._tab.question.start, self._tab.question.end
        self._button.set_text(range_in_words(start, end))
        self._start.set_value(start or "")
        self._end.set_value(end or "")


def range_in_words(start: str | None, end: str | None) -> str:
    """Return a time range in words."""
    if start is None and end is None:
        return _WHOLE
    if start is not None and start.startswith("-") and end is None:
        return f"Last {_LAST.get(start[1:], start[1:])}"
    return f"{_short(start) or 'start'} – {_short(end) or 'end'}"


def _span(profile: LogProfile) -> str:
    """Return the span of logs in words, as an addition."""
    if profile.span is None:
        return ""
    first, last = map(moment_text, profile.span)
    return f": {first} – {last} UTC"


def _short(moment: str | None) -> str:
    return re.sub(r"(:\d\d):00$", r"\1", (moment or "").replace("T", " ").removesuffix("Z"))


def _problem(text: str) -> str | None:
    """Return what is wrong with a time; None if nothing is."""
    try:
        if text.strip():
            to_datetime(text)
    except ValueError:
        return "not a time: expected 2026-05-01T09:30, or -3h"
    return None
