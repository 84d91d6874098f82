"""``flowlocal conversations``: show both directions of the traffic as one row."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import click

from flowlocal.cli import _names, _options, _viewing
from flowlocal.sizes import MOST_ROWS, Unit
from flowlocal.terminal import delivery, errors, memory, notes, progress_bar, screen

_OPTIONAL = (
    *("*.interfaceType", "*.instance", "*.zone", "*.subnet", "*.country", "*.organization", "*.service"),
    *("*Packets", "*Flags", "first", "connections", "last", "serverBy", "protocol", "action"),
)
"""Columns that a narrow terminal leaves out, the least needed first."""


@click.command(name="conversations", short_help="Show both directions of the traffic as one row.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="[PATH]...")
@_options.output_format
@_options.output_file
@_options.time_range
@click.option("--limit", type=click.IntRange(min=1, max=MOST_ROWS), metavar="N", help="Show the N largest.")
@click.option(
    "--by",
    default="bytes",
    metavar="COLUMN",
    help="Column that decides the order, largest first, such as connections or last (default: bytes both ways).",
)
@_options.reading
@_options.names
@_options.with_names
@_viewing.options
@memory.option
@_options.progress
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    form: str | None,
    file: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int | None,
    by: str,
    progress: bool | None,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Show who talks to whom: a row for each client, server, server port and protocol in each PATH.

    A row has the bytes and packets that each side sent, the first and last record, TCP flags, and whether the traffic
    was accepted. The column serverBy says how the server was identified: by TCP flags, by ports, or by a guess.
    Traffic that several interfaces recorded is counted once.

    \b
    Examples:
      flowlocal conversations logs/ --limit 20
      flowlocal conversations logs/ --names names/ --with-names
      flowlocal conversations logs/ --start -24h --by connections -o csv
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal import api  # noqa: PLC0415 - not for --help
    from flowlocal.conversations import conversations  # noqa: PLC0415 - imports Polars

    chosen = delivery.choose(form, file)
    view = _viewing.view(asked, lambda: dict.fromkeys(("clientBytes", "serverBytes"), Unit.BYTES))
    view = view._replace(optional=_OPTIONAL)
    _options.check_range(start, end)
    names = _names.load(asked, "")
    logs = api.scan(
        _options.sources(paths, screen.terminal(sys.stdin)), **_options.opening(asked), start=start, end=end
    )
    with progress_bar.Bar(logs.source.total_bytes, progress) as bar:
        try:
            result = conversations(logs, start=start, end=end, by=by, limit=limit, on_bytes=bar.advance)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    result = result.with_names(names) if names and asked["with_names"] else result
    delivery.write(result, chosen, file, color=not no_color, view=view)
    for note in notes.notes(result):
        click.echo(note, err=True)
    _names.warn(names)
    return max(errors.code(result.report), _names.code(names))
