"""How much of a query stays in memory; what is more goes to files while the query runs, by Polars' own means."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from flowlocal.sizes import QUERY_MEMORY, megabytes

_BUDGET, _DISK, _FOLDER = "POLARS_OOC_MEMORY_BUDGET_MB", "POLARS_OOC_DISK_BUDGET_MB", "POLARS_OOC_SPILL_DIR"
_SPARED = 0.9
"""Of the free space of a disk, what a query may fill."""


def _bound(context: click.Context, parameter: click.Parameter, text: str | None) -> None:
    """Tell Polars, which reads it when it is loaded; what its own variables say holds unless the option is given."""
    try:
        budget = str(megabytes(QUERY_MEMORY if text is None else text))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    if "polars" in sys.modules:
        return
    os.environ[_BUDGET] = os.environ.get(_BUDGET, budget) if text is None else budget
    if (free := _free_megabytes()) is not None:
        os.environ.setdefault(_DISK, str(free))


def _free_megabytes() -> int | None:
    """What a query may fill of the disk that Polars uses for it."""
    import shutil  # noqa: PLC0415 - slow, and not for --help

    try:
        return int(shutil.disk_usage(os.environ.get(_FOLDER, "/var/tmp")).free * _SPARED / 1e6)  # noqa: S108 - Polars' own
    except OSError:  # not here; Polars knows where it writes
        return None


def exhausted(error: BaseException) -> str | None:
    """The message for a query that found no more room on the disk; None for other errors."""
    if _DISK not in str(error):
        return None
    return (
        "flowlocal: this query holds more than it may in memory, and there is no room for the rest on the disk; "
        f"write a larger --memory than {QUERY_MEMORY}, or name a folder with more room in {_FOLDER}"
    )


option: Callable[[Any], Any] = click.option(
    "--memory",
    metavar="SIZE",
    expose_value=False,
    callback=_bound,
    help=f"How much a query may hold in memory, {QUERY_MEMORY} unless said; the rest goes to files until it is done.",
)
