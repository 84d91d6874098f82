"""``flowlocal compare``: run one query over two periods, and show what changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from flowlocal.cli import _asking, _charts, _defaults, _names, _options, _viewing
from flowlocal.moments import to_datetime
from flowlocal.sizes import MOST_ROWS, Unit
from flowlocal.terminal import delivery, errors, memory, notes, progress_bar, screen

if TYPE_CHECKING:
    from flowlocal.lookups.folder import Names
    from flowlocal.result import Result

_EXAMPLE = "2026-05-01T00:00/2026-05-01T12:00"


def _period(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[datetime | None, datetime | None]:
    """Return both ends of a period; either may be left out."""
    if text is None:
        return None, None
    start, slash, end = text.partition("/")
    if not slash or not (start or end):
        raise click.BadParameter(f"{text!r} is not a period: write START/END, such as {_EXAMPLE}", context, parameter)
    try:
        return (to_datetime(start) if start else None), (to_datetime(end) if end else None)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def _sides(function: Any) -> Any:  # noqa: ANN401 - a decorator
    """Add the options that say what is compared."""
    for name, which in (("after", "later"), ("before", "earlier")):
        for option in (
            click.option(
                f"--{name}-logs",
                multiple=True,
                metavar="PATH",
                shell_complete=_options.files,
                help=f"Logs of the {which} side, if they are not in each PATH; can be repeated.",
            ),
            click.option(f"--{name}", metavar="START/END", callback=_period, help=f"The {which} period."),
        ):
            function = option(function)
    return function


@click.command(name="compare", short_help="Show what changed between two periods.")
@click.argument("arguments", nargs=-1, shell_complete=_options.files, metavar="QUERY [PATH]...")
@_asking.query_file
@_sides
@click.option("--by", metavar="COLUMN", help="The number whose change decides the order (default: the first).")
@click.option("--limit", type=click.IntRange(min=1, max=MOST_ROWS), metavar="N", help="Show the N largest changes.")
@_options.output_format
@_options.output_file
@_options.reading
@_options.inserts
@_options.with_names
@_viewing.options
@_charts.drawing
@memory.option
@_options.progress
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    arguments: tuple[str, ...],
    query_file: str | None,
    form: str | None,
    file: str | None,
    limit: int | None,
    by: str | None,
    progress: bool | None,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Run QUERY over an earlier and a later period, and show the groups with what changed, largest change first.

    QUERY ends in `stats ... by ...` without `limit`. Each row has its group, whether it is new, gone, more, less or the
    same, and for each number n the columns n_before, n_after, n_change and n_percent. --chart draws both sides of the
    largest changes.

    \b
    Examples:
      flowlocal compare 'stats sum(bytes) as b by srcAddr' logs/ --before -48h/-24h --after -24h/now
      flowlocal compare 'stats count(*) as n by dstPort, action' --before-logs may/ --after-logs june/
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.comparison import compare, sides  # noqa: PLC0415 - imports Polars

    asking, paths = _asking.split(arguments, query_file)
    asking.check(asked["parameters"])
    alone = _charts.is_alone(asked, form, file)
    drawing = _charts.Drawing.prepare(asked, table=False, color=not no_color)
    chosen = delivery.choose(form or ("table" if alone else None), file)
    view = _viewing.view(asked, lambda: _units(asking.text, asked["parameters"]))
    with errors.naming(asking.source, asking.hint):
        names = _names.load(asked, asking.text)
    before, after = _results(asking, paths, progress, asked, names)
    try:
        result = compare(before, after, by=by, limit=limit)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    drawing.show(sides(result, by), alone=alone, rows=file)
    if not alone:
        result = result.with_names(names) if names and asked["with_names"] else result
        delivery.write(result, chosen, file, color=not no_color, view=view)
    _names.warn(names)
    for each in (before, after):
        for note in notes.notes(each):
            click.echo(note, err=True)
    for name, each in (("earlier", before), ("later", after)):
        if not each.statistics.recordsMatched:
            click.echo(f"flowlocal: no event of the {name} side matched", err=True)
    return max(errors.code(before.report), errors.code(after.report), _names.code(names))


def _units(query: str, parameters: Mapping[str, str]) -> dict[str, Unit]:
    """Return the units of the columns of a comparison, which are those of the query with an end of their own."""
    ends = ("before", "after", "change")
    return {f"{name}_{end}": unit for name, unit in _viewing.units_of(query, parameters).items() for end in ends}


def _results(
    asking: _asking.Asking, paths: list[str], progress: bool | None, asked: dict[str, Any], names: Names | None
) -> Iterator[Result]:
    """Yield the results of the earlier and of the later side."""
    from flowlocal import api  # noqa: PLC0415 - not for --help
    from flowlocal.comparison import check_comparable  # noqa: PLC0415
    from flowlocal.query_options import QueryOptions  # noqa: PLC0415

    sides = {name: (asked[name], asked[f"{name}_logs"]) for name in ("before", "after")}
    for name, (period, logs) in sides.items():
        if period == (None, None) and not logs:
            raise click.UsageError(f"give both sides: --{name} START/END, such as {_EXAMPLE}, or --{name}-logs PATH")
    tables = {**_defaults.tables(), **(names.tables if names else {}), **asking.tables, **asked["tables"]}
    for (start, end), logs in sides.values():
        with errors.naming(asking.source, asking.hint):
            options = QueryOptions.of(
                asking.text,
                start=start,
                end=end,
                limit=MOST_ROWS,
                parameters=asked["parameters"],
                tables=tables,
                saved=asking.saved,
            )
            check_comparable(asking.text, options)
            sources = _options.sources([*paths, *logs], screen.terminal(sys.stdin))
            opened = api.scan(sources, **_options.opening(asked), start=start, end=end)
            with progress_bar.Bar(opened.source.total_bytes, progress) as bar:
                yield api.answer(opened, asking.text, options, on_bytes=bar.advance)
