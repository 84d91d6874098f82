"""``flowlocal check``: validate queries and warn about likely mistakes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from flowlocal.checking import reports
from flowlocal.cli import _options
from flowlocal.terminal import delivery, errors, screen
from flowlocal.terminal.notes import several

if TYPE_CHECKING:
    from flowlocal.checking.finding import Finding
    from flowlocal.checking.reports import CheckReport
    from flowlocal.checking.run import Settings
    from flowlocal.checking.source import Host
    from flowlocal.events import UnreadableInput

_CLEAN, _FOUND, _MALFORMED, _UNREADABLE = 0, 1, 2, 3
_LEVELS = ("note", "warning", "error", "never")


@click.command(name="check", short_help="Validate queries and warn about likely mistakes.")
@click.argument("files", nargs=-1, shell_complete=_options.files, metavar="[QUERY_FILE]...")
@click.option(
    "-q",
    "--query",
    "texts",
    multiple=True,
    callback=_options.texts,
    metavar="TEXT",
    help="Check this query; can be repeated.",
)
@_options.format_option(reports.names(), "Output format (default: text).", "text")
@click.option("--output", metavar="FILE", shell_complete=_options.files, help="Write the report to FILE.")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    default="error",
    show_default=True,
    help="Exit with 1 if there is a finding of this or a higher severity.",
)
@click.option(
    "--ignore", multiple=True, callback=_options.texts, metavar="CODE", help="Leave out findings of this code or name."
)
@click.option(
    "--flow-logs/--no-flow-logs",
    default=None,
    help="Check the queries as queries over flow logs, or not (default: decided by the field names).",
)
@click.option(
    "--stdin-name", metavar="NAME", default="-", help="Name of the file on standard input, which decides its kind."
)
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    files: tuple[str, ...],
    texts: tuple[str, ...],
    form: str,
    output: str | None,
    fail_on: str,
    ignore: tuple[str, ...],
    flow_logs: bool | None,
    stdin_name: str,
    no_color: bool,
) -> int:
    """Validate the queries in each QUERY_FILE and warn about likely mistakes.

    A QUERY_FILE is a query (.insights, .cwli, .txt) or a file with queries: CloudFormation, SAM and CDK templates
    (.yaml, .json, .template), Terraform (.tf, .tf.json) and its templates (.tftpl, .tpl), the body of a dashboard
    (.json). Folders are walked, glob patterns expanded; without any, or with -, one query is read from standard input.

    Exit codes: 0 no finding has the severity of --fail-on; 1 a finding has it or a higher one; 2 a query is malformed;
    3 a file could not be read. A comment "# flowlocal: ignore FL201" in a query silences that code there.

    \b
    Examples:
      flowlocal check queries/ infrastructure/
      flowlocal check -q 'filter dstAddr like /10.0.0.1/'
      flowlocal check templates/ -o sarif --output findings.sarif --fail-on warning
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.checking.run import Settings  # noqa: PLC0415 - imports Polars

    found, unreadable = _read(files, stdin_name, asked=bool(texts))
    hosts = [*_given(texts), *found]
    settings = Settings(flow_logs, _known(ignore))
    report = _report(hosts, settings, color=output is None and screen.color(sys.stdout, not no_color))
    _write(reports.writer(form)(report), output)
    click.echo(_summary(report, given=len(texts)), err=True)
    for error in unreadable:
        click.echo(errors.unreadable(error), err=True)
    return _UNREADABLE if unreadable else _exit_code(report.findings, fail_on)


def _given(texts: Sequence[str]) -> list[Host]:
    from flowlocal.checking.source import Host  # noqa: PLC0415 - not for --help

    names = ["query"] if len(texts) == 1 else [f"query {number}" for number in range(1, len(texts) + 1)]
    return [Host(name, text) for name, text in zip(names, texts, strict=True)]


def _read(files: Sequence[str], stdin_name: str, *, asked: bool) -> tuple[list[Host], list[UnreadableInput]]:
    """Return the files with their texts, and what is wrong with those that cannot be read."""
    from flowlocal.checking.files import Allowed, expand, notes, read, read_standard_input, search  # noqa: PLC0415
    from flowlocal.events import UnreadableInput  # noqa: PLC0415

    if not files and not asked:
        if screen.terminal(sys.stdin):
            raise click.UsageError("name a file or folder with queries, or give one with -q")
        files = ("-",)
    walk = search()
    named = [file for file in files if file != "-"]
    allowed = Allowed.by(named)
    hosts: list[Host] = []
    unreadable: list[UnreadableInput] = []
    for path in expand(named, walk):
        try:
            hosts.append(read(path, allowed))
        except UnreadableInput as error:
            unreadable.append(error)
    for note in notes(walk):
        click.echo(f"flowlocal: {note}", err=True)
    return [*hosts, *([read_standard_input(stdin_name)] if "-" in files else [])], unreadable


def _known(ignored: Sequence[str]) -> frozenset[str]:
    from flowlocal.checking.finding import definitions  # noqa: PLC0415
    from flowlocal.language.suggest import did_you_mean  # noqa: PLC0415

    known = {name for each in definitions() for name in (each.code, each.name)}
    for name in ignored:
        if name not in known:
            hint = did_you_mean(name, known) or "codes are listed in docs/checks.md"
            raise click.UsageError(f"there is no finding called {name}; {hint}")
    return frozenset(ignored)


def _report(hosts: Sequence[Host], settings: Settings, *, color: bool) -> CheckReport:
    from flowlocal.checking.hosts import find  # noqa: PLC0415
    from flowlocal.checking.reports import CheckReport  # noqa: PLC0415
    from flowlocal.checking.run import check_all  # noqa: PLC0415

    found = [each for host in hosts for each in find(host)]
    held = {each.source.host.path: each.source.host for each in found if each.source is not None}
    return CheckReport(check_all(found, settings), {host.path: host for host in hosts} | held, len(found), color)


def _write(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False, color=True)
    else:
        delivery.deliver(lambda sink: sink.write(text), output, color=False)


def _summary(report: CheckReport, given: int) -> str:
    """Return a line on all queries, of which so many were given on the command line."""
    files, counts = len(report.hosts) - given, [_count(report, level) for level in ("error", "warning", "note")]
    found = ", ".join(count for count in counts if count) or "nothing found"
    if not report.queries and not report.findings:
        return _nothing_checked(files)
    queries = "1 query" if report.queries == 1 else f"{report.queries:,} queries"
    places = f" in {several(files, 'file')}" if files else ""
    return f"{queries}{places}: {found}"


def _nothing_checked(files: int) -> str:
    if not files:
        return "no query was found: no file has the name of a query file or template (see `flowlocal check --help`)"
    return f"no query was found in {several(files, 'file')}"


def _count(report: CheckReport, level: str) -> str:
    count = sum(str(finding.severity) == level for finding in report.findings)
    return "" if not count else f"1 {level}" if count == 1 else f"{count:,} {level}s"


def _exit_code(findings: Sequence[Finding], fail_on: str) -> int:
    if any(finding.malformed for finding in findings):
        return _MALFORMED
    levels = _LEVELS[_LEVELS.index(fail_on) :]
    return _FOUND if any(str(finding.severity) in levels for finding in findings) else _CLEAN
