"""``flowlocal config``: show the effective settings and their origin."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from flowlocal.cli import _defaults
from flowlocal.terminal import screen


@click.command(name="config", short_help="Show the effective settings and their origin.")
def command() -> None:
    """Show the effective settings of the working directory and their origin.

    Settings are the defaults of options. They are in flowlocal.toml, or in pyproject.toml under [tool.flowlocal]; the
    nearest such file counts, from the working directory upwards. A variable FLOWLOCAL_... comes before the file, an
    option on the command line before both.
    """
    from flowlocal.outputs.table import render  # noqa: PLC0415 - not for --help

    cells = [list(column) for column in zip(*_rows(), strict=True)]
    color = screen.color(sys.stdout, _defaults.configuration().values.get("color", True))
    for line in render(["setting", "value", "from", "variable"], cells, width=screen.width(sys.stdout), color=color):
        click.echo(line)


def _rows() -> Iterator[tuple[str, str, str, str]]:
    from flowlocal.configuration import SETTINGS  # noqa: PLC0415 - not for --help

    found = _defaults.configuration()
    for name, setting in SETTINGS.items():
        value = _written(found.values[name]) if name in found.values else setting.unset
        yield name, value, found.origins.get(name, "default"), setting.variable


def _written(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name} = {file}" for name, file in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
