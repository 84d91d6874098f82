"""``flowlocal explain``: show what a query would read and where it would filter."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from flowlocal.ansi import painter
from flowlocal.cli import _asking, _defaults, _names, _options
from flowlocal.sizes import in_words
from flowlocal.terminal import errors, notes, screen

if TYPE_CHECKING:
    from flowlocal.explaining import Explanation
    from flowlocal.lookups.folder import Names

Section = tuple[str, list[str]]
"""The word at the left, and the lines beside it."""
_LABEL = 9
"""Columns of the words at the left."""
_FOLDED = 4
"""Blanks before the continuation of a line, and before what is said about a stage."""


@click.command(name="explain", short_help="Show what a query would read and where it would filter.")
@click.argument("arguments", nargs=-1, shell_complete=_options.files, metavar="QUERY PATH...")
@_asking.query_file
@_options.format_option(["json", "text"], "Output format (default: text).", "text")
@click.option("--plan", "with_plan", is_flag=True, help="Show also the plan that Polars would run.")
@_options.time_range
@_options.reading
@_options.inserts
@_options.no_color
def command(
    arguments: tuple[str, ...],
    query_file: str | None,
    form: str,
    with_plan: bool,
    no_color: bool,
    **asked: Any,  # noqa: ANN401 - the shared options, as click names them
) -> int:
    """Show what a QUERY over each PATH would read, and where its conditions would be applied.

    Only the beginning of each file is read, to recognise its format, and a sample of a large dataset. Only the fields
    after "parses" are parsed. A condition that is applied while the logs are read drops events before they are in
    memory: it makes a query fast.

    \b
    Examples:
      flowlocal explain 'filter dstPort = 22 | stats count(*) by srcAddr' logs/
      flowlocal explain -f rejected.insights logs/ --plan
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    asking, paths = _asking.split(arguments, query_file)
    asking.check(asked["parameters"])
    _options.check_range(asked["start"], asked["end"])
    with errors.naming(asking.source, asking.hint):
        names = _names.load(asked, asking.text)
    _names.warn(names)
    explanation = _explain(asking, _options.sources(paths, screen.terminal(sys.stdin)), names, asked)
    if form == "json":
        import json  # noqa: PLC0415 - not for --help

        from msgspec import structs  # noqa: PLC0415

        click.echo(json.dumps(structs.asdict(explanation), ensure_ascii=False, indent=2))
        return _names.code(names)
    paint = painter(screen.color(sys.stdout, not no_color))
    sections = [*_sections(explanation, asked["start"], asked["end"]), *(_plan(explanation) if with_plan else [])]
    for title, lines in sections:
        for number, line in enumerate(_folded(lines, screen.width(sys.stdout))):
            click.echo(paint(("" if number else title).ljust(_LABEL), "1") + line, color=True)
    return _names.code(names)


def _explain(asking: _asking.Asking, paths: _options.Paths, names: Names | None, asked: dict[str, Any]) -> Explanation:
    from flowlocal import api, explaining  # noqa: PLC0415 - not for --help
    from flowlocal.query_options import QueryOptions  # noqa: PLC0415

    start, end = asked["start"], asked["end"]
    with errors.naming(asking.source, asking.hint):
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


def _sections(explanation: Explanation, start: datetime | None, end: datetime | None) -> Iterator[Section]:
    files = ", ".join(notes.files_of(form, count) for form, count in explanation.files.items()) or "no file"
    size = "" if explanation.bytes is None else f", {in_words(explanation.bytes)} as stored"
    yield "reads", [files + size]
    parsed = explanation.columns
    named = ", ".join(parsed) or "events are only counted"
    yield "parses", [f"{len(parsed)} of {explanation.fields} fields: {named}"]
    if start or end:
        yield "range", [f"from {_time(start, 'the first event')} to {_time(end, 'the last')}, while the logs are read"]
    where = dict(explanation.filters)
    lines = [[stage, *([f"{' ' * _FOLDED}→ {where[stage]}"] if stage in where else [])] for stage in explanation.stages]
    yield "runs", [line for each in lines for line in each]
    yield "shows", [", ".join(explanation.shown)]


def _time(moment: datetime | None, otherwise: str) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None)} UTC" if moment else otherwise


def _plan(explanation: Explanation) -> Iterator[Section]:
    yield "pushed", [explanation.pushed or "no condition"]
    yield "plan", explanation.plan.replace("\0", " ").splitlines()


def _folded(lines: list[str], width: int | None) -> Iterator[str]:
    """Yield lines that fit beside the words at the left."""
    for line in lines:
        if width is None:
            yield line
        else:
            yield from wrap(line, max(width - _LABEL, 2 * _FOLDED), subsequent_indent=" " * _FOLDED)
