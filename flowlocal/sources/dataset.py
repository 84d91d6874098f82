"""Datasets: logs that ``flowlocal import`` turned into Parquet, with a manifest that says what is in them.

A dataset is a directory with a manifest and parts. A part holds events as the engine takes them: a column per field,
the raw line as ``@message``, ``ROW`` and ``RECORD``, sorted by time, so that the statistics of its row groups let a
time range pass over most of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from flowlocal.events import LINE_BITS, RECORD, ROW, Events, Field, HiddenFields, OddLine, ScanReport, UnreadableInput
from flowlocal.sources.catalog import query_names
from flowlocal.sources.paths import MANIFEST
from flowlocal.sources.records import column_type
from flowlocal.values.kinds import FieldKind

VERSION = 1
_REPAIR = "import the logs again into a new directory"


@dataclass(frozen=True)
class ImportedFile:
    """A file whose events are in the dataset: where it was, and how it looked then (size in bytes, time in ns)."""

    path: str
    size: int
    modified: int


@dataclass(frozen=True)
class Part:
    """A Parquet file of the dataset.

    Attributes:
        name: its name in the directory.
        rows: events in it.
        bytes: bytes of their lines.
        odd: how many of them are no flow log records.
        first: epoch milliseconds of the earliest event; None where no event has a time.
        last: the same for the latest.
    """

    name: str
    rows: int
    bytes: int
    odd: int
    first: int | None
    last: int | None

    def within(self, start: int | None, end: int | None) -> bool:
        """Can events of a time range be in it?"""
        if self.first is None or self.last is None:
            return start is None and end is None
        return (start is None or self.last >= start) and (end is None or self.first <= end)


@dataclass
class Manifest:
    """What a dataset holds.

    Attributes:
        fields: names and how their columns read, in order.
        aliases: second names.
        log_groups: the log groups of the events.
        files: what was imported, in reading order; the position is the file number in ``ROW``.
        parts: the Parquet files.
        odd_lines: the first few lines that were no records.
        warnings: what was said of whole files.
        unknown_layout: the first file with records whose layout is not known; None if there is none.
    """

    fields: dict[str, Field] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    log_groups: list[str] = field(default_factory=list)
    files: list[ImportedFile] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    odd_lines: list[OddLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown_layout: str | None = None

    def save(self, directory: Path) -> None:
        """Put the manifest into place in one step, so that it is there whole or not at all."""
        content = {"flowlocal": "dataset", "version": VERSION, **asdict(self)}
        fresh = directory / f".{MANIFEST}.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)  # escaped: a name need not be UTF-8
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(directory / MANIFEST)


def load(directory: Path) -> Manifest:
    """The manifest of a dataset.

    Raises:
        UnreadableInput: there is none, or not one that this version of flowlocal wrote.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise UnreadableInput("this dataset was written by another version of flowlocal", str(path), hint=_REPAIR)
        return _manifest(content)
    except OSError as error:
        raise UnreadableInput(f"cannot read the dataset: {error.strerror}", str(path)) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableInput(f"this is no manifest of a dataset: {error}", str(path), hint=_REPAIR) from None


def _manifest(content: dict[str, object]) -> Manifest:
    def read(name: str, make: type) -> list[object]:
        rows = content[name]
        if not isinstance(rows, list):
            raise TypeError(name)
        return [make(**row) for row in rows]

    fields, aliases, groups, warnings = (content[name] for name in ("fields", "aliases", "log_groups", "warnings"))
    assert isinstance(fields, dict)  # noqa: S101 - as written by save
    assert isinstance(aliases, dict)  # noqa: S101
    assert isinstance(groups, list)  # noqa: S101
    assert isinstance(warnings, list)  # noqa: S101
    typed = {name: _field(each) for name, each in fields.items()}
    files, parts, odd = read("files", ImportedFile), read("parts", Part), read("odd_lines", OddLine)
    unknown = content.get("unknown_layout")
    if unknown is not None and not isinstance(unknown, str):
        raise TypeError("unknown_layout")
    return Manifest(typed, aliases, groups, files, parts, odd, warnings, unknown)  # type: ignore[arg-type]


def _field(each: dict[str, Any]) -> Field:
    """A field as ``save`` wrote it; datasets of earlier versions do not say which ones came from JSON."""
    return Field(each["name"], FieldKind(each["kind"]), each["maximum"], each.get("json", False))


def open_dataset(directory: str | os.PathLike[str], *, start: int | None = None, end: int | None = None) -> Events:
    """The events of a dataset; parts that lie outside a time range (epoch ms) are left out.

    Raises:
        UnreadableInput: the manifest or a part is missing or damaged.
    """
    root = Path(directory)
    manifest = load(root)
    parts = [part for part in manifest.parts if part.within(start, end)]
    for part in parts:
        if not (root / part.name).is_file():
            raise UnreadableInput("a part of this dataset is missing", str(root / part.name), hint=_REPAIR)
    return Events(
        fields=manifest.fields,
        aliases=manifest.aliases,
        read=lambda report: _read(root, manifest, parts, report),
        locate=lambda row: (manifest.files[row >> LINE_BITS].path, (row & ((1 << LINE_BITS) - 1)) + 1),
        total_bytes=None,
        log_groups=tuple(manifest.log_groups),
        hidden=None if manifest.unknown_layout is None else HiddenFields(query_names(), manifest.unknown_layout),
    )


def _read(root: Path, manifest: Manifest, parts: Iterable[Part], report: ScanReport) -> pl.LazyFrame:
    """The events of some parts, their numbers told to the report."""
    odd = 0
    paths = []
    for part in parts:
        report.records += part.rows
        report.bytes += part.bytes
        odd += part.odd
        paths.append(root / part.name)
    for line in manifest.odd_lines[:odd]:
        report.odd(line.path, line.line, line.reason)
    report.odd_count = max(report.odd_count, odd)
    report.warnings.extend(manifest.warnings)
    schema = columns_of(manifest.fields)
    if not paths:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(paths, schema=schema, missing_columns="insert", glob=False, hive_partitioning=False)


def columns_of(fields: dict[str, Field]) -> dict[str, pl.DataType]:
    """The physical columns of events with these fields."""
    return {name: column_type(each) for name, each in fields.items()} | {ROW: pl.Int64(), RECORD: pl.Boolean()}
