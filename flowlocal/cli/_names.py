"""Names from folders: what ``--names`` takes, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from flowlocal.ansi import one_line
from flowlocal.cli import _options

if TYPE_CHECKING:
    from flowlocal.lookups.folder import Names


def load(asked: dict[str, Any], query: str, *, quiet: bool = False) -> Names | None:
    """Return the names of the options; say on standard error what was taken. Results warn of what was not.

    Those that the configuration names are read only if they are used, and then in silence.

    Args:
        asked: the options: ``names``, paths of folders and files, and ``with_names``.
        query: the text of the queries that may name the tables.
        quiet: True to say nothing.

    Raises:
        click.UsageError: names are wanted, and no folder is named.
        UnreadableInput: a path does not exist.
    """
    paths, used = asked["names"], asked.get("with_names", False)
    if not paths:
        if used:
            raise click.UsageError("name the folder with names as well: --names FOLDER")
        return None
    configured = _options.configured("names")
    if configured and not used and "lookup" not in query.lower():
        return None
    from flowlocal.lookups.folder import Names  # noqa: PLC0415 - loads Polars

    names = Names.of(*paths)
    if not (quiet or configured):
        click.echo(f"flowlocal: {one_line(names.summary)}", err=True)
    return names


def warn(names: Names | None) -> None:
    """Say on standard error which files were not taken; for commands without a result, which says it itself."""
    for refused in names.refused if names is not None else ():
        click.echo(f"flowlocal: {one_line(str(refused))}", err=True)


def code(names: Names | None) -> int:
    """Return the exit code: 3 if a file of names is damaged, else 0."""
    return 3 if names is not None and names.damaged else 0
