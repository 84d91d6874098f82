"""The files of a query as tasks read them: slices of log groups, whose fields the driver knows."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from flowlocal.events import Events, ScanReport, SkippedFile
from flowlocal.sources.files.paths import NamedFile
from flowlocal.sources.joining import PART_BITS, aligned, joined
from flowlocal.sources.opening import open_some, options_of, part_of, surveyed
from flowlocal.sources.reading.pipeline import unread_events
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile
from flowlocal.sources.survey import Survey

LARGEST = 256 << 20
"""Stored bytes of a task's files, if they are several and there is enough for all slots."""
SMALLEST = 4 << 20
"""Stored bytes below which a task would spend more on its start than on its files."""
_WAVES = 4
"""Tasks per slot, so that slots that are done early find another task."""


class FileSlice(Struct, frozen=True):
    """The files of a task.

    Attributes:
        group: the number of their log group.
        packed: the files, neighbours in reading order; an object takes a dozen bytes instead of half a kilobyte.
        count: their number.
        first: the number of the first one in the reading order of its group.
        stored: their stored bytes.
        number: the number of the task.
    """

    group: int
    packed: bytes
    count: int
    first: int = 0
    stored: int = 0
    number: int = 0

    @classmethod
    def of(cls, group: int, files: Sequence[NamedFile]) -> FileSlice:
        """Return the slice of some files."""
        return cls(group, zlib.compress(pickle.dumps(tuple(files))), len(files), stored=sum(map(stored_bytes, files)))

    @property
    def files(self) -> tuple[NamedFile, ...]:
        """The files."""
        return cast("tuple[NamedFile, ...]", pickle.loads(zlib.decompress(self.packed)))  # noqa: S301 - packed here


class SourceGroup(Struct, frozen=True):
    """A log group as it is opened everywhere.

    Attributes:
        name: its name; None if none was given.
        log_format: the layout of custom records.
        partial_answer: skip damaged files.
        survey: what was found in its files.
        skipped: files that were found and are not read.
    """

    name: str | None
    log_format: str | None
    partial_answer: bool
    survey: Survey = field(default_factory=Survey)
    skipped: tuple[SkippedFile, ...] = ()

    def opened(self, part: FileSlice) -> list[OpenedFile]:
        """Open the files of a slice."""
        options = options_of(self.log_format, self.name)
        return open_some(part.files, options, partial_answer=self.partial_answer, first=part.first)

    def events(self) -> Events:
        """Return the events, which this process does not read; reports receive what was found in the files."""

        def read(report: ScanReport) -> pl.LazyFrame:
            report.skip(*self.skipped)
            self.survey.add_to(report)
            return unread_events(self.survey.fields)

        return surveyed(self.survey, read, _nowhere, self.name or DEFAULT_GROUP)


def _nowhere(row: int) -> tuple[str, int]:
    raise KeyError(row)


def joined_groups(groups: Sequence[SourceGroup]) -> Events:
    """Return the events of all groups, which this process does not read."""
    return joined([group.events() for group in groups])


def part_of_groups(groups: Sequence[SourceGroup], part: FileSlice) -> Events:
    """Return the events of a slice, with the fields and row ids that they have among those of all groups."""
    whole, group = joined_groups(groups), groups[part.group]
    own = part_of(group.opened(part), group.survey.fields)
    if len(groups) == 1:
        return replace(whole, read=own.read, locate=own.locate)
    own = replace(own, fields=group.survey.fields)
    return replace(
        whole,
        read=lambda report: aligned(own, part.group, whole.fields, report),
        locate=lambda row: own.locate(row & (1 << PART_BITS) - 1),
    )


def slices(group: int, files: Iterable[NamedFile], size: int) -> Iterator[FileSlice]:
    """Yield neighbouring files in slices of about a size, in stored bytes."""
    waiting, stored = list[NamedFile](), 0
    for file in files:
        own = stored_bytes(file)
        if waiting and stored + own > size:
            yield FileSlice.of(group, waiting)
            waiting, stored = [], 0
        waiting.append(file)
        stored += own
    if waiting:
        yield FileSlice.of(group, waiting)


def stored_bytes(file: NamedFile) -> int:
    """Return the stored bytes of a file."""
    if file.remote is not None:
        return file.remote.size
    return file.status.st_size if file.status is not None else 0


def slice_size(total: int, slots: int) -> int:
    """Return the stored bytes of a task's files, so that all slots have some tasks."""
    return min(max(total // (slots * _WAVES), SMALLEST), LARGEST)
