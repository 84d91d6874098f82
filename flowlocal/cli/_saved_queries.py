"""The option for the folder of saved queries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from flowlocal.cli import _defaults


def option(what: str) -> Callable[[Any], Any]:
    """Return the option ``--queries``; its help says what is saved."""
    return click.option(
        "--queries",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIRECTORY",
        help=f"Folder of {what}, one file each (default: ./queries, or as configured).",
    )


def folder_of(given: Path | None) -> Path:
    """Return the folder of the saved queries: the given one, the configured one, or ``queries``."""
    return (given or _defaults.queries() or Path("queries")).expanduser()
