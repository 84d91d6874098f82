"""Options and arguments that several subcommands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from flowlocal import outputs
from flowlocal.moments import to_datetime
from flowlocal.sizes import SPOOL, SPOOL_VARIABLE, megabytes

Paths = list[str] | dict[str, list[str]]
"""Paths to read, perhaps by the names of their log groups."""
Function = TypeVar("Function", bound=Callable[..., Any])

RENAMED = {"--lookup": "--table", "--parameter": "--param"}
"""New names of options by their old ones; a command line with an old one is refused with the new name."""


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an argument: the shell completes files."""
    return [CompletionItem(incomplete, type="file")]


def moment(context: click.Context, parameter: click.Parameter, text: str | None) -> datetime | None:
    """Convert an option's text to a point in time, or refuse it with the valid forms."""
    try:
        return None if text is None else to_datetime(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def utf8(text: str) -> str:
    """Return an argument as text in UTF-8, whatever the locale.

    Raises:
        click.BadParameter: it is not UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError:  # Python keeps bytes that it could not read as lone surrogates
        try:
            return os.fsencode(text).decode()
        except UnicodeError:
            raise click.BadParameter(f"{text[:100]!r} is not valid UTF-8 text") from None
    return text


def texts(_context: click.Context, _parameter: click.Parameter, given: Any) -> Any:  # noqa: ANN401 - one, several, none
    """Return the value of an option, which may be one text or several, in UTF-8."""
    return tuple(map(utf8, given)) if isinstance(given, tuple) else given and utf8(given)


def together(decorators: Sequence[Callable[[Function], Function]]) -> Callable[[Function], Function]:
    """Combine several decorators; options are shown in the given order."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def named(given: Sequence[str], *, by_stem: bool = False) -> dict[str, str]:
    """Return values by name, from ``NAME=VALUE``; with ``by_stem``, a file without a name has its stem as name."""
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals and by_stem:
            name, value = PurePath(text).stem, text
        elif not (equals and name):
            raise click.BadParameter(f"write NAME=VALUE instead of {text!r}")
        pairs[name] = value
    return pairs


class _FormatName(click.Choice[str]):
    """The name of a format; the error for a file in its place names ``--output``."""

    name = "format"

    def get_invalid_choice_message(self, value: str, ctx: click.Context | None) -> str:
        """Return the message for a value that is not the name of a format."""
        message = super().get_invalid_choice_message(value, ctx)
        writes = ctx is not None and any("--output" in each.opts for each in ctx.command.params)
        return f"{message} To write to a file, use --output {value}" if writes and set("./") & set(value) else message


def format_option(names: Sequence[str], summary: str, default: str | None = None) -> Callable[[Any], Any]:
    """Return the option ``-o``, which chooses one of several formats."""
    return click.option("-o", "--format", "form", type=_FormatName(names), default=default, help=summary)


output_format = format_option(outputs.names(), "Output format (default: table on a terminal, jsonl otherwise).")

output_file: Callable[[Any], Any] = click.option(
    "--output",
    "file",
    shell_complete=files,
    metavar="FILE",
    help="Write to FILE; its suffix decides the format.",
)


def configured(name: str) -> bool:
    """Return True if the value of a parameter is that of the configuration, not of the command line."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.DEFAULT_MAP


_GROUPS = "flowlocal.log-groups"


def log_group(context: click.Context, given: Sequence[str]) -> str | None:
    """Return the log group of the arguments; groups with paths of their own are kept for ``sources``."""
    groups: dict[str, list[str]] = {}
    own = None
    for text in given:
        name, equals, path = text.partition("=")
        name = utf8(name)
        if not name or (equals and not path) or (not equals and own is not None):
            raise click.BadParameter("give one NAME for the arguments, and NAME=PATH for each further log group")
        if equals:
            groups.setdefault(name, []).append(path)
        else:
            own = name
    context.meta[_GROUPS] = (own, groups)
    return None if groups else own


time_range: Callable[[Any], Any] = together(
    [
        click.option(
            "--start",
            metavar="TIME",
            callback=moment,
            help="Start of the time range (ISO 8601, epoch seconds, or relative: -3h).",
        ),
        click.option(
            "--end", metavar="TIME", callback=moment, help="End of the time range, included to the whole second."
        ),
    ]
)

log_format: Callable[[Any], Any] = click.option(
    "--log-format",
    callback=texts,
    metavar="FORMAT",
    help="Layout of custom records, as given to CreateFlowLogs: '${version} ${account-id} ...'.",
)


own_log_group: Callable[[Any], Any] = click.option(
    "--log-group",
    callback=texts,
    metavar="NAME",
    help="Log group of the events (@log).",
)


def _spool(context: click.Context, parameter: click.Parameter, text: str | None) -> None:
    try:
        if text is not None and megabytes(text):
            os.environ[SPOOL_VARIABLE] = text
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


spool: Callable[[Any], Any] = click.option(
    "--spool",
    metavar="SIZE",
    expose_value=False,
    callback=_spool,
    help=f"Disk space that standard input or a pipe may take while it is read (default: {SPOOL}).",
)

reading: Callable[[Any], Any] = together(
    [
        click.option(
            "--log-group",
            metavar="NAME[=PATH]",
            multiple=True,
            shell_complete=files,
            callback=lambda context, _parameter, given: log_group(context, given),
            help="Log group of the events (@log); NAME=PATH reads a further group, for SOURCE, join and subqueries.",
        ),
        log_format,
        click.option(
            "--strict/--no-strict", default=False, help="Refuse lines that are not flow log records (exit code 3)."
        ),
        spool,
    ]
)


def opening(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of ``reading`` as arguments of ``flowlocal.scan``."""
    return {name: asked[name] for name in ("log_group", "log_format", "strict")} | {"partial_answer": True}


def table(more: str = "") -> Callable[[Any], Any]:
    """Return the option for lookup tables; ``more`` is added to its help."""
    return click.option(
        "--table",
        "tables",
        multiple=True,
        metavar="[NAME=]FILE",
        shell_complete=files,
        callback=lambda _context, _parameter, given: named(given, by_stem=True),
        help=f"A table for lookup and cidrlookup, such as a CSV file{more}.",
    )


param: Callable[[Any], Any] = click.option(
    "-p",
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    callback=lambda _context, _parameter, given: named(tuple(map(utf8, given))),
    help="Value of {{NAME}} in the query; can be repeated.",
)

names: Callable[[Any], Any] = click.option(
    "--names",
    multiple=True,
    metavar="FOLDER",
    shell_complete=files,
    callback=texts,
    help="Take every lookup table in FOLDER: the JSON of `aws ec2 describe-...`, ip-ranges.json, .mmdb, CSV.",
)
with_names: Callable[[Any], Any] = click.option(
    "--with-names", is_flag=True, help="Show names beside addresses and ids (needs --names)."
)

inserts: Callable[[Any], Any] = together([param, table("; those beside -f FILE are found without it"), names])

no_color: Callable[[Any], Any] = click.option(
    "--no-color", is_flag=True, help="Disable colours on the terminal; NO_COLOR=1 does the same."
)

progress: Callable[[Any], Any] = click.option(
    "--progress/--no-progress",
    default=None,
    help="Show a progress bar at once, or never (default: after a second on a terminal).",
)


def sources(paths: Sequence[str], stdin_is_terminal: bool) -> Paths:
    """Return the paths to read: those given, else standard input, unless it is a terminal.

    If there are log groups with paths of their own, all paths are given by group.
    """
    own, groups = click.get_current_context().meta.get(_GROUPS, (None, {}))
    if groups and not (paths or own):
        return dict(groups)
    found = flat(paths, stdin_is_terminal)
    return {own or "flowlocal": found, **groups} if groups else found


def flat(paths: Sequence[str], stdin_is_terminal: bool) -> list[str]:
    """Return paths as ``sources`` does, without log groups."""
    if paths:
        return list(paths)
    if stdin_is_terminal:
        raise click.UsageError("name a file or directory to read, or pipe logs in")
    return ["-"]


def check_range(start: datetime | None, end: datetime | None) -> None:
    """Refuse a range that ends before it starts."""
    if start and end and start > end:
        raise click.UsageError("--start is later than --end")
