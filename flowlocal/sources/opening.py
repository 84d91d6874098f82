"""Open paths: find the files, detect their input formats, and join them to one lazy frame of events."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import BinaryIO

import polars as pl

from flowlocal.events import (
    LINE_BITS,
    Events,
    Field,
    HiddenFields,
    ScanReport,
    SkippedFile,
    SkipReason,
    UnreadableInput,
)
from flowlocal.sources.files.paths import STDIN, NamedFile, expand, only_dataset
from flowlocal.sources.formats import open_format
from flowlocal.sources.formats.other_text import packed, unread
from flowlocal.sources.reading.lines import LineFile, batched
from flowlocal.sources.reading.pipeline import CONNECTIONS, Source, ahead, event_frames, lazy_events
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile, probe_file
from flowlocal.sources.records import layout as layouts
from flowlocal.sources.records.catalog import query_names
from flowlocal.sources.records.schema import SYSTEM
from flowlocal.values.kinds import FieldKind


def open_events(
    paths: Sequence[str | os.PathLike[str]],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    start: int | None = None,
    end: int | None = None,
    stdin: BinaryIO | None = None,
    partial_answer: bool = False,
) -> Events:
    """Open logs; only the beginning of each file is read.

    Args:
        paths: files, directories, globs, ``-`` for standard input (default: standard input).
        log_format: the flow log's format string, for records without a header.
        log_group: the log group of the events.
        start: start of the requested time range (epoch ms); files outside it may be skipped.
        end: end of the requested time range (epoch ms); files outside it may be skipped.
        stdin: standard input (default: the process's own).
        partial_answer: read the other files if a named file is damaged; reports then name it.

    Returns:
        The events of all paths.

    Raises:
        UnreadableInput: a path cannot be read, or ``log_format`` is not a valid format string.
    """
    imported = only_dataset(paths)
    if imported is not None:
        from flowlocal.sources.dataset.events import open_dataset  # noqa: PLC0415 - imported only for datasets

        return open_dataset(imported, start=start, end=end)
    found = expand(paths, start=start, end=end)
    options = options_of(log_format, log_group)
    files = open_files(found.files, options, stdin, partial_answer=partial_answer)
    return joined(files, found.skipped, log_group or DEFAULT_GROUP)


def options_of(log_format: str | None, log_group: str | None) -> Options:
    """Return the user's options for all paths.

    Raises:
        UnreadableInput: ``log_format`` is not a valid format string.
    """
    try:
        layout = None if log_format is None else layouts.from_format(log_format)
    except ValueError as error:
        raise UnreadableInput(str(error), STDIN) from error
    return Options(layout, log_group)


def open_files(
    named: Sequence[NamedFile], options: Options, stdin: BinaryIO | None = None, *, partial_answer: bool = False
) -> list[OpenedFile]:
    """Open files; a file found in a folder is skipped if it is not a log or cannot be read.

    Args:
        named: the files.
        options: the user's options.
        stdin: standard input (default: the process's own).
        partial_answer: skip damaged files that were named as well.

    Raises:
        UnreadableInput: a named file cannot be read, or none of the files found can.
    """
    jobs = (partial(probe_file, file, stdin, skip=partial_answer) for file in named)
    remote = any(file.remote is not None for file in named)
    probed = chain.from_iterable(ahead(jobs, CONNECTIONS) if remote else (job() for job in jobs))
    numbered = (replace(file, number=number) for number, file in enumerate(probed))
    files = [_opened(file, options, skip=file.walked or partial_answer) for file in numbered]
    errors = [file.file.error for file in files if not file.file.archive]
    if errors and errors[0] is not None and None not in errors:
        raise errors[0]
    return files


def _opened(file: ProbedFile, options: Options, *, skip: bool) -> OpenedFile:
    if file.archive:
        return packed(file)
    if file.error is None:
        try:
            return open_format(file, options) or unread(file, SkipReason.NOT_A_LOG)
        except UnreadableInput as error:
            if not skip:
                raise
            return replace(unread(replace(file, error=error), SkipReason.UNREADABLE), damaged=True)
    return replace(unread(file, SkipReason.UNREADABLE), damaged=not file.walked)


def joined(files: Sequence[OpenedFile], skipped: Iterable[SkippedFile] = (), log_group: str = DEFAULT_GROUP) -> Events:
    """Return the events of opened files.

    Args:
        files: the files.
        skipped: files that were found and are not read.
        log_group: the log group if no readable file has one.
    """
    fields = _fields(files)
    aliases = {a: name for file in files for layout in file.layouts for a, name in layout.aliases.items()}
    aliases |= {alias: name for file in files for alias, name in file.aliases.items()}
    sizes = [file.file.size for file in files]
    sources = list(_batched(files))
    left_out = list(skipped)

    def read(report: ScanReport) -> pl.LazyFrame:
        report.skip(*left_out)
        _report(files, report)
        return lazy_events(lambda: sources, fields, report)

    return Events(
        fields=fields,
        aliases={alias: name for alias, name in aliases.items() if alias not in fields},
        read=read,
        locate=_Locator({file.file.number: file.file.path for file in files}),
        total_bytes=None if None in sizes else sum(size or 0 for size in sizes),
        log_groups=tuple(dict.fromkeys(group for file in files for group in file.groups)) or (log_group,),
        hidden=next((HiddenFields(query_names(), file.file.path) for file in files if file.unknown_layout), None),
    )


def read_frames(files: Sequence[OpenedFile], report: ScanReport) -> Generator[pl.DataFrame]:
    """Return all events of opened files as frames, in order, without a lazy plan."""
    _report(files, report)
    return event_frames(list(_batched(files)), _fields(files), report)


def _report(files: Sequence[OpenedFile], report: ScanReport) -> None:
    """Add what was found when files were opened to a report, and the check for changed files at the end."""
    report.files += len(files)
    report.skip(*(file.skipped for file in files if file.skipped is not None))
    report.warnings.extend(warning for file in files for warning in file.warnings)
    report.unreadable.extend(file.file.path for file in files if file.damaged)
    report.at_end.append(partial(_changes, files))
    report.interrupted.extend(file.file.interrupted for file in files if file.file.interrupted is not None)
    for file in files:
        if file.file.lost:
            report.lose(file.file.path, file.file.lost)


def _fields(files: Sequence[OpenedFile]) -> dict[str, Field]:
    return SYSTEM | _united(files)


def _changes(files: Iterable[OpenedFile]) -> Iterator[tuple[str, str]]:
    """Yield path and description of each file that changed since it was opened."""
    changes = ((each.file.path, each.file.stamp.change()) for each in files if each.file.stamp is not None)
    yield from ((path, change) for path, change in changes if change)


def _batched(files: Iterable[OpenedFile]) -> Iterator[Source]:
    """Yield the sources in order, neighbouring small files as one."""
    lines: list[LineFile] = []
    for file in files:
        if isinstance(file.source, LineFile):
            lines.append(file.source)
            continue
        yield from batched(lines)
        lines = []
        yield file.source
    yield from batched(lines)


def _united(files: Sequence[OpenedFile]) -> dict[str, Field]:
    """Return the fields of all files; an integer field that some layouts lack becomes text, which can be missing."""
    distinct = list(dict.fromkeys(layout for file in files for layout in file.layouts))
    union: dict[str, Field] = {}
    for layout in distinct:
        union |= {name: field for name, field in layout.fields.items() if name not in union}
    everywhere = set(union).intersection(*(layout.fields for layout in distinct))
    union = {n: field if n in everywhere else Field(n, FieldKind.TEXT) for n, field in union.items()}
    for file in files:
        for name, field in file.fields.items():
            union[name] = field if union.get(name, field) == field else Field(name, FieldKind.TEXT)
    return union


@dataclass(frozen=True)
class _Locator:
    """Returns file and line of a row."""

    paths: Mapping[int, str]

    def __call__(self, row: int) -> tuple[str, int]:
        return self.paths[row >> LINE_BITS], (row & ((1 << LINE_BITS) - 1)) + 1
