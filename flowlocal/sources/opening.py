"""Opens paths: finds the files, tells their shapes, and joins them to one lazy frame of events."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from flowlocal.events import LINE_BITS, Events, Field, UnreadableInput
from flowlocal.sources import layout as layouts
from flowlocal.sources.containers import HEAD_BYTES, container_of, head
from flowlocal.sources.dataset import only_dataset, open_dataset
from flowlocal.sources.flow_text import text_form
from flowlocal.sources.layout import Layout
from flowlocal.sources.lines import LineFile, batched, bytes_opener, file_opener
from flowlocal.sources.paths import STDIN, NamedFile, expand, export_stream
from flowlocal.sources.pipeline import Source, lazy_events
from flowlocal.sources.records import SYSTEM, Origin
from flowlocal.values.kinds import FieldKind

DEFAULT_GROUP = "flowlocal"
_SNIFF_BYTES = 4 << 10
_PERMISSION_CHECK = b"Permission Check Successful"


@dataclass(frozen=True)
class Options:
    """What the user said of all paths.

    Attributes:
        layout: the layout of records without a header.
        group: the log group.
    """

    layout: Layout | None
    group: str


def open_events(
    paths: Sequence[str | os.PathLike[str]],
    *,
    log_format: str | None = None,
    log_group: str | None = None,
    start: int | None = None,
    end: int | None = None,
    stdin: BinaryIO | None = None,
) -> Events:
    """Open logs: look at every file's beginning, read no more.

    Args:
        paths: files, directories, globs, ``-`` for standard input; none means standard input; or one dataset.
        log_format: the flow log's format string, for records without a header.
        log_group: the name of the log group the events count as.
        start: no event before it is asked for (epoch ms); a hint for leaving out files.
        end: no event after it is asked for (epoch ms); a hint for leaving out files.
        stdin: standard input; the process's own if not given.

    Returns:
        The events of all paths.

    Raises:
        UnreadableInput: where a path cannot be read or ``log_format`` is none.
    """
    imported = only_dataset(paths)
    if imported is not None:
        return open_dataset(imported, start=start, end=end)
    options = Options(_given_layout(log_format), log_group or DEFAULT_GROUP)
    files = [_opened(number, file, options, stdin) for number, file in enumerate(expand(paths))]
    return _joined([file for file in files if file is not None], options)


def _given_layout(log_format: str | None) -> Layout | None:
    if log_format is None:
        return None
    try:
        return layouts.from_format(log_format)
    except ValueError as error:
        raise UnreadableInput(str(error), STDIN) from error


def _opened(number: int, file: NamedFile, options: Options, stdin: BinaryIO | None) -> LineFile | None:
    """A file, or None where it holds no log."""
    if file.path == STDIN:
        return _opened_stdin(number, options, stdin)
    opener = file_opener(file.path)
    with opener() as stream:
        status = os.fstat(stream.fileno())
        first = stream.read(_SNIFF_BYTES)
        beginning, complete = head(stream, first, HEAD_BYTES if b"\n" not in first else 1)
    if complete and beginning.startswith(_PERMISSION_CHECK):
        return None
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    return _line_file(
        number=number, path=file.path, size=size, first=first, beginning=beginning, opener=opener, options=options
    )


def _opened_stdin(number: int, options: Options, stdin: BinaryIO | None) -> LineFile:
    """Standard input, kept in memory as it is stored, so that it can be read again."""
    if stdin is None:
        stdin = sys.stdin.buffer
    data = stdin.read()
    opener = bytes_opener(data)
    beginning, _ = head(opener(), b"")
    return _line_file(
        number=number, path=STDIN, size=None, first=data[:4], beginning=beginning, opener=opener, options=options
    )


def _line_file(
    *,
    number: int,
    path: str,
    size: int | None,
    first: bytes,
    beginning: bytes,
    opener: Callable[[], BinaryIO],
    options: Options,
) -> LineFile:
    found = text_form(beginning, options.layout)
    origin = Origin(options.group, export_stream(path))
    return LineFile(number, path, size, container_of(first), found.form, origin, found.skip, found.first, opener)


def _joined(files: Sequence[LineFile], options: Options) -> Events:
    fields = SYSTEM | _united([layout for file in files for layout in file.form.layouts])
    aliases = {alias: name for file in files for layout in file.form.layouts for alias, name in layout.aliases.items()}
    sizes = [file.size for file in files]
    sources: list[Source] = list(batched(files))
    return Events(
        fields=fields,
        aliases={alias: name for alias, name in aliases.items() if alias not in fields},
        read=lambda report: lazy_events(lambda: sources, fields, report),
        locate=_Locator({file.number: file.path for file in files}),
        total_bytes=None if None in sizes else sum(size or 0 for size in sizes),
        log_groups=(options.group,),
    )


def _united(found: Sequence[Layout]) -> dict[str, Field]:
    """The fields of several layouts; an integer that some records lack is text, so that it can be missing there."""
    distinct = list(dict.fromkeys(found))
    union: dict[str, Field] = {}
    for layout in distinct:
        union |= {name: field for name, field in layout.fields.items() if name not in union}
    everywhere = set(union).intersection(*(layout.fields for layout in distinct))
    return {n: field if n in everywhere else Field(n, FieldKind.TEXT) for n, field in union.items()}


@dataclass(frozen=True)
class _Locator:
    """Finds file and line of a row."""

    paths: Mapping[int, str]

    def __call__(self, row: int) -> tuple[str, int]:
        return self.paths[row >> LINE_BITS], (row & ((1 << LINE_BITS) - 1)) + 1
