"""Open log files: find them, detect their input formats, and join them to one lazy frame of events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from threading import Event
from typing import BinaryIO

import polars as pl
from msgspec.structs import replace

from flowlocal.events import (
    RANK,
    Events,
    Field,
    ScanReport,
    SkippedFile,
    SkipReason,
    UnreadableInput,
    split_row,
)
from flowlocal.sources.files.paths import STDIN, NamedFile
from flowlocal.sources.formats import open_format
from flowlocal.sources.formats.other_text import packed, unread
from flowlocal.sources.reading.lines import LineFile, batched, latest
from flowlocal.sources.reading.pipeline import CONNECTIONS, Source, ahead, event_frames, lazy_events
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile, probe_file
from flowlocal.sources.records import layout as layouts
from flowlocal.sources.records.ranks import Ranking, ranking_of
from flowlocal.sources.survey import Survey


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
    files = open_some(named, options, stdin, partial_answer=partial_answer)
    error = Survey.of(files).error
    if error is not None:
        raise error
    return files


def open_some(
    named: Sequence[NamedFile],
    options: Options,
    stdin: BinaryIO | None = None,
    *,
    partial_answer: bool = False,
    first: int = 0,
) -> list[OpenedFile]:
    """Open files as ``open_files`` does, numbered from ``first``; it is no error if none of them can be read."""
    jobs = (partial(probe_file, file, stdin, skip=partial_answer) for file in named)
    remote = any(file.remote is not None for file in named)
    probed = chain.from_iterable(ahead(jobs, CONNECTIONS) if remote else (job() for job in jobs))
    numbered = (replace(file, number=number) for number, file in enumerate(probed, first))
    return [_opened(file, options, skip=file.walked or partial_answer) for file in numbered]


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
    survey, left_out = Survey.of(files), list(skipped)
    part = ranked = part_of(files, survey.fields)
    read_files = [each for each in files if each.skipped is None and not each.file.archive]
    ranking = ranking_of([(each.file.number, each.extent) for each in read_files])
    if ranking is not None:
        bounded = [replace(each, source=each.bounded or each.source) for each in files]
        ranked = part_of(bounded, survey.fields, ranking)

    def rank() -> pl.Expr | None:
        # Of contents that have changed nothing is known.
        return None if ranking is None or any(_changes(files)) else pl.col(RANK)

    def note(report: ScanReport) -> None:
        report.skip(*left_out)
        survey.add_to(report)

    def read(report: ScanReport) -> pl.LazyFrame:
        note(report)
        return (part if rank() is None else ranked).read(report)

    def batches(report: ScanReport, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        note(report)
        batches = (ranked if RANK in columns else part).batches
        assert batches is not None  # noqa: S101 - made of files
        return batches(report, columns)

    return replace(surveyed(survey, read, part.locate, log_group), batches=batches, rank=rank)


def surveyed(
    survey: Survey,
    read: Callable[[ScanReport], pl.LazyFrame],
    locate: Callable[[int], tuple[str, int]],
    log_group: str = DEFAULT_GROUP,
) -> Events:
    """Return the events of surveyed files.

    Args:
        survey: what was found in the files.
        read: see ``Events``.
        locate: see ``Events``.
        log_group: the log group if no readable file has one.
    """
    return Events(
        fields=survey.fields,
        aliases=survey.aliases,
        read=read,
        locate=locate,
        total_bytes=survey.size,
        log_groups=survey.groups or (log_group,),
        hidden=survey.hidden,
        formats=survey.formats,
    )


def part_of(files: Sequence[OpenedFile], fields: Mapping[str, Field], ranking: Ranking | None = None) -> Events:
    """Return the events of some of the files of a query, without a report of what was found when they were opened.

    Args:
        files: the files.
        fields: the fields of all files of the query.
        ranking: how events are ranked; None if they are not.
    """
    sources = list(_batched(files))

    def watch(report: ScanReport) -> None:
        report.at_end.append(partial(_changes, files))
        report.interrupted.extend(_waiting(files))

    def read(report: ScanReport) -> pl.LazyFrame:
        watch(report)
        return lazy_events(lambda: sources, fields, report, ranking, partial(latest, sources))

    def batches(report: ScanReport, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        watch(report)
        return event_frames(sources, fields, report, columns, ranking)

    locate = partial(_locate, {file.file.number: file.file.path for file in files})
    return Events(fields, {}, read, locate, None, batches=batches)


def read_frames(files: Sequence[OpenedFile], report: ScanReport) -> Generator[pl.DataFrame]:
    """Return all events of opened files as frames, in order, without a lazy plan."""
    survey = Survey.of(files)
    survey.add_to(report)
    report.at_end.append(partial(_changes, files))
    report.interrupted.extend(_waiting(files))
    return event_frames(list(_batched(files)), survey.fields, report)


def _waiting(files: Iterable[OpenedFile]) -> Iterator[Event]:
    """Yield what ends the wait for silent streams."""
    yield from (each.file.interrupted for each in files if each.file.interrupted is not None)


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


def _locate(paths: Mapping[int, str], row: int) -> tuple[str, int]:
    """Return file and line of a row."""
    number, line = split_row(row)
    return paths[number], line + 1
