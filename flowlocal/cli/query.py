"""``flowlocal query``: put a Logs Insights query to flow log files."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from flowlocal.ansi import painter
from flowlocal.cli import _asking, _charts, _defaults, _errors, _memory, _notes, _options, _output, _progress, _screen
from flowlocal.sizes import MOST_ROWS

if TYPE_CHECKING:
    from flowlocal.result import Result


@click.command(name="query", short_help="Put a Logs Insights query to flow log files.")
@click.argument("arguments", nargs=-1, shell_complete=_options.files, metavar="QUERY [PATH]...")
@click.option(
    "-f",
    "--file",
    "query_file",
    shell_complete=_options.files,
    metavar="FILE",
    help="Read the query from FILE (such as top-talkers.insights); every argument is then a PATH.",
)
@_output.option
@click.option(
    "--output",
    "file",
    shell_complete=_options.files,
    metavar="FILE",
    help="Write to FILE; its suffix tells the format.",
)
@_options.time_range
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=MOST_ROWS),
    metavar="N",
    help="At most N rows; without it 10,000, where the query has no limit.",
)
@_options.reading
@_options.inserts
@_charts.options
@_memory.option
@_options.progress
@click.option("--quiet", is_flag=True, help="Do not explain empty or odd answers on standard error.")
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
    """Put a Logs Insights QUERY to the flow logs in each PATH.

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
    alone = asked["chart"] is not None and form is None and file in {None, "-"}
    chosen = _output.choose(form or ("table" if alone else None), file, usual)
    table = chosen.name == "table" and file in {None, "-"} and _screen.terminal(sys.stdout)
    drawing = _charts.Drawing.prepare(asked, table=table, color=not no_color)
    asking.check(asked["parameters"])
    _options.check_range(asked["start"], asked["end"])
    sources = _options.sources(paths, _screen.terminal(sys.stdin))
    began = time.monotonic()
    result = _answer(asking, sources, progress, {**asked, "on_times": drawing.on_times})
    drawing.show(result, alone=alone or file not in {None, "-"})
    if not alone:
        _output.write(result, chosen, file, color=not no_color)
    for note in _notes.notes(result):
        click.echo(note, err=True)
    if not quiet:
        for note in _notes.on_answer(result, always=_screen.terminal(sys.stderr)):
            click.echo(note, err=True)
    if _screen.terminal(sys.stderr):
        line = _notes.statistics(result, time.monotonic() - began)
        click.echo(painter(_screen.color(sys.stderr, not no_color))(line, "2"), err=True)
    return _errors.code(result.report)


def _answer(asking: _asking.Asking, paths: _options.Paths, progress: bool | None, asked: dict[str, Any]) -> Result:
    from flowlocal import api  # noqa: PLC0415 - not for --help

    span = {"start": asked["start"], "end": asked["end"]}
    tables = _defaults.tables() | asking.tables | asked["tables"]
    with _errors.naming(asking.source, asking.hint):
        held = {} if api.reads_beyond(asking.text, asking.saved) else span
        logs = api.scan(paths, **_options.opening(asked), **held)
        with _progress.Bar(logs.source.total_bytes, progress) as bar:
            return logs.query(
                asking.text,
                **span,
                limit=asked["limit"],
                parameters=asked["parameters"],
                tables=tables,
                saved=asking.saved,
                on_bytes=bar.advance,
                on_times=asked["on_times"],
            )
