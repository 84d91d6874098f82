"""The menu that downloads a result, in the formats of ``--output``."""

from __future__ import annotations

import asyncio
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from nicegui import ui

from flowlocal import outputs

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState
    from flowlocal.result import Result

FORMATS = {"csv": "CSV", "json": "JSON", "markdown": "Markdown", "parquet": "Parquet"}
"""Names of the formats, and what they are called."""


class DownloadMenu:
    """The menu of a tab.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        with ui.button("Download", icon="download").props("flat dense no-caps aria-haspopup=menu"), ui.menu():
            for name, label in FORMATS.items():
                ui.menu_item(label, partial(self._download, name))

    async def _download(self, name: str) -> None:
        """Download all rows of the result, not only those that are drawn."""
        answer = self._tab.answer
        if answer is None:
            ui.notify("There is no result yet: run the query first.", type="warning")
            return
        suffix = outputs.find(name).suffixes[0]
        ui.download.content(await asyncio.to_thread(written, answer.result, name), f"result{suffix}")


def written(result: Result, name: str) -> bytes:
    """Return a result as a file in a format."""
    stream = BytesIO()
    outputs.find(name).write(result, outputs.Sink(stream))
    return stream.getvalue()
