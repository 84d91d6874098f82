"""Turning logs into a dataset: read once as text, queried often as Parquet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flowlocal.events import LINE_BITS, RECORD, ROW, Events, Field, ScanReport, UnreadableInput
from flowlocal.sources.dataset import ImportedFile, Manifest, Part, load
from flowlocal.sources.opening import joined, open_files, options_of
from flowlocal.sources.paths import REMOTE, STDIN, NamedFile, expand, is_dataset
from flowlocal.sources.records import MESSAGE
from flowlocal.sources.sniffing import Opened

PART_ROWS = 250_000
GROUP_ROWS = 125_000
"""Rows of a row group: small enough for a time range to pass over most of a part."""
_BATCH_BYTES = 256 << 20
_BATCH_FILES = 1_000


@dataclass(frozen=True)
class Import:
    """What an import did.

    Attributes:
        files: files whose events were added.
        skipped: files that were in the dataset already.
        events: events added.
        report: what was met while they were read.
    """

    files: int
    skipped: int
    events: int
    report: ScanReport


def import_logs(
    paths: Sequence[str | os.PathLike[str]],
    directory: str | os.PathLike[str],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    report: ScanReport | None = None,
    on_start: Callable[[int], None] = lambda _total: None,
) -> Import:
    """Add logs to a dataset, which is made where there is none; files that are in it already are passed over.

    The dataset grows batch by batch: a stopped import goes on where it was, and readers see whole batches only.

    Args:
        paths: files, directories and globs.
        directory: where the dataset is or is to be.
        log_format: the format string of flow logs without a header.
        log_group: the log group that the events count as.
        report: filled while the logs are read.
        on_start: called with the number of stored bytes that are to be read.

    Raises:
        UnreadableInput: a path cannot be read, a file has changed since it was imported, or the directory holds
            something else.
    """
    root, report = Path(directory), report or ScanReport()
    found = expand(list(paths))
    named = found.files
    report.skip(*found.skipped)
    manifest = _prepare(root)
    wanted = [_stamp(file.path) for file in named]
    walked = {stamp.path for stamp, file in zip(wanted, named, strict=True) if file.walked}
    options = options_of(log_format, log_group)
    fresh = [file for file in wanted if not _is_known(file, manifest)]
    on_start(sum(file.size for file in fresh))
    before = sum(part.rows for part in manifest.parts)
    for batch in _batches(fresh):
        opened = open_files([NamedFile(file.path, file.path in walked) for file in batch], options)
        events = joined(opened)
        _add(root, manifest, list(_numbered(batch, opened)), events, report)
    return Import(len(fresh), len(wanted) - len(fresh), sum(part.rows for part in manifest.parts) - before, report)


def _prepare(root: Path) -> Manifest:
    """The manifest of the dataset; a directory without one must be empty."""
    if is_dataset(root):
        manifest = load(root)
        _sweep(root, manifest)
        return manifest
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UnreadableInput("this is no dataset and not empty", str(root), hint="name a new or an empty directory")
    root.mkdir(parents=True, exist_ok=True)
    manifest = Manifest()
    manifest.save(root)
    return manifest


def _sweep(root: Path, manifest: Manifest) -> None:
    """Take away what a stopped import left behind."""
    known = {part.name for part in manifest.parts}
    for path in [*root.glob("part-*.parquet"), *root.glob(".part-*.new")]:
        if path.name not in known:
            path.unlink()


def _stamp(path: str) -> ImportedFile:
    if path == STDIN:
        raise UnreadableInput("standard input cannot be imported", path, hint="save it as a file first")
    if path.startswith(REMOTE):
        raise UnreadableInput("only local files are imported", path, hint="fetch them first, as with `aws s3 sync`")
    status = os.stat(path)
    return ImportedFile(os.path.abspath(path), status.st_size, status.st_mtime_ns)


def _is_known(file: ImportedFile, manifest: Manifest) -> bool:
    if file in manifest.files:
        return True
    if any(known.path == file.path for known in manifest.files):
        raise UnreadableInput(
            "this file has changed since it was imported", file.path, hint="import the logs into a new directory"
        )
    return False


def _batches(files: Sequence[ImportedFile]) -> Iterator[list[ImportedFile]]:
    """Files in order, so many at a time as are read quickly; a large one alone."""
    batch: list[ImportedFile] = []
    for file in files:
        size = sum(each.size for each in batch)
        if batch and (size + file.size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _numbered(batch: Iterable[ImportedFile], opened: Iterable[Opened]) -> Iterator[ImportedFile]:
    """Yield files as the rows of a batch number them: an archive is followed by the files in it."""
    stamps = iter(batch)
    for file in opened:
        if not file.file.packed:
            stamp = next(stamps)
        yield replace(stamp, path=file.file.path)


def _add(root: Path, manifest: Manifest, batch: Sequence[ImportedFile], events: Events, report: ScanReport) -> None:
    """The parts of one batch, and then the manifest that names them."""
    fields = _united(manifest, events, root)
    offset = len(manifest.files) << LINE_BITS
    odd_before = len(report.odd_lines)
    # Nothing stands between the reader and the batches: Polars would read far ahead of what is written.
    batches = enumerate(events.read(report).collect_batches(chunk_size=PART_ROWS, engine="streaming"))
    numbered = ((len(manifest.parts) + number, rows) for number, rows in batches if rows.height)
    parts = [_write(root, number, rows.with_columns(pl.col(ROW) + offset)) for number, rows in numbered]
    manifest.fields = fields
    manifest.aliases |= dict(events.aliases)
    if events.hidden is not None:
        manifest.unknown_layout = manifest.unknown_layout or events.hidden.path
    manifest.log_groups = list(dict.fromkeys([*manifest.log_groups, *events.log_groups]))
    manifest.files += batch
    manifest.parts += parts
    manifest.odd_lines = [*manifest.odd_lines, *report.odd_lines[odd_before:]][: ScanReport.SHOWN]
    manifest.warnings = list(dict.fromkeys([*manifest.warnings, *report.warnings]))
    manifest.save(root)


def _united(manifest: Manifest, events: Events, root: Path) -> dict[str, Field]:
    """The fields of the dataset with those of new events; a name reads in one way in all of its parts."""
    for name, new in events.fields.items():
        known = manifest.fields.get(name)
        if known is not None and known.kind is not new.kind:
            raise UnreadableInput(
                f"{name} reads as {new.kind} in these logs and as {known.kind} in the dataset",
                str(root),
                hint="import logs of another layout into a directory of their own",
            )
    return {**events.fields, **manifest.fields}


def _write_parquet(rows: pl.DataFrame, path: Path) -> None:
    """Write rows so that they are read fast.

    The lines are most of a part; with lz4 they take two thirds more room than with zstd, and half the time. Integers of
    which hardly two are the same are written as differences: the events' numbers then take no room to speak of.
    """
    # Polars' own writer has one compression and encoding for all columns.
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415 - slow

    differences = [name for name in (ROW, "bytes") if name in rows.columns]
    pq.write_table(
        rows.to_arrow(),
        path,
        row_group_size=GROUP_ROWS,
        compression={name: "lz4" if name == MESSAGE else "zstd" for name in rows.columns},
        use_dictionary=[name for name in rows.columns if name not in {*differences, MESSAGE}],
        column_encoding=dict.fromkeys(differences, "DELTA_BINARY_PACKED"),
    )


def _write(root: Path, number: int, rows: pl.DataFrame) -> Part:
    """One part, sorted by time and put into place in one step."""
    name = f"part-{number:06d}.parquet"
    fresh = root / f".{name}.new"
    _write_parquet(rows.sort("@timestamp", ROW), fresh)
    fresh.replace(root / name)
    times = rows["@timestamp"].cast(pl.Int64)
    size = int(rows["@message"].str.len_bytes().sum()) + rows.height
    return Part(name, rows.height, size, int((~rows[RECORD]).sum()), times.min(), times.max())  # type: ignore[arg-type]
