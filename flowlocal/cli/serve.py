"""``flowlocal serve``."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

import click

from flowlocal.cli import _defaults, _names, _options
from flowlocal.terminal import memory

if TYPE_CHECKING:
    from flowlocal.aws.endpoint import Endpoint
    from flowlocal.aws.local_groups import FileGroup
    from flowlocal.aws.local_store import LocalAccount
    from flowlocal.aws.queries import StartedQuery

DEFAULT_GROUP = "flowlocal"
DEFAULT_PORT = 4586
_CHILD = "flowlocal.child"
_SHOWN = 300
"""Characters of a query that are shown in a note."""


class _Serve(click.Command):
    """A command whose arguments after ``--`` are another command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the other command away, then parse the rest."""
        if "--" in args:
            at = args.index("--")
            args, ctx.meta[_CHILD] = args[:at], args[at + 1 :]
            if not ctx.meta[_CHILD]:
                raise click.UsageError("write a command after --, such as: flowlocal serve logs/ -- pytest", ctx)
        return super().parse_args(ctx, args)


def _account_id(context: click.Context, parameter: click.Parameter, text: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", text):
        raise click.BadParameter(f"{text!r} is not a valid account: expected twelve digits", context, parameter)
    return text


def _targets(context: click.Context, parameter: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    """Return the target of each ARN."""
    pairs = [each.partition("=") for each in given]
    for arn, _, target in pairs:
        if not arn.startswith("arn:") or not target:
            message = f"{arn!r} is not an ARN with a target: write --deliver ARN=URL or --deliver ARN=FILE"
            raise click.BadParameter(message, context, parameter)
    return {arn: target for arn, _, target in pairs}


@click.command(cls=_Serve, short_help="The CloudWatch Logs API over local files.", options_metavar="[OPTIONS]")
@click.argument("paths", nargs=-1, metavar="[PATH]... [-- COMMAND...]", type=click.Path())
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"The port to listen on; 0 takes a free one (default: {DEFAULT_PORT}; with COMMAND, a free one).",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--log-group",
    "groups",
    multiple=True,
    metavar="NAME[=PATH]",
    help="A log group and where its events are, several times if you like; without a path, the group of the PATHs.",
)
@_options.log_format
@_options.table()
@_options.names
@click.option(
    "--account-id",
    default="123456789012",
    show_default=True,
    callback=_account_id,
    help="The account in ARNs and in @log.",
)
@click.option(
    "--export-to",
    "exports",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="Write export tasks (CreateExportTask) below FOLDER, as BUCKET/PREFIX/TASK/STREAM/000000.gz.",
)
@click.option(
    "--deliver",
    "targets",
    multiple=True,
    callback=_targets,
    metavar="ARN=URL|FILE",
    help="Deliver what subscription filters send to ARN to a URL (as Lambda gets it) or a file (a line of JSON each).",
)
@click.option(
    "--ready-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the address to FILE once requests are answered, and remove FILE at the end.",
)
@memory.option_for_workers
def command(  # noqa: PLR0917 - click gives them by name
    paths: Sequence[str],
    port: int | None,
    host: str,
    groups: Sequence[str],
    log_format: str | None,
    tables: Mapping[str, str],
    names: tuple[str, ...],
    account_id: str,
    exports: str | None,
    targets: Mapping[str, str],
    ready_file: str | None,
) -> None:
    """Answer the CloudWatch Logs API on this machine: StartQuery and its kin, over local logs.

    The events of PATHs (files, directories, globs) are those of the log group "flowlocal". More groups can be written
    through the API (CreateLogGroup, PutLogEvents); they are forgotten at the end.

    With COMMAND, run it with the variables that lead clients to the endpoint, stop when it ends, and exit with its
    exit code.

    \b
      flowlocal serve logs/ -- pytest
      flowlocal serve logs/ --log-group lambda=exported/ &
      export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=http://127.0.0.1:4586
      aws logs describe-log-groups --no-sign-request --region us-east-1
    """  # noqa: D301 - \b is a character that click reads
    from flowlocal.aws.local_store import LocalAccount  # noqa: PLC0415 - not for --help

    child: list[str] | None = click.get_current_context().meta.get(_CHILD)
    named = _groups(paths, groups, log_format, account_id)
    found = _names.load({"names": names}, "lookup")
    _names.warn(found)
    given = {**(found.tables if found else {}), **_defaults.tables(), **tables}
    account = LocalAccount(named, _Notes().ended, account_id, tables=given, exports=exports, targets=targets)
    endpoint = _listening(host, (0 if child else DEFAULT_PORT) if port is None else port, account)
    with _ready(ready_file, endpoint.url):
        code = _serve(endpoint) if child is None else _serve_child(endpoint, child)
    _leave(code)


def _listening(host: str, port: int, account: LocalAccount) -> Endpoint:
    """Return an endpoint that listens; a warning is printed if other machines can reach it."""
    from flowlocal.aws.endpoint import Endpoint  # noqa: PLC0415 - not for --help

    try:
        endpoint = Endpoint(host, port, account)
    except UnicodeError as error:  # what Python makes of names that IDNA does not have
        raise click.UsageError(f"cannot listen on {host}: not a valid host name or address") from error
    except (OSError, OverflowError, ValueError) as error:
        raise click.UsageError(f"cannot listen on {host}, port {port}: {error}") from error
    if not endpoint.loopback:
        click.echo("flowlocal: everybody who reaches this port can read these logs and write to it", err=True)
    return endpoint


@contextmanager
def _ready(path: str | None, url: str) -> Iterator[None]:
    """Keep a file with the address while the endpoint answers."""
    if path is None:
        yield
        return
    try:
        Path(f"{path}.new").write_text(f"{url}\n", encoding="utf-8")
        os.replace(f"{path}.new", path)  # whoever waits for it never reads a part
    except OSError as error:
        raise click.UsageError(f"cannot write --ready-file {path}: {error.strerror}") from error
    try:
        yield
    finally:
        Path(path).unlink(missing_ok=True)


def _groups(paths: Sequence[str], given: Sequence[str], log_format: str | None, account_id: str) -> list[FileGroup]:
    """Return the groups that the command line names; files are looked at now, so that mistakes show at once."""
    from flowlocal.aws.local_groups import FileGroup  # noqa: PLC0415 - not for --help

    groups = [FileGroup(name, found, log_format, account_id) for name, found in _named(paths, given).items()]
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
        if not re.fullmatch(GROUP_NAME, name) or len(name) > 512:
            raise click.UsageError(f"'{name}' is not a valid name of a log group: use letters, digits and . - _ / #")
        if not all(found):
            raise click.UsageError(f"log group {name} has no path: write --log-group {name}=PATH")
    return named


def _serve(endpoint: Endpoint) -> int:
    """Serve until the user or the system says stop; return the exit code."""
    from flowlocal.aws.workers import POOL  # noqa: PLC0415 - loads Polars

    POOL.prepare()
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        _greet(endpoint)
        endpoint.serve_forever()
    return 0


def _serve_child(endpoint: Endpoint, arguments: Sequence[str]) -> int:
    """Serve while another command runs, and return its exit code."""
    import subprocess  # noqa: PLC0415 - not for --help

    from flowlocal.aws.serving import variables  # noqa: PLC0415
    from flowlocal.aws.workers import POOL  # noqa: PLC0415 - loads Polars

    POOL.prepare()
    Thread(target=endpoint.serve_forever, daemon=True).start()
    click.echo(f"flowlocal: CloudWatch Logs on {endpoint.url}", err=True)
    try:
        child = subprocess.Popen(arguments, env={**os.environ, **variables(endpoint.url)})  # noqa: S603 - what the user says
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.UsageError(f"cannot run {arguments[0]}: {reason}") from error
    signal.signal(signal.SIGTERM, lambda number, _frame: child.send_signal(number))
    while True:
        with suppress(KeyboardInterrupt):  # the child has been interrupted as well, and decides
            code = child.wait()
            return 128 - code if code < 0 else code


def _leave(code: int) -> NoReturn:
    """End this process at once, without waiting for clients that are still connected."""
    from flowlocal.aws.workers import POOL  # noqa: PLC0415 - loaded before

    POOL.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _greet(endpoint: Endpoint) -> None:
    """Print where it listens, what it serves, and how clients find it."""
    click.echo(f"flowlocal: CloudWatch Logs on {endpoint.url}; Ctrl-C stops it")
    for name in endpoint.account.store().group_names():
        click.echo(f"  log group {name}")
    click.echo("Let clients find it with:")
    click.echo(f"  export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS={endpoint.url}")
    sys.stdout.flush()


class _Notes:
    """Says once on standard error what was met in the logs, and why a query failed."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def ended(self, query: StartedQuery) -> None:
        """Report what a query met."""
        for note in self._of(query):
            if note not in self._said:
                self._said.add(note)
                click.echo(f"flowlocal: {note}", err=True)

    def _of(self, query: StartedQuery) -> list[str]:
        report = query.report
        notes = list(report.warnings)
        if query.problem:
            text = query.text if len(query.text) <= _SHOWN else f"{query.text[:_SHOWN]} …"
            notes.append(f"a query failed: {query.problem}; it was: {text}")
        if report.odd_count:
            first = report.odd_lines[0]
            where = f"{first.path}:{first.line}: {first.reason}"
            notes.append(f"{', '.join(query.groups)}: some lines are not flow log records, such as {where}")
        return notes
