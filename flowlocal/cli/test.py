"""``flowlocal test``: regression cases of queries."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowlocal.cli import _options
from flowlocal.terminal import delivery, screen

if TYPE_CHECKING:
    from flowlocal.testing.case import Case, CaseSettings, WrongCase
    from flowlocal.testing.discover import Discovered
    from flowlocal.testing.run import Outcome


_NO_CASES = 5
"""Exit code if there is nothing to run, as in pytest: a misspelt folder must not pass."""


@click.command(name="test", short_help="Run regression cases of queries.")
@click.argument("cases", nargs=-1, shell_complete=_options.files, metavar="[CASE]...")
@click.option("--update", is_flag=True, help="Record the present results; review the change and commit it.")
@click.option(
    "--logs",
    multiple=True,
    metavar="PATH",
    shell_complete=_options.files,
    help="Logs for query files, whose results are recorded in __snapshots__; can be repeated.",
)
@_options.param
@_options.time_range
@click.option("--now", metavar="TIME", callback=_options.moment, help="Value of now() in query files.")
@_options.reading
@click.option("--junit-xml", metavar="FILE", shell_complete=_options.files, help="Write a JUnit report to FILE.")
@click.option(
    "--github/--no-github",
    default=None,
    help="Print annotations for GitHub (default: if GITHUB_ACTIONS is set).",
)
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    cases: tuple[str, ...],
    update: bool,
    logs: tuple[str, ...],
    parameters: dict[str, str],
    junit_xml: str | None,
    github: bool | None,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Run regression cases of queries, and show row by row what differs.

    A CASE is a TOML file of cases (*.insights.toml), a query file (.insights, .cwli), or a folder with such files;
    without any, the current folder. A case names its query, its logs and what is expected. A query file needs
    --logs and no case: its result is recorded in __snapshots__ beside it.

    Exit codes: 0 all is as expected; 1 there is a difference; 2 a query or a case is malformed; 3 logs could not be
    read; 5 there was no case to run.

    \b
    Examples:
      flowlocal test cases/
      flowlocal test queries/ --logs logs/ --update
      flowlocal test --junit-xml report.xml
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.testing.discover import discover  # noqa: PLC0415 - not for --help

    found = discover(cases or (".",))
    asking = _asking(logs, asked)
    if found.named and asking is None:
        raise click.UsageError(f"name the logs for {found.named[0]} with --logs PATH")
    all_cases, wrong = _load(found, asking, parameters)
    outcomes, recorded = _run(all_cases, update=update)
    color = screen.color(sys.stdout, not no_color)
    _say(outcomes, wrong, recorded, github=_wants_github(github), color=color)
    for note in (*(f"flowlocal: {each}" for each in found.notes), *_notes(found, asking is not None)):
        click.echo(note, err=True)
    if junit_xml is not None:
        _write_junit(junit_xml, outcomes, wrong)
    if not outcomes and not wrong:
        places = ", ".join(cases) or "this folder"
        click.echo(f"flowlocal: no case was run: there is no *.insights.toml in {places}", err=True)
        return _NO_CASES
    return max([2 * bool(wrong), *(outcome.status.value for outcome in outcomes)])


def _asking(logs: Sequence[str], asked: dict[str, Any]) -> CaseSettings | None:
    """Return how query files are run; None if no logs are given."""
    from flowlocal.testing.case import CaseSettings, grouped  # noqa: PLC0415

    try:
        paths = _options.sources(logs, stdin_is_terminal=True)
    except click.UsageError:  # neither --logs nor --log-group NAME=PATH
        return None
    opening = {name: asked[name] for name in ("log_format", "log_group", "strict") if asked[name]}
    options = {name: asked[name] for name in ("start", "end", "now") if asked[name] is not None}
    return CaseSettings(grouped(Path(), paths), opening=opening, options=options)


def _load(
    found: Discovered, asking: CaseSettings | None, parameters: dict[str, str]
) -> tuple[list[Case], list[WrongCase]]:
    """Return all cases, and what is not a valid case."""
    from flowlocal.testing.case import Case, WrongCase, read_cases  # noqa: PLC0415
    from flowlocal.testing.snapshots import snapshot_cases  # noqa: PLC0415

    loaded: list[Case | WrongCase] = []
    for path in found.cases:
        try:
            loaded += read_cases(path, found.within)
        except WrongCase as error:
            loaded.append(error)
    loaded += snapshot_cases(found.queries, asking, parameters, found.within) if asking else []
    wrong = [each for each in loaded if isinstance(each, WrongCase)]
    return [each for each in loaded if isinstance(each, Case)], wrong


def _run(cases: Sequence[Case], *, update: bool) -> tuple[list[Outcome], int]:
    """Return the results of the cases, after recording, and how many were recorded."""
    from flowlocal.testing.run import CaseRunner  # noqa: PLC0415 - imports Polars

    runner = CaseRunner()
    outcomes = [runner.run(case) for case in cases]
    if not update:
        return outcomes, 0
    from flowlocal.testing.case import WrongCase  # noqa: PLC0415
    from flowlocal.testing.update import recorded_as_passed  # noqa: PLC0415

    try:
        return recorded_as_passed(outcomes)
    except WrongCase as error:
        raise click.ClickException(f"{error.path}: {error}") from error


def _wants_github(github: bool | None) -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true" if github is None else github


def _say(outcomes: Sequence[Outcome], wrong: Sequence[WrongCase], recorded: int, *, github: bool, color: bool) -> None:
    from flowlocal.testing import report  # noqa: PLC0415

    for line in report.lines(outcomes, wrong, color=color):
        click.echo(line, color=True)
    for line in report.github(outcomes, wrong) if github else ():
        click.echo(line)
    click.echo(report.summary(outcomes, wrong, recorded, color=color), color=True)


def _notes(found: Discovered, with_logs: bool) -> list[str]:
    from flowlocal.testing.snapshots import unused  # noqa: PLC0415

    if found.queries and not with_logs:
        files = "1 query file was" if len(found.queries) == 1 else f"{len(found.queries)} query files were"
        return [f"flowlocal: {files} passed over; name their logs with --logs to record what they answer"]
    return [f"flowlocal: {path} belongs to no query any more" for path in unused(found.queries)]


def _write_junit(file: str, outcomes: Sequence[Outcome], wrong: Sequence[WrongCase]) -> None:
    from flowlocal.testing import report  # noqa: PLC0415

    text = report.junit(outcomes, wrong)
    delivery.deliver(lambda sink: sink.write(text), file, color=False)
