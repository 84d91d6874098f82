"""The option for the history of queries."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

option: Callable[[Any], Any] = click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="FLOWLOCAL_HISTORY",
    metavar="FILE",
    help="History file (default: in the user's state directory); FLOWLOCAL_HISTORY does the same.",
)


def file_of(given: Path | None) -> Path:
    """Return the file of the history: the given one, or the user's.

    Raises:
        click.UsageError: it is a device without end, or a pipe that waits for a writer.
    """
    file = given or _default()
    if file.exists() and not file.is_file():
        raise click.UsageError(f"the history {file} is not a regular file")
    return file


def _default() -> Path:
    """Return the default file of the history, in the user's folder for the state of programs."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "flowlocal" / "history"
