"""What is found when files are opened, apart from the files: fields, log groups, and what could not be read.

A survey can be sent to another process, and surveys of parts of the files can be joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from msgspec import Struct, field

from flowlocal.events import Field, HiddenFields, ScanReport, SkippedFile, UnreadableInput
from flowlocal.sources.reading.probed_file import OpenedFile
from flowlocal.sources.records.catalog import query_names
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.schema import SYSTEM
from flowlocal.values.kinds import FieldKind


class Contents(Struct, frozen=True):
    """The contents of a file, equal for all files of one format.

    Attributes:
        layouts: the layouts of its records.
        fields: the fields of its events that are not flow log records, by name.
        aliases: other names of fields, in addition to the layouts'.
        groups: the log groups of its events.
    """

    layouts: tuple[Layout, ...]
    fields: tuple[tuple[str, Field], ...]
    aliases: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, file: OpenedFile) -> Contents:
        """Return the contents of an opened file."""
        return cls(file.layouts, tuple(file.fields.items()), tuple(file.aliases.items()), file.groups)


class Survey(Struct, frozen=True):
    """What was found in files when they were opened.

    Attributes:
        formats: their number by input format, with those in archives.
        contents: the different contents, in order of first appearance.
        size: stored bytes; None if not known.
        skipped: files without events.
        warnings: warnings about files.
        damaged: logs that cannot be read, so that an answer without them is partial.
        lost: path and sentence for what is missing at the beginning of a file.
        unknown_layout: the first file whose records have an unknown layout.
        error: why the first file cannot be read, if none can.
    """

    formats: Mapping[str, int] = field(default_factory=dict)
    contents: tuple[Contents, ...] = ()
    size: int | None = 0
    skipped: tuple[SkippedFile, ...] = ()
    warnings: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    unknown_layout: str | None = None
    error: UnreadableInput | None = None

    @classmethod
    def of(cls, files: Sequence[OpenedFile]) -> Survey:
        """Return the survey of opened files."""
        errors = [file.file.error for file in files if not file.file.archive]
        return cls(
            Counter(file.format for file in files),
            tuple(dict.fromkeys(map(Contents.of, files))),
            _sum(file.file.size for file in files),
            tuple(file.skipped for file in files if file.skipped is not None),
            tuple(warning for file in files for warning in file.warnings),
            tuple(file.file.path for file in files if file.damaged),
            tuple((file.file.path, file.file.lost) for file in files if file.file.lost),
            next((file.file.path for file in files if file.unknown_layout), None),
            errors[0] if errors and None not in errors else None,
        )

    @classmethod
    def joined(cls, parts: Sequence[Survey]) -> Survey:
        """Return the survey of the files of several surveys."""
        read = [part for part in parts if part.files]
        return cls(
            sum((Counter(part.formats) for part in parts), Counter()),
            tuple(dict.fromkeys(chain.from_iterable(part.contents for part in parts))),
            _sum(part.size for part in parts),
            tuple(chain.from_iterable(part.skipped for part in parts)),
            tuple(chain.from_iterable(part.warnings for part in parts)),
            tuple(chain.from_iterable(part.damaged for part in parts)),
            tuple(chain.from_iterable(part.lost for part in parts)),
            next((part.unknown_layout for part in parts if part.unknown_layout), None),
            read[0].error if read and all(part.error for part in read) else None,
        )

    @property
    def files(self) -> int:
        """The number of files."""
        return sum(self.formats.values())

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of all events: the system fields, then those that were discovered."""
        return SYSTEM | self._united()

    @property
    def aliases(self) -> dict[str, str]:
        """Other names of fields."""
        fields = self.fields
        found = {a: name for each in self.contents for layout in each.layouts for a, name in layout.aliases.items()}
        found |= dict(chain.from_iterable(each.aliases for each in self.contents))
        return {alias: name for alias, name in found.items() if alias not in fields}

    @property
    def groups(self) -> tuple[str, ...]:
        """The log groups of all events."""
        return tuple(dict.fromkeys(chain.from_iterable(each.groups for each in self.contents)))

    @property
    def hidden(self) -> HiddenFields | None:
        """The fields of records whose layout is not known."""
        return None if self.unknown_layout is None else HiddenFields(query_names(), self.unknown_layout)

    def add_to(self, report: ScanReport) -> None:
        """Add what was found to a report."""
        report.files += self.files
        report.skip(*self.skipped)
        report.warnings.extend(self.warnings)
        report.unreadable.extend(self.damaged)
        for path, what in self.lost:
            report.lose(path, what)

    def _united(self) -> dict[str, Field]:
        """Return the fields of all contents; an integer that some layouts lack becomes text, which can be missing."""
        distinct = list(dict.fromkeys(layout for each in self.contents for layout in each.layouts))
        union: dict[str, Field] = {}
        for layout in distinct:
            union |= {name: field for name, field in layout.fields.items() if name not in union}
        everywhere = set(union).intersection(*(layout.fields for layout in distinct))
        union = {n: field if n in everywhere else Field(n, FieldKind.TEXT) for n, field in union.items()}
        for name, found in chain.from_iterable(each.fields for each in self.contents):
            union[name] = found if union.get(name, found) == found else Field(name, FieldKind.TEXT)
        return union


def _sum(sizes: Iterable[int | None]) -> int | None:
    found = list(sizes)
    return None if None in found else sum(size or 0 for size in found)
