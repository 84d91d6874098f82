"""Options and arguments that several subcommands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from flowlocal.moments import to_datetime

Function = TypeVar("Function", bound=Callable[..., Any])


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes an argument: leave it to the shell to complete a file."""
    return [CompletionItem(incomplete, type="file")]


def moment(context: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    """Turns an option's text into a point in time, or refuses it with what could be written."""
    try:
        return None if text is None else to_datetime(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def together(decorators: Sequence[Callable[[Function], Function]]) -> Callable[[Function], Function]:
    """One decorator out of several; options show in the order given."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def named(given: Sequence[str], *, by_stem: bool = False) -> dict[str, str]:
    """Values by name, from ``NAME=VALUE``; ``by_stem`` takes a file without a name by the stem of its own."""
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals and by_stem:
            name, value = PurePath(text).stem, text
        elif not (equals and name):
            raise click.BadParameter(f"write NAME=VALUE in place of {text!r}")
        pairs[name] = value
    return pairs


time_range: Callable[[Any], Any] = together(
    [
        click.option(
            "--start", metavar="TIME", callback=moment, help="First moment that counts: ISO 8601, epoch seconds, -3h."
        ),
        click.option("--end", metavar="TIME", callback=moment, help="Last moment that counts, to the whole second."),
    ]
)

reading: Callable[[Any], Any] = together(
    [
        click.option("--log-group", metavar="NAME", help="The log group that the events are said to be in (@log)."),
        click.option(
            "--log-format",
            metavar="FORMAT",
            help="Layout of custom records, as given to CreateFlowLogs: '${version} ${account-id} ...'.",
        ),
        click.option("--strict", is_flag=True, help="Refuse lines that are no flow log record (exit code 3)."),
    ]
)

inserts: Callable[[Any], Any] = together(
    [
        click.option(
            "-p",
            "--param",
            "parameters",
            multiple=True,
            metavar="NAME=VALUE",
            callback=lambda _context, _parameter, given: named(given),
            help="What {{NAME}} in the query stands for.",
        ),
        click.option(
            "--table",
            "tables",
            multiple=True,
            metavar="[NAME=]FILE",
            shell_complete=files,
            callback=lambda _context, _parameter, given: named(given, by_stem=True),
            help="A CSV file for lookup and cidrlookup; those beside -f FILE are found by themselves.",
        ),
    ]
)

no_color: Callable[[Any], Any] = click.option(
    "--no-color", is_flag=True, help="No colours on the terminal; NO_COLOR=1 does the same."
)

progress: Callable[[Any], Any] = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show a progress bar at once, or never; by default after a second, on a terminal.",
)


def sources(paths: Sequence[str], stdin_is_terminal: bool) -> list[str]:
    """The paths to read: those given, else standard input, unless a person sits there and would wait for ever."""
    if paths:
        return list(paths)
    if stdin_is_terminal:
        raise click.UsageError("name a file or directory to read, or pipe logs in")
    return ["-"]


def check_range(start: datetime | None, end: datetime | None) -> None:
    """Refuse a range that ends before it starts."""
    if start and end and start > end:
        raise click.UsageError("--start is later than --end")
