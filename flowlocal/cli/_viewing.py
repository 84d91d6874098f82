"""How a table is shown on the terminal: all rows, wide or vertical, with amounts that people can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from flowlocal.cli import _options
from flowlocal.outputs import TableView

if TYPE_CHECKING:
    from flowlocal.sizes import Unit

options: Callable[[Any], Any] = _options.together(
    [
        click.option(
            "--all",
            "every_row",
            is_flag=True,
            help="Show every row of a table on a terminal (default: the first and last 20 if there are more than fit).",
        ),
        click.option("--wide", is_flag=True, help="Show one line per row of a table, never folded."),
        click.option("--vertical", is_flag=True, help="Show a block per row of a table, with one line per field."),
        click.option(
            "--human", is_flag=True, help="Show bytes and rates in a table also as people write them: 6.0 GB, 1.2 MB/s."
        ),
    ]
)


def view(asked: dict[str, Any], units: Callable[[], Mapping[str, Unit]]) -> TableView:
    """Return how the options, which are taken out, show a table.

    Args:
        asked: the values of ``options``.
        units: returns the units of the columns; called only if they are wanted.
    """
    every_row, wide, vertical, human = (asked.pop(name) for name in ("every_row", "wide", "vertical", "human"))
    if wide and vertical:
        raise click.UsageError("--wide and --vertical exclude each other")
    return TableView(every_row, wide, vertical, units() if human else {})


def units_of(query: str, parameters: Mapping[str, str]) -> dict[str, Unit]:
    """Return the units of the columns of a query with parameters."""
    from flowlocal.data_units import units_of as units  # noqa: PLC0415 - loads Polars

    return units(query, parameters)
