"""``flowlocal fields``: show what logs contain."""

from __future__ import annotations

import sys
from collections import Counter
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


@click.command(name="fields", short_help="Show what logs contain: fields, counts, time span, formats, unparsed lines.")
@click.argument("paths", nargs=-1, shell_complete=_options.files, metavar="[PATH]...")
@_options.format_option(["json", "table"], "Output format (default: table).", "table")
@click.option("--files", "with_files", is_flag=True, help="List every file with its format, events and time span.")
@_options.own_log_group
@_options.log_format
@_options.spool
@memory.option
@_options.progress
@_options.no_color
def command(  # noqa: PLR0917 - click passes them by name
    paths: tuple[str, ...],
    form: str,
    with_files: bool,
    log_group: str | None,
    log_format: str | None,
    progress: bool | None,
    no_color: bool,
) -> int:
    """Show what the logs of each PATH contain.

    How many files there are of each format, what each field is called in queries, the kind of its values and the number
    of events that have one, and the network interfaces and accounts that were seen. With no PATH, or with -, standard
    input is read.

    \b
    Examples:
      flowlocal fields logs/
      flowlocal fields logs/ --files
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.events import ScanReport  # noqa: PLC0415 - not for --help
    from flowlocal.sources.inspect import inspect_paths  # noqa: PLC0415

    places = _options.flat(paths, screen.terminal(sys.stdin))
    with progress_bar.Bar(None, progress) as bar:
        report = ScanReport(on_bytes=bar.advance, partial_answer=True)
        found = inspect_paths(places, log_format=log_format, log_group=log_group, report=report)
    if form == "json":
        import json  # noqa: PLC0415 - not for --help

        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=_json))
        return errors.code(report)
    for line in _text(found, with_files, screen.width(sys.stdout), screen.color(sys.stdout, not no_color)):
        click.echo(line)
    for note in notes.on_reading(report):
        click.echo(note, err=True)
    return errors.code(report)


def _json(value: object) -> object:
    from msgspec import Struct, structs  # noqa: PLC0415 - not for --help

    if isinstance(value, Struct):
        return structs.asdict(value)
    return f"{value.isoformat(timespec='milliseconds')}Z" if isinstance(value, datetime) else str(value)


def _text(found: Inspection, with_files: bool, width: int | None, color: bool) -> Iterator[str]:
    from flowlocal.outputs.table import render  # noqa: PLC0415 - not for --help

    yield from _summary(found)
    for title, names, rows, total in _tables(found, with_files):
        yield ""
        yield painter(color)(title, "1;4")
        yield from render(names, [list(column) for column in zip(*rows, strict=True)], width=width, color=color)
        if total > len(rows):
            yield f"and {total - len(rows):,} more; --format json has them all"


def _summary(found: Inspection) -> Iterator[str]:
    """Yield lines on the files of each format and container, then on all of them."""
    files, events = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for file in found.files:
        files[file.shape, file.container] += 1
        events[file.shape, file.container] += file.events
    for (shape, container), count in files.items():
        counted = notes.several(events[shape, container], "event")
        yield f"{notes.files_of(shape, count)}, {container}, {counted}"
    parts = [notes.several(found.records, "flow log record")]
    parts += [notes.several(found.odd_count, "other line")] if found.odd_count else []
    yield f"{', '.join(parts)}, {in_words(found.bytes)}; log group {', '.join(found.log_groups)}"
    if found.first:
        yield f"from {_time(found.first)} to {_time(found.last)} UTC"


def _tables(found: Inspection, with_files: bool) -> Iterator[Table]:
    """Yield the tables, what is asked most often first."""
    files = [_file(file) for file in found.files] if with_files else []
    fields = [_field(field) for field in found.fields]
    tables: list[Table] = [
        ("fields", ["name", "in the log", "kind", "filled", "% of events"], fields, len(fields)),
        ("network interfaces", ["interfaceId", "events"], _counts(found.interfaces), len(found.interfaces)),
        ("accounts", ["accountId", "events"], _counts(found.accounts), len(found.accounts)),
        ("files", ["path", "format", "stored as", "events", "first", "last"], files, len(files)),
    ]
    return (table for table in tables if table[2])


def _file(file: FoundFile) -> list[str | None]:
    return [file.path, file.shape, file.container, f"{file.events:,}", _time(file.first), _time(file.last)]


def _field(field: FoundField) -> list[str | None]:
    return [field.name, field.spelling, str(field.kind), f"{field.filled:,}", f"{field.coverage * 100:.1f}"]


def _counts(counts: Mapping[str, int]) -> Rows:
    return [(name, f"{count:,}") for name, count in list(counts.items())[:_SHOWN]]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(" ", "seconds") if moment else None
