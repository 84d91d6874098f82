"""Summarise logs: input formats, layouts, fields with their coverage, time span, interfaces, accounts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from flowlocal.collecting import collect
from flowlocal.events import LINE_BITS, RECORD, ROW, Events, Field, OddLine, ScanReport
from flowlocal.sources.dataset.manifest import load
from flowlocal.sources.files.paths import expand, only_dataset
from flowlocal.sources.opening import joined, open_files, options_of
from flowlocal.sources.reading.probed_file import Options
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.schema import TIMESTAMP
from flowlocal.values.kinds import FieldKind

_FILE = "@_file"
_INTERFACE, _ACCOUNT = "interfaceId", "accountId"


class FoundField(Struct, frozen=True):
    """A field of the logs.

    Attributes:
        name: its Insights name.
        spelling: the log's own spelling; None if it is the same.
        kind: the kind of its values.
        filled: number of events in which it has a value other than ``-``.
        coverage: the same as a share of all events, 0 to 1.
    """

    name: str
    spelling: str | None
    kind: FieldKind
    filled: int
    coverage: float


class FoundFile(Struct, frozen=True):
    """A file of the logs.

    Attributes:
        path: as the user named it.
        shape: the name of its input format.
        container: how it is stored, such as plain, gzip, or UTF-16 in zstd.
        stored: stored bytes; None for a stream.
        layouts: the fields of each layout of its records, in the log's spelling.
        events: number of events.
        records: number of events that are flow log records.
        first: time of the earliest event, UTC; None if no event has a time.
        last: time of the latest event.
    """

    path: str
    shape: str
    container: str
    stored: int | None
    layouts: tuple[tuple[str, ...], ...]
    events: int
    records: int
    first: datetime | None
    last: datetime | None


class Inspection(Struct, frozen=True):
    """The summary of logs.

    Attributes:
        files: all files, in reading order.
        fields: all fields, system fields first.
        events: number of events.
        records: number of events that are flow log records.
        bytes: bytes of log lines, after decompression.
        first: time of the earliest event, UTC; None if no event has a time.
        last: time of the latest event.
        interfaces: number of events by network interface, the busiest first.
        accounts: number of events by account, the busiest first.
        log_groups: the names of the log groups.
        odd_count: number of lines that are not flow log records.
        odd_lines: the first few of them.
        warnings: warnings about whole files.
    """

    files: tuple[FoundFile, ...]
    fields: tuple[FoundField, ...]
    events: int
    records: int
    bytes: int
    first: datetime | None
    last: datetime | None
    interfaces: Mapping[str, int]
    accounts: Mapping[str, int]
    log_groups: tuple[str, ...]
    odd_count: int
    odd_lines: tuple[OddLine, ...]
    warnings: tuple[str, ...]


def inspect_paths(
    paths: Sequence[str | os.PathLike[str]],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    stdin: BinaryIO | None = None,
    report: ScanReport | None = None,
) -> Inspection:
    """Read logs once and return a summary of them.

    Args:
        paths: files, directories, globs, ``-`` for standard input; or a dataset.
        log_format: the flow log's format string, for records without a header.
        log_group: the name of the log group.
        stdin: standard input; the process's own if not given.
        report: filled while reading, for progress.

    Raises:
        UnreadableInput: a path cannot be read.
    """
    report = report or ScanReport()
    events, files = _of_dataset(paths) or _of_logs(paths, options_of(log_format, log_group), stdin)
    frame = _summed(events, report)
    first, last = (frame[name].drop_nulls() for name in ("first", "last"))
    return Inspection(
        files=tuple(_counted(file, frame, number) for number, file in enumerate(files)),
        fields=tuple(_field(events, field, frame) for field in events.fields.values()),
        events=_total(frame, "events"),
        records=_total(frame, "records"),
        bytes=report.bytes,
        first=None if first.is_empty() else first.min(),  # type: ignore[arg-type]
        last=None if last.is_empty() else last.max(),  # type: ignore[arg-type]
        interfaces=_counts(frame, _INTERFACE),
        accounts=_counts(frame, _ACCOUNT),
        log_groups=events.log_groups,
        odd_count=report.odd_count,
        odd_lines=tuple(report.odd_lines),
        warnings=tuple(report.warnings),
    )


def _of_dataset(paths: Sequence[str | os.PathLike[str]]) -> tuple[Events, list[FoundFile]] | None:
    """Return the events of a dataset and its imported files; None if the paths are not a dataset."""
    dataset = only_dataset(paths)
    if dataset is None:
        return None
    from flowlocal.sources.dataset.events import open_dataset  # noqa: PLC0415 - imported only for datasets

    files = [_found(each.path, "dataset", "Parquet", each.size) for each in load(Path(dataset)).files]
    return open_dataset(dataset), files


def _of_logs(
    paths: Sequence[str | os.PathLike[str]], options: Options, stdin: BinaryIO | None
) -> tuple[Events, list[FoundFile]]:
    found = expand(paths)
    opened = open_files(found.files, options, stdin, partial_answer=True)
    files = [_found(each.file.path, each.format, each.file.text.name, each.file.size, each.layouts) for each in opened]
    return joined(opened, found.skipped), files


def _found(path: str, shape: str, container: str, stored: int | None, layouts: Sequence[Layout] = ()) -> FoundFile:
    """Return a file whose events have not been counted yet."""
    return FoundFile(path, shape, container, stored, tuple(each.names for each in layouts), 0, 0, None, None)


def _summed(events: Events, report: ScanReport) -> pl.DataFrame:
    """Return counts and the first and last time for each file, interface and account."""
    keys = [name for name in (_INTERFACE, _ACCOUNT) if name in events.fields]
    rows = events.read(report).with_columns((pl.col(ROW) // (1 << LINE_BITS)).alias(_FILE))
    sums = rows.group_by(_FILE, *keys).agg(
        pl.len().alias("events"),
        pl.col(RECORD).sum().alias("records"),
        pl.col(TIMESTAMP).min().alias("first"),
        pl.col(TIMESTAMP).max().alias("last"),
        *(_filled(field).sum().alias(f"filled {name}") for name, field in events.fields.items()),
    )
    return collect(sums, report)


def _filled(field: Field) -> pl.Expr:
    column = pl.col(field.name)
    return column.is_not_null() & (column != "-") if field.kind is FieldKind.TEXT else column.is_not_null()


def _total(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].sum())


def _counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    if column not in frame.columns:
        return {}
    known = frame.filter(pl.col(column).is_not_null() & (pl.col(column) != "-"))
    counts = known.group_by(column).agg(pl.col("events").sum()).sort(["events", column], descending=[True, False])
    return dict(counts.iter_rows())


def _field(events: Events, field: Field, frame: pl.DataFrame) -> FoundField:
    spelling = next((alias for alias, name in events.aliases.items() if name == field.name), None)
    filled, total = _total(frame, f"filled {field.name}"), _total(frame, "events")
    return FoundField(field.name, spelling, field.kind, filled, filled / total if total else 0.0)


def _counted(file: FoundFile, frame: pl.DataFrame, number: int) -> FoundFile:
    rows = frame.filter(pl.col(_FILE) == number)
    times: dict[str, Any] = {"first": rows["first"].min(), "last": rows["last"].max()}
    return replace(file, events=_total(rows, "events"), records=_total(rows, "records"), **times)
