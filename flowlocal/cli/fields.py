"""``flowlocal fields``: show what logs contain."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from flowlocal.ansi import painter
from flowlocal.cli import _options
from flowlocal.sizes import in_words
from flowlocal.terminal import errors, memory, notes, progress_bar, screen

if TYPE_CHECKING:
    from flowlocal.sources.inspect import FoundField, FoundFile, Inspection

_SHOWN = 20
"""Maximum number of rows of a list for people; JSON has all."""

Rows = Sequence[Sequence[str | None]]
Table = tuple[str, Sequence[str], Rows, int]
"""Title, names of the columns, rows, and how many rows there are in all."""


@click.command(name="fields", short_help="Show what logs contain: formats, fields, counts, time span, unparsed lines.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="[PATH]...")
@_options.format_option(["json", "table"], "Output format (default: table).", "table")
@_options.own_log_group
@_options.log_format
@_options.spool
@memory.option
@_options.progress
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    form: str,
    log_group: str | None,
    log_format: str | None,
    progress: bool | None,
    no_color: bool,
) -> int:
    """Show what the logs of each PATH contain.

    For each file its format and time span, for each field its name in queries, the kind of its values and the number
    of events that have one, and the network interfaces and accounts that were seen. With no PATH, or with -, standard
    input is read.
    """
    from flowlocal.events import ScanReport  # noqa: PLC0415 - not for --help
    from flowlocal.sources.inspect import inspect_paths  # noqa: PLC0415

    places = _options.flat(paths, screen.terminal(sys.stdin))
    with progress_bar.Bar(None, progress) as bar:
        report = ScanReport(on_bytes=bar.advance, partial_answer=True)
        found = inspect_paths(places, log_format=log_format, log_group=log_group, report=report)
    if form == "json":
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2, default=_json))
        return errors.code(report)
    for line in _text(found, screen.width(sys.stdout), screen.color(sys.stdout, not no_color)):
        click.echo(line)
    for note in notes.on_reading(report):
        click.echo(note, err=True)
    return errors.code(report)


def _json(value: object) -> str:
    return f"{value.isoformat(timespec='milliseconds')}Z" if isinstance(value, datetime) else str(value)


def _text(found: Inspection, width: int | None, color: bool) -> Iterator[str]:
    from flowlocal.outputs.table import render  # noqa: PLC0415 - not for --help

    yield _summary(found)
    for title, names, rows, total in _tables(found):
        yield ""
        yield painter(color)(title, "1;4")
        yield from render(names, [list(column) for column in zip(*rows, strict=True)], width=width, color=color)
        if total > len(rows):
            yield f"and {total - len(rows):,} more; --format json has them all"


def _summary(found: Inspection) -> str:
    parts = [notes.several(len(found.files), "file"), notes.several(found.records, "flow log record")]
    parts += [notes.several(found.odd_count, "other line")] if found.odd_count else []
    return f"{', '.join(parts)}, {in_words(found.bytes)}; log group {', '.join(found.log_groups)}"


def _tables(found: Inspection) -> Iterator[Table]:
    files = [_file(file) for file in found.files[:_SHOWN]]
    fields = [_field(field) for field in found.fields]
    tables: list[Table] = [
        ("files", ["path", "shape", "stored as", "events", "first", "last"], files, len(found.files)),
        ("fields", ["name", "in the log", "kind", "filled", "% of events"], fields, len(fields)),
        ("network interfaces", ["interfaceId", "events"], _counts(found.interfaces), len(found.interfaces)),
        ("accounts", ["accountId", "events"], _counts(found.accounts), len(found.accounts)),
    ]
    return (table for table in tables if table[2])


def _file(file: FoundFile) -> list[str | None]:
    return [file.path, file.shape, file.container, str(file.events), _time(file.first), _time(file.last)]


def _field(field: FoundField) -> list[str | None]:
    return [field.name, field.spelling, str(field.kind), str(field.filled), f"{field.coverage * 100:.1f}"]


def _counts(counts: Mapping[str, int]) -> Rows:
    return [(name, str(count)) for name, count in list(counts.items())[:_SHOWN]]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(" ", "seconds") if moment else None
