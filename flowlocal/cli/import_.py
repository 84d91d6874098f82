"""``flowlocal import``: turn logs into a dataset that answers faster."""

from __future__ import annotations

import time

import click

from flowlocal.cli import _notes, _options, _progress


@click.command(name="import", short_help="Turn logs into Parquet once, to query them often.")
@click.argument("paths", nargs=-1, required=True, shell_complete=_options.files, metavar="PATH...")
@click.option(
    "-o",
    "--output",
    "directory",
    required=True,
    shell_complete=_options.files,
    metavar="DIRECTORY",
    help="The dataset: a new or empty directory, or one that an earlier import made.",
)
@click.option("--log-group", metavar="NAME", help="The log group that the events are said to be in (@log).")
@click.option(
    "--log-format",
    metavar="FORMAT",
    help="Layout of custom records, as given to CreateFlowLogs: '${version} ${account-id} ...'.",
)
@_options.progress
def command(
    paths: tuple[str, ...], directory: str, log_group: str | None, log_format: str | None, progress: bool | None
) -> None:
    """Turn the logs in each PATH into a dataset of Parquet files in DIRECTORY.

    Queries over the dataset answer as over the logs, many times faster, and --start and --end pass over what lies
    outside. Every line is kept as it stood. Run it again to add new files: those that are in the dataset already are
    passed over, and an import that was stopped goes on where it was.

    \b
    Examples:
      flowlocal import logs/ -o imported/
      flowlocal query 'stats sum(bytes) as b by srcAddr | sort b desc | limit 10' imported/ --start -24h
    """  # noqa: D301 - \b is click's mark for text that keeps its lines
    from flowlocal.events import ScanReport  # noqa: PLC0415 - not for --help
    from flowlocal.importing import import_logs  # noqa: PLC0415

    began = time.monotonic()
    report = ScanReport()
    with _progress.Bar(None, progress) as bar:
        report.on_bytes = bar.advance
        done = import_logs(
            paths, directory, log_format=log_format, log_group=log_group, report=report, on_start=bar.expect
        )
    for note in _notes.on_reading(done.report):
        click.echo(note, err=True)
    passed = f", {done.skipped:,} passed over" if done.skipped else ""
    seconds = time.monotonic() - began
    click.echo(f"flowlocal: {done.events:,} events of {done.files:,} files in {seconds:.1f} s{passed}", err=True)
