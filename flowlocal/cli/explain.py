"""``flowlocal explain``: show what a query would read and how it would be run."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flowlocal.ansi import painter
from flowlocal.cli import _asking, _defaults, _names, _options
from flowlocal.terminal import errors, screen

if TYPE_CHECKING:
    from flowlocal.engine import Explanation


@click.command(name="explain", short_help="Show what a query would read and how it would be run.")
@click.argument("arguments", nargs=-1, shell_complete=_options.files, metavar="QUERY PATH...")
@_asking.query_file
@_options.format_option(["json", "text"], "Output format (default: text).", "text")
@_options.time_range
@_options.reading
@_options.inserts
@_options.no_color
def command(
    arguments: tuple[str, ...],
    query_file: str | None,
    form: str,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> None:
    """Show what a QUERY over each PATH would read, and the plan that Polars would run.

    Only the beginning of each file is read, to recognise its format. Only the columns named under "reads" are
    parsed, and the condition under "filters while reading" drops events before they are in memory.
    """
    asking, paths = _asking.split(arguments, query_file)
    asking.check(asked["parameters"])
    _options.check_range(asked["start"], asked["end"])
    explanation = _explain(asking, _options.sources(paths, screen.terminal(sys.stdin)), asked)
    if form == "json":
        click.echo(json.dumps(dataclasses.asdict(explanation), ensure_ascii=False, indent=2))
        return
    paint = painter(screen.color(sys.stdout, not no_color))
    for title, lines in _sections(explanation):
        click.echo(paint(title, "1"), color=True)
        click.echo("".join(f"  {line}\n" for line in lines))


def _explain(asking: _asking.Asking, paths: _options.Paths, asked: dict[str, Any]) -> Explanation:
    from flowlocal import api, explaining  # noqa: PLC0415 - not for --help
    from flowlocal.query_options import QueryOptions  # noqa: PLC0415

    start, end = asked["start"], asked["end"]
    with errors.naming(asking.source, asking.hint):
        names = _names.load(asked, asking.text)
        logs = api.scan(paths, **_options.opening(asked), start=start, end=end)
        options = QueryOptions.of(
            asking.text,
            start=start,
            end=end,
            names=names,
            tables=_defaults.tables() | asking.tables | asked["tables"],
            parameters=asked["parameters"],
            saved=asking.saved,
        )
        return explaining.explain(asking.text, logs.source, options)


def _sections(explanation: Explanation) -> Iterator[tuple[str, list[str]]]:
    yield "stages", list(explanation.stages)
    yield "reads", [", ".join(explanation.columns) or "nothing but the number of events"]
    yield "filters while reading", [explanation.pushed or "nothing"]
    yield "shows", [", ".join(explanation.shown)]
    yield "plan, from the bottom up", explanation.plan.replace("\0", " ").splitlines()
