"""``flowlocal query``: run a Logs Insights query over VPC flow logs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from flowlocal.ansi import painter
from flowlocal.cli import _asking, _charts, _defaults, _engines, _names, _options, _viewing
from flowlocal.sizes import MOST_ROWS
from flowlocal.terminal import delivery, errors, memory, notes, progress_bar, screen
from flowlocal.warming import warm_up

if TYPE_CHECKING:
    from flowlocal.result import Result


@click.command(name="query", short_help="Run a Logs Insights query over VPC flow logs.")
@click.argument("arguments", nargs=-1, shell_complete=_options.files, metavar="QUERY [PATH]...")
@_asking.query_file
@_options.output_format
@_options.output_file
@_options.time_range
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=MOST_ROWS),
    metavar="N",
    help="Maximum number of rows (default: 10,000 if the query has no limit).",
)
@_options.reading
@_options.inserts
@_options.with_names
@_viewing.options
@_charts.options
@_engines.options
@memory.option
@_options.progress
@click.option("--quiet", is_flag=True, help="Do not explain empty or unexpected results on standard error.")
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    arguments: tuple[str, ...],
    query_file: str | None,
    form: str | None,
    file: str | None,
    progress: bool | None,
    quiet: bool,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Run a Logs Insights QUERY over the VPC flow logs in each PATH.

    A PATH is a file (plain, gzip, zstd), a directory, which is walked, or a glob pattern; with no PATH, or with -,
    standard input is read. Results go to standard output, everything else to standard error.

    \b
    Examples:
      flowlocal query 'stats sum(bytes) as b by srcAddr | sort b desc | limit 10' logs/
      flowlocal query -f rejected.insights 'exports/**/*.gz' --start -24h -o csv
      zcat part.log.gz | flowlocal query 'filter action = "REJECT" | stats count(*) by dstPort'
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    asking, paths = _asking.split(arguments, query_file)
    form, usual = (None, form) if _options.configured("form") else (form, None)
    alone = _charts.is_alone(asked, form, file)
    chosen = delivery.choose(form or ("table" if alone else None), file, usual)
    view = _viewing.view(asked, lambda: _viewing.units_of(asking.text, asked["parameters"]))
    table = chosen.name == "table" and file in {None, "-"} and screen.terminal(sys.stdout)
    drawing = _charts.Drawing.prepare(asked, table=table, color=not no_color)
    asking.check(asked["parameters"])
    _options.check_range(asked["start"], asked["end"])
    sources = _options.sources(paths, screen.terminal(sys.stdin))
    began = time.monotonic()
    with errors.naming(asking.source):
        names = _names.load(asked, asking.text, quiet=quiet)
    result = _answer(asking, sources, progress, {**asked, "on_times": drawing.on_times, "loaded": names})
    drawing.show(result, alone=alone, rows=file)
    if not alone:
        delivery.write(result, chosen, file, color=not no_color, view=view)
    for note in notes.notes(result):
        click.echo(note, err=True)
    if not quiet:
        for note in notes.on_answer(result, always=screen.terminal(sys.stderr), on_command_line=True):
            click.echo(note, err=True)
    if screen.terminal(sys.stderr):
        line = notes.statistics(result, time.monotonic() - began)
        click.echo(painter(screen.color(sys.stderr, not no_color))(line, "2"), err=True)
    return errors.code(result.report) or _names.code(names)


def _answer(asking: _asking.Asking, paths: _options.Paths, progress: bool | None, asked: dict[str, Any]) -> Result:
    warm_up()
    from flowlocal import api  # noqa: PLC0415 - not for --help
    from flowlocal.query_options import QueryOptions  # noqa: PLC0415

    span = {"start": asked["start"], "end": asked["end"]}
    tables = _defaults.tables() | asking.tables | asked["tables"]
    names = {"names": asked["loaded"], "with_names": asked["with_names"]}
    with errors.naming(asking.source, asking.hint):
        options = QueryOptions.of(
            asking.text,
            **span,
            **names,
            limit=asked["limit"],
            parameters=asked["parameters"],
            tables=tables,
            saved=asking.saved,
        )
        held = {} if api.looks_back(asking.text, options) else span
        with (
            _engines.logs(paths, asked, held) as logs,
            progress_bar.Bar(logs.source.total_bytes, progress) as bar,
        ):
            return api.answer(logs, asking.text, options, on_bytes=bar.advance, on_times=asked["on_times"])
