"""The server of the console: its address, the tabs that are open, and its end."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from nicegui import Client, app, ui

from flowlocal.console.guard import ConsoleSocket, Guard
from flowlocal.console.page import build_page
from flowlocal.console.queries import OpenedLogs
from flowlocal.terminal.exit_codes import debugging

Build = Callable[[list[tuple[str, str]]], Awaitable[None]]
"""Builds the page of a tab for the parameters of its address."""
STATIC = Path(__file__).parent / "static"
_PATIENCE = 60.0
"""Seconds in which a tab that was cut off, by a busy machine for example, finds its state again."""
_GRACE = 8.0
"""Seconds to wait for another tab after the last one was closed, as when a page is loaded again."""


@dataclass
class Console:
    """A console that can be served.

    Attributes:
        opened: the logs that it shows.
        listener: where it listens.
        keep: True to go on after the last tab was closed.
        start: start of the time range of new tabs.
        end: its end.
    """

    opened: OpenedLogs
    listener: ConsoleSocket
    keep: bool = False
    start: str | None = None
    end: str | None = None

    def serve(self) -> None:
        """Answer until Ctrl-C, or until the last tab was closed."""
        application = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        guard = Guard(application, self.listener)
        server = uvicorn.Server(uvicorn.Config(guard, log_level="error", timeout_graceful_shutdown=1))
        close = None if self.keep else lambda: setattr(server, "should_exit", True)
        _set_up(application, lambda asked: build_page(self.opened, asked, self.start, self.end), close)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[self.listener.socket])


def _set_up(application: FastAPI, build: Build, close: Callable[[], None] | None) -> None:
    """Make the page a part of an application."""
    logging.getLogger("nicegui").setLevel(logging.CRITICAL)  # it prints tracebacks
    app.on_exception(_report)
    app.add_static_files("/static", STATIC, max_cache_age=0)

    @ui.page("/")
    async def console(request: Request) -> None:
        if close is not None:
            ui.context.client.on_disconnect(lambda: _close_if_last(close))
        await build(request.query_params.multi_items())

    ui.run_with(
        application,
        title="flowlocal console",
        favicon=STATIC / "icon.svg",
        dark=None,
        language="en-US",
        tailwind=False,
        gzip_middleware_factory=None,  # nothing is gained on one machine
        reconnect_timeout=_PATIENCE,
        show_welcome_message=False,
    )


def _report(error: Exception) -> None:
    """Say on standard error that there is a defect."""
    if debugging():
        traceback.print_exception(error)
    print(
        f"flowlocal: this is a defect of the console, please report it: {type(error).__name__}: {error}",
        file=sys.stderr,
    )


async def _close_if_last(close: Callable[[], None]) -> None:
    await asyncio.sleep(_GRACE)
    if not any(client.has_socket_connection for client in Client.instances.values()):
        close()
