"""Defaults of the options of the subcommands, from the configuration.

Click asks a mapping for the defaults of a subcommand. It is read only when an option is looked up that was not given,
so that ``--help`` and completion never depend on it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from flowlocal.configuration import Configuration

_PARAMETERS = {
    "color": "no_color",
    "format": "form",
    "histogram": "histogram",
    "limit": "limit",
    "log_format": "log_format",
    "log_group": "log_group",
    "memory": "memory",
    "names": "names",
    "progress": "progress",
    "spool": "spool",
    "strict": "strict",
}
"""Settings by name, with the parameters whose defaults they are."""
_ONLY_QUERY = {"format", "limit"}
_SEVERAL_GROUPS = {"explain", "query", "report", "shell", "test"}
"""Subcommands whose option for log groups can be repeated."""
_CONFIGURED = {*_SEVERAL_GROUPS, "fields", "import"}
"""Subcommands whose options have such defaults."""


@cache
def configuration() -> Configuration:
    """Return the effective settings of the working directory.

    Raises:
        click.ClickException: one of them cannot be used.
    """
    from flowlocal.configuration import ConfigurationError, load, working_directory  # noqa: PLC0415 - not for --help

    try:
        return load(working_directory(), os.environ)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def tables() -> dict[str, str]:
    """Return the lookup tables of the configuration, by name."""
    return dict(configuration().values.get("tables", {}))


def queries() -> Path | None:
    """Return the folder of saved queries of the configuration."""
    folder = configuration().values.get("queries")
    return Path(folder) if folder else None


def _helping() -> bool:
    """Return True if help or a completion is asked for: click looks up defaults even then."""
    return "_FLOWLOCAL_COMPLETE" in os.environ or not {"-h", "--help"}.isdisjoint(sys.argv)


class Defaults(Mapping[str, Any]):
    """The defaults of a subcommand, or of the root by the names of subcommands."""

    def __init__(self, command: str | None = None) -> None:
        self._command = command

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - whatever an option takes
        known = _CONFIGURED if self._command is None else _PARAMETERS.values()
        if name not in known or _helping():
            raise KeyError(name)
        return Defaults(name) if self._command is None else self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(() if self._command is None else self._values())

    def __len__(self) -> int:
        return 0 if self._command is None else len(self._values())

    def __bool__(self) -> bool:
        return True

    def _values(self) -> dict[str, Any]:
        """Return the settings as values of the subcommand's parameters."""
        values = dict(configuration().values)
        if self._command != "query":
            values = {name: value for name, value in values.items() if name not in _ONLY_QUERY}
        if "color" in values:
            values["color"] = not values["color"]
        if self._command in _SEVERAL_GROUPS and "log_group" in values:
            values["log_group"] = (values["log_group"],)
        return {_PARAMETERS[name]: value for name, value in values.items() if name in _PARAMETERS}
