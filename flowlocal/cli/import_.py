"""``flowlocal import``: convert logs to a dataset for faster queries."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from flowlocal import outputs
from flowlocal.cli import _options
from flowlocal.sizes import in_words
from flowlocal.terminal import errors, memory, notes, progress_bar

if TYPE_CHECKING:
    from flowlocal.importing import Import


def _directory(given: str) -> str:
    """Return the directory of the dataset; refuse the name of a format, which ``-o`` takes in other commands."""
    if given in outputs.names():
        raise click.BadParameter(f"{given} is a format; import writes Parquet: name a directory, such as ./{given}")
    return given


@click.command(name="import", short_help="Convert logs to Parquet once, to query them often.")
@click.argument("paths", nargs=-1, required=True, shell_complete=_options.files, metavar="PATH...")
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    shell_complete=_options.files,
    callback=lambda _context, _parameter, given: _directory(given),
    metavar="DIRECTORY",
    help="Directory of the dataset: new, empty, or made by an earlier import.",
)
@_options.own_log_group
@_options.log_format
@memory.option
@_options.progress
def command(
    paths: tuple[str, ...], directory: str, log_group: str | None, log_format: str | None, progress: bool | None
) -> int:
    """Convert the logs in each PATH to a dataset of Parquet files in DIRECTORY.

    Queries over the dataset have the same results as over the logs, many times faster, and --start and --end skip files
    outside of the range. Every line is kept as it is. Run it again to add new files: those that are in the dataset
    already are skipped, and an import that was stopped continues. Until then, queries say how many files are missing.

    \b
    Examples:
      flowlocal import logs/ --output imported/
      flowlocal query 'stats sum(bytes) as b by srcAddr | sort b desc | limit 10' imported/ --start -24h
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.events import ScanReport  # noqa: PLC0415 - not for --help
    from flowlocal.importing import import_logs  # noqa: PLC0415

    began = time.monotonic()
    report = ScanReport()
    with progress_bar.Bar(None, progress) as bar:
        report.on_bytes = bar.advance
        done = import_logs(
            paths, directory, log_format=log_format, log_group=log_group, report=report, on_start=bar.expect
        )
    for note in notes.on_reading(done.report):
        click.echo(note, err=True)
    for line in _summary(done, directory, time.monotonic() - began):
        click.echo(line, err=True)
    return _refused(done)


def _summary(done: Import, directory: str, seconds: float) -> Iterator[str]:
    """Yield how much was converted, and what to run next."""
    skipped = f", {done.skipped:,} skipped: imported before" if done.skipped else ""
    files = notes.several(done.files, "file")
    yield f"flowlocal: {notes.several(done.events, 'event')} of {files} in {seconds:.1f} s{skipped}"
    if done.files:
        read, stored, written = map(in_words, (done.report.bytes, done.stored, done.written))
        yield f"flowlocal: {read} of lines ({stored} as stored) became {written} of Parquet in {directory}"
    if done.files or done.skipped:
        yield f"flowlocal: query it with: flowlocal query 'stats count(*) by action' {shlex.quote(directory)}"


def _refused(done: Import) -> int:
    """Print which files were not imported, and return the exit code."""
    for error in done.refused[: notes.SHOWN]:
        click.echo(errors.unreadable(error), err=True)
    if done.refused:
        click.echo(f"flowlocal: {notes.several(len(done.refused), 'file')} not imported", err=True)
    return 3 if done.refused else 0
