"""The button that copies a link to what a tab shows, and the address of the tab, which shows it again when reloaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal.console import link_page
from flowlocal.console.links import PageLink

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState

_COPY = """
(async () => {
  const link = location.origin + %s;
  try { await navigator.clipboard.writeText(link); return [link, true]; } catch { return [link, false]; }
})()
"""


class LinkButton:
    """The button of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        self._client = ui.context.client
        ui.button("Link", icon="link", on_click=self._copy).props("flat dense no-caps").tooltip(
            "Copy a link to this query, time range and view"
        )
        with ui.dialog() as self._dialog, ui.card().classes("fl-keys"):
            ui.label("Copy this link").classes("fl-title")
            self._link = ui.input().props('outlined dense readonly aria-label="Link"').classes("fl-wide")
        tab.answered.subscribe(lambda _: self._remember())
        tab.view_changed.subscribe(self._remember)

    async def _copy(self) -> None:
        """Put the link into the clipboard; show it if the browser refuses."""
        address = json.dumps(f"{link_page.PATH}?{PageLink.of(self._tab).parameters}")
        link, copied = await self._client.run_javascript(_COPY % address)
        if copied:
            ui.notify("The link is in the clipboard. It opens in a browser that has opened the console.")
        else:
            self._link.set_value(link)
            self._dialog.open()

    def _remember(self) -> None:
        """Make what is shown a part of the tab's address."""
        parameters = json.dumps(f"?{PageLink.of(self._tab).parameters}")
        self._client.run_javascript(f"history.replaceState(history.state, '', {parameters})")
