"""The option ``--memory``, and the end of a process that needs far more."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import click

from flowlocal import memory_limits
from flowlocal.sizes import QUERY_MEMORY, megabytes
from flowlocal.terminal import screen

_SPARED = 0.9
"""Share of the free space of a disk that a query may fill."""
_UNREADABLE = 3
_CLEAR_LINE, _SHOW_CURSOR = "\r\x1b[K", "\x1b[?25h"


def _bound(context: click.Context, parameter: click.Parameter, text: str | None) -> None:
    """Set the variables that Polars reads when it is loaded; those that are set are kept unless the option is given."""
    try:
        budget = str(megabytes(QUERY_MEMORY if text is None else text))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    if "polars" in sys.modules:
        return
    os.environ[memory_limits.BUDGET] = os.environ.get(memory_limits.BUDGET, budget) if text is None else budget
    if (free := _free_megabytes()) is not None:
        os.environ.setdefault(memory_limits.DISK, str(free))


def _bound_and_watch(context: click.Context, parameter: click.Parameter, text: str | None) -> None:
    """Limit the memory of Polars, and end this process if it takes far more nevertheless."""
    _bound(context, parameter, text)
    if "polars" not in sys.modules:
        memory_limits.watch(_end)


def _end() -> NoReturn:
    """End this process: a running query of Polars cannot be interrupted in the middle of an expression."""
    steering = _CLEAR_LINE + _SHOW_CURSOR if screen.terminal(sys.stderr) else ""
    with suppress(OSError):  # past Python's streams, which another thread may hold
        os.write(2, f"{steering}flowlocal: {memory_limits.too_much()}\n".encode())
    memory_limits.remove_spilled(os.getpid())
    os._exit(_UNREADABLE)


def _free_megabytes() -> int | None:
    """Return the megabytes that a query may use of the disk to which Polars writes."""
    try:
        free = _free_bytes(os.environ.get(memory_limits.FOLDER, "/var/tmp"))  # noqa: S108 - Polars' own
    except OSError:  # not here; Polars knows where it writes
        return None
    return int(free * _SPARED / 1e6)


def _free_bytes(folder: str) -> int:
    if sys.platform == "win32":
        import shutil  # noqa: PLC0415 - slow, and not for --help

        return shutil.disk_usage(folder).free
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def exhausted(error: BaseException) -> str | None:
    """Return the message for a query that found the disk full; None for other errors."""
    if memory_limits.DISK not in str(error):
        return None
    return f"flowlocal: {memory_limits.DISK_FULL}; {memory_limits.full_disk_hint()}"


def _option(callback: Callable[[click.Context, click.Parameter, str | None], None]) -> Callable[[Any], Any]:
    return click.option(
        "--memory",
        metavar="SIZE",
        expose_value=False,
        callback=callback,
        help=f"Memory that a query uses before it writes the rest to files (default: {QUERY_MEMORY}).",
    )


option = _option(_bound_and_watch)
"""``--memory`` of commands that answer queries in this process."""
option_for_workers = _option(_bound)
"""The same for commands that answer queries in other processes."""
