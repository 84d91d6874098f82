"""``flowlocal record``: run a query on CloudWatch Logs, and keep its events and answer as a regression case."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowlocal.cli import _asking, _options
from flowlocal.terminal import delivery, notes, screen

if TYPE_CHECKING:
    from flowlocal.recording.recorder import Recorded

_HOUR = 3600
_MOST = 10_000


@click.command(short_help="Keep a query of CloudWatch Logs with its answer as a regression case.")
@click.argument("query", nargs=-1, metavar="QUERY")
@click.option(
    "-f",
    "--file",
    "query_file",
    metavar="FILE",
    shell_complete=_asking.complete,
    help="Read the query from FILE, or from cookbook:NAME.",
)
@click.option(
    "--log-group",
    "groups",
    multiple=True,
    required=True,
    callback=_options.texts,
    metavar="NAME",
    help="A log group to query: its name, or its ARN if it is another account's; can be repeated.",
)
@_options.time_range
@click.option("--profile", callback=_options.texts, metavar="NAME", help="Profile of the AWS configuration.")
@click.option("--region", callback=_options.texts, metavar="NAME", help="Region of the log groups.")
@click.option("--endpoint-url", callback=_options.texts, metavar="URL", help="Ask URL instead of AWS.")
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    shell_complete=_options.files,
    metavar="FILE",
    help="File of the case, such as ports.insights.toml.",
)
@click.option(
    "--mask",
    is_flag=True,
    help="Replace accounts, resource ids, ARNs and addresses by those of documentation.",
)
@click.option(
    "--limit-events",
    type=click.IntRange(1, 100_000),
    default=_MOST,
    show_default=True,
    help="Refuse to record a case with more events.",
)
@_options.table("; it becomes part of the case")
@_options.progress
def command(  # noqa: PLR0917 - click gives them by name
    query: Sequence[str],
    query_file: str | None,
    groups: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    file: str,
    mask: bool,
    limit_events: int,
    tables: Mapping[str, str],
    progress: bool | None,
) -> int:
    """Run QUERY on CloudWatch Logs, fetch the events that it ran over, and write both with the answer to a case.

    `flowlocal test FILE` then compares the local answer with the service's. The time range is the last hour unless
    --start and --end name another one. The query costs what it costs in the console.

    A case contains log events: read it before you share it. --mask replaces identifiers, not what people wrote.

    \b
    Examples:
      flowlocal record 'stats count(*) as n by action' --log-group vpc-flow-logs -o actions.insights.toml --mask
      flowlocal test actions.insights.toml
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.recording.recorder import Wanted, record  # noqa: PLC0415 - not for --help
    from flowlocal.recording.service import connect  # noqa: PLC0415

    asking, more = _asking.split(query, query_file)
    if more:
        raise click.UsageError(f"unexpected argument {more[0]!r}: record reads log groups, not files")
    if not Path(file).parent.is_dir():  # said now, not after a query that is paid for
        raise click.UsageError(f"cannot write {file}: there is no such folder")
    first, last = _range(start, end)
    wanted = Wanted(
        asking.text, groups, first, last, limit_events, _texts({**asking.tables, **tables}, asking.text), mask
    )
    with _Progress(progress) as shown:
        recorded = record(connect(profile, region, endpoint_url), wanted, shown.say)
    delivery.deliver(lambda sink: sink.write(recorded.text), file, color=False)
    return _report(recorded, file)


def _range(start: datetime | None, end: datetime | None) -> tuple[int, int]:
    """Return the whole seconds of the time range; the last hour by default."""
    last = int(time.time()) if end is None else int(end.timestamp())
    first = last - _HOUR if start is None else int(start.timestamp())
    if first > last:
        raise click.UsageError("--start is later than --end")
    if first < 0:
        raise click.UsageError("--start is before 1970, which the service does not take")
    return first, last


def _texts(tables: Mapping[str, str], query: str) -> dict[str, str]:
    """Return the lookup tables that the query may name."""
    from flowlocal.small_files import read_text  # noqa: PLC0415 - not for --help

    try:
        return {name: read_text(path).rstrip("\n") + "\n" for name, path in tables.items() if name in query}
    except OSError as error:
        raise click.UsageError(f"cannot read --table {error.filename}: {error.strerror}") from error


def _report(recorded: Recorded, file: str) -> int:
    """Print what was recorded, and whether flowlocal answers alike; return the exit code."""
    from flowlocal.recording.recorder import holds, why_not  # noqa: PLC0415 - loaded before
    from flowlocal.testing.report import lines  # noqa: PLC0415

    answer = "a refused query" if recorded.rows is None else notes.several(recorded.rows, "row")
    click.echo(f"flowlocal: {answer} over {notes.several(recorded.events, 'event')} recorded in {file}", err=True)
    if holds(recorded):
        return 0
    for line in lines([recorded.outcome], [], color=screen.color(sys.stderr)):
        click.echo(line, err=True)
    for note in why_not(recorded):
        click.echo(f"flowlocal: {note}", err=True)
    click.echo("flowlocal: the local answer differs; if nothing above explains it, please send the case in", err=True)
    return 1


class _Progress:
    """One line on standard error that says what is being done; on a terminal unless it is asked for."""

    def __init__(self, wanted: bool | None) -> None:
        self._shown = screen.terminal(sys.stderr) if wanted is None else wanted

    def __enter__(self) -> _Progress:
        return self

    def say(self, text: str) -> None:
        """Replace the line."""
        if self._shown:
            click.echo(
                f"\r\x1b[Kflowlocal: {text}" if screen.terminal(sys.stderr) else f"flowlocal: {text}",
                err=True,
                nl=not screen.terminal(sys.stderr),
            )

    def __exit__(self, *_error: object) -> None:
        if self._shown and screen.terminal(sys.stderr):
            click.echo("\r\x1b[K", err=True, nl=False)
