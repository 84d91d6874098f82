"""``flowlocal console``: a page in the browser over local logs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from flowlocal.cli import _defaults, _history, _names, _options, _saved_queries
from flowlocal.extras import needed_for
from flowlocal.terminal import memory

if TYPE_CHECKING:
    from flowlocal.console.guard import ConsoleSocket
    from flowlocal.console.queries import OpenedLogs

_PORT = 4587
_UNUSED = ("aiohttp", "requests", "tornado", "websocket", "pydantic.v1", "watchfiles")
"""Optional packages of NiceGUI's libraries that the console does not need, but that take time to import."""


@click.command(name="console", short_help="Query flow logs in the browser: editor, histogram, results to click on.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="[PATH]...")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"The port to listen on; 0 takes a free one (default: {_PORT}, or a free one if it is taken).",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--no-browser", is_flag=True, help="Print the address and leave opening it to you.")
@click.option("--keep", is_flag=True, help="Go on when the last tab is closed.")
@_options.time_range
@_options.reading
@_options.table()
@_options.names
@_options.with_names
@_saved_queries.option("saved queries")
@_history.option
@memory.option
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    port: int | None,
    host: str,
    no_browser: bool,
    keep: bool,
    queries: Path | None,
    history: Path | None,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Open a page in the browser with an editor, a histogram and results over the flow logs in each PATH.

    Without a PATH, it shows the logs of the current folder. Nothing leaves this machine: the page loads nothing from
    elsewhere, and only who has the printed address, which contains a token, can open it. It ends when the last tab is
    closed, or with Ctrl-C.

    \b
    Examples:
      flowlocal console logs/
      flowlocal console logs/ --start 2026-05-01 --no-browser
      flowlocal console --log-group web=logs/web --log-group db=logs/db
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    if "-" in paths:
        raise click.UsageError("the console reads logs again and again; name files instead of standard input")
    gc.disable()  # what is imported stays; looking for circles in it takes a tenth of the time
    _check_installed()
    _options.check_range(asked["start"], asked["end"])
    listener = _listen(host, port)
    opened = _open(paths, asked, queries, _history.file_of(history) if listener.is_private else None)  # of one user
    _greet(listener, browser=not no_browser)  # requests wait until they are answered, while the rest is loaded
    from flowlocal.shell.running import leave  # noqa: PLC0415

    start, end = (moment and moment.isoformat() for moment in (asked["start"], asked["end"]))
    with _not_installed(_UNUSED):
        from flowlocal.console.server import Console  # noqa: PLC0415 - an extra

        gc.freeze()
        gc.enable()
        Console(opened, listener, keep=keep, start=start, end=end).serve()
    leave(0)
    return 0


@contextmanager
def _not_installed(packages: Iterable[str]) -> Iterator[None]:
    """Let imports of optional packages fail, except of those that are loaded already."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None is what the import system looks for
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _greet(listener: ConsoleSocket, *, browser: bool) -> None:
    """Print the address, and open it."""
    if not listener.is_private:
        click.echo("flowlocal: everybody who has this address and reaches this port can read these logs", err=True)
    click.echo(f"flowlocal: console on {listener.address}; Ctrl-C stops it")
    sys.stdout.flush()
    if browser:
        import webbrowser  # noqa: PLC0415 - not for --help

        Thread(target=webbrowser.open, args=(listener.address,), daemon=True).start()


def _check_installed() -> None:
    with needed_for("the console", "console"):
        if find_spec("nicegui") is None:  # to import it takes a second
            raise ModuleNotFoundError(name="nicegui")


def _listen(host: str, port: int | None) -> ConsoleSocket:
    """Return a socket that listens; without a port, on the usual one or a free one."""
    from flowlocal.console.guard import ConsoleSocket  # noqa: PLC0415 - not for --help

    for candidate in (_PORT, 0) if port is None else (port,):
        try:
            return ConsoleSocket.of(host, candidate)
        except (OSError, OverflowError, TypeError, UnicodeError) as error:  # the last two for names that cannot be
            reason = error
    raise click.UsageError(f"cannot listen on {host}, port {port or 'any'}: {reason}")


def _open(paths: tuple[str, ...], asked: dict[str, Any], queries: Path | None, history: Path | None) -> OpenedLogs:
    from flowlocal import api  # noqa: PLC0415 - loads Polars
    from flowlocal.console.queries import OpenedLogs  # noqa: PLC0415
    from flowlocal.shell.saved import SavedQueries  # noqa: PLC0415

    sources = _options.sources(paths, stdin_is_terminal=False)
    if sources == ["-"]:
        sources = ["."]
    return OpenedLogs(
        api.scan(sources, **_options.opening(asked)),
        tuple(chain.from_iterable(sources.values()) if isinstance(sources, dict) else sources),
        SavedQueries(_saved_queries.folder_of(queries)),
        tables=_defaults.tables() | asked["tables"],
        names=_names.load(asked, "lookup"),
        with_names=asked["with_names"],
        history=history,
    )
