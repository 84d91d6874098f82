"""``flowlocal serve``."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from flowlocal.cli import _options
from flowlocal.terminal import memory

if TYPE_CHECKING:
    from flowlocal.aws.endpoint import Endpoint
    from flowlocal.aws.local_groups import FileGroup
    from flowlocal.aws.queries import Query

DEFAULT_GROUP = "flowlocal"
_SHOWN = 300
"""Characters of a query that are shown in a note."""


@click.command(short_help="The CloudWatch Logs API over local files.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--port", default=4586, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--log-group",
    "groups",
    multiple=True,
    metavar="NAME[=PATH]",
    help="A log group and where its events are, several times if you like; without a path, the group of the PATHs.",
)
@_options.log_format
@memory.option_for_workers
def command(paths: Sequence[str], port: int, host: str, groups: Sequence[str], log_format: str | None) -> None:
    """Answer the CloudWatch Logs API on this machine: StartQuery and its kin, over local logs.

    The events of PATHs (files, directories, globs) are those of the log group "flowlocal". More groups can be written
    through the API (CreateLogGroup, PutLogEvents); they are forgotten at the end.

    \b
      flowlocal serve logs/ --log-group lambda=exported/ &
      export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=http://127.0.0.1:4586
      aws logs describe-log-groups --no-sign-request --region us-east-1
    """  # noqa: D301 - \b is a character that click reads
    from flowlocal.aws.endpoint import Endpoint, is_loopback  # noqa: PLC0415 - not for --help
    from flowlocal.aws.local_store import LocalStore  # noqa: PLC0415

    store = LocalStore(_groups(paths, groups, log_format), _Notes().ended)
    try:
        endpoint = Endpoint(host, port, store)
    except UnicodeError as error:  # what Python makes of names that IDNA does not have
        raise click.UsageError(f"cannot listen on {host}: not a valid host name or address") from error
    except (OSError, OverflowError, ValueError) as error:
        raise click.UsageError(f"cannot listen on {host}, port {port}: {error}") from error
    if not is_loopback(host):
        click.echo("flowlocal: everybody who reaches this port can read these logs and write to it", err=True)
    _serve(endpoint)


def _groups(paths: Sequence[str], given: Sequence[str], log_format: str | None) -> list[FileGroup]:
    """The groups that the command line names; files are looked at now, so that mistakes show at once."""
    from flowlocal.aws.local_groups import FileGroup  # noqa: PLC0415 - not for --help

    groups = [FileGroup(name, found, log_format) for name, found in _named(paths, given).items()]
    for group in groups:
        group.events()
    return groups


def _named(paths: Sequence[str], given: Sequence[str]) -> dict[str, list[str]]:
    """Paths by the name of their group."""
    from flowlocal.aws.request import GROUP_NAME  # noqa: PLC0415

    named: dict[str, list[str]] = {}
    bare = [each for each in given if "=" not in each]
    if len(bare) > 1 or (bare and not paths):
        raise click.UsageError("--log-group NAME without =PATH names the group of the PATHs, once")
    if paths:
        named[bare[0] if bare else DEFAULT_GROUP] = list(paths)
    for name, _, path in (each.partition("=") for each in given if "=" in each):
        named.setdefault(name, []).append(path)
    for name, found in named.items():
        if not re.fullmatch(GROUP_NAME, name) or len(name) > 512 or not all(found):
            raise click.UsageError(f"'{name}' is no log group, or has no path: write --log-group NAME=PATH")
    return named


def _serve(endpoint: Endpoint) -> None:
    """Serve until the user or the system says stop."""
    from flowlocal.aws.workers import POOL  # noqa: PLC0415 - loads Polars

    POOL.prepare()
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        _greet(endpoint)
        endpoint.serve_forever()
    POOL.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # nobody waits for clients that are still connected


def _greet(endpoint: Endpoint) -> None:
    """Say where it listens, what it serves, and how clients find it."""
    click.echo(f"flowlocal: CloudWatch Logs on {endpoint.url}; Ctrl-C stops it")
    for name in endpoint.store.group_names():
        click.echo(f"  log group {name}")
    click.echo("Let clients find it with:")
    click.echo(f"  export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS={endpoint.url}")
    sys.stdout.flush()


class _Notes:
    """Says once on standard error what was met in the logs, and why a query failed."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def ended(self, query: Query) -> None:
        """Tell what a query met."""
        for note in self._of(query):
            if note not in self._said:
                self._said.add(note)
                click.echo(f"flowlocal: {note}", err=True)

    def _of(self, query: Query) -> list[str]:
        report = query.report
        notes = list(report.warnings)
        if query.problem:
            text = query.text if len(query.text) <= _SHOWN else f"{query.text[:_SHOWN]} …"
            notes.append(f"a query failed: {query.problem}; it was: {text}")
        if report.odd_count:
            first = report.odd_lines[0]
            where = f"{first.path}:{first.line}: {first.reason}"
            notes.append(f"{', '.join(query.groups)}: some lines are no flow log record, such as {where}")
        return notes
