"""Flow log records as text: S3 deliveries with a header, exports with a time, output of clients, bare records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.events import SkippedFile, SkipReason, UnreadableInput
from flowlocal.sources.formats import input_format
from flowlocal.sources.reading.blocks import COLOUR
from flowlocal.sources.reading.lines import LineFile
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile
from flowlocal.sources.records import layout as layouts
from flowlocal.sources.records.discovery import discover
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.prefix import GROUP, INGESTION, NO_PREFIX, STREAM, TIME, is_time, prefix_of
from flowlocal.sources.records.probing import FoundFormat, probe
from flowlocal.sources.records.schema import LineFormat

_ESCAPE = "\x1b["
_COLOUR = re.compile(COLOUR.pattern.decode())
_SURELY = 5
"""Number of field names that only a header contains."""
_MOST_OTHERS = 0.5
"""Maximum share of lines after the first record that are not records, for a file found in a folder."""
_CLIENTS = {
    (): "records",
    (TIME,): "export task or short tail",
    (TIME, STREAM): "aws logs tail",
    (GROUP, STREAM): "awslogs",
    (GROUP, STREAM, TIME): "awslogs",
    (GROUP, STREAM, TIME, INGESTION): "awslogs",
    (STREAM,): "awslogs",
    (STREAM, TIME): "awslogs",
}


@input_format("flow log text with a header", order=10)
def with_header(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open an S3 delivery, or any text whose first line names known fields."""
    first, _, rest = file.head.partition(b"\n")
    names = first.decode("utf-8", "replace").strip()
    header = layouts.from_header(names)
    if header is None:
        _check_header(file, names, options)
        return None
    found = None if file.complete and not rest.strip() else _format_of(file, None)
    if not _is_header(header, found):
        return None
    others = () if found is None else tuple(each for each in found.layouts if len(each.names) != len(header.names))
    line_format = LineFormat((header, *others), found.prefix if found else NO_PREFIX)
    opened = _opened(file, options, "S3 delivery", line_format, _Skipped(min(len(first) + 1, len(file.head)), 1))
    if file.complete and not rest.strip():
        return replace(opened, skipped=SkippedFile(file.path, SkipReason.HEADER_ONLY))
    return opened


def _is_header(header: Layout, found: FoundFormat | None) -> bool:
    """Return True if a first line of field names is a header: if the names are few, the next lines must match them."""
    if found is not None and header in found.layouts:
        return True
    return len(header.names) >= _SURELY or (len(header.names) > 1 and found is None)


def _check_header(file: ProbedFile, header: str, options: Options) -> None:
    """Raise UnreadableInput for a header with a misspelt name, unless the user gives the layout.

    Raises:
        UnreadableInput: the header has a misspelt name; the hint has the correct one.
    """
    misspelt = layouts.misspelt_header(header)
    if misspelt is not None and options.layout is None:
        message = f"{file.path}: the header names `{misspelt[0]}`, which is not a field of flow logs"
        hint = f"did you mean `{misspelt[1]}`? Correct the header, or give the flow log's format with --log-format"
        raise UnreadableInput(message, file.path, 1, hint)


@input_format("flow log text", order=50)
def without_header(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open records of a given or recognised layout after any of the known prefixes."""
    given, coloured = options.layout, _ESCAPE.encode() in file.head
    found = _format_of(file, given)
    if found is not None:
        line_format = LineFormat(found.layouts, found.prefix, coloured=coloured)
        return _opened(file, options, _CLIENTS.get(found.prefix.roles, "client"), line_format, _Skipped(0, 0))
    if given is None:
        return None
    first = next((line.split() for line in _lines_of(file) if line.strip()), [""])
    prefix = prefix_of(TIME) if is_time(first[0]) else NO_PREFIX
    return _opened(file, options, "records", LineFormat((given,), prefix, coloured=coloured), _Skipped(0, 0))


def _format_of(file: ProbedFile, given: Layout | None) -> FoundFormat | None:
    """Return the line format of a file; None if no line is a record.

    The head decides if all of its lines are records. If only some are, more text may contain other layouts. If none is,
    the search continues, unless it is the head of an application's log, whose events have their own fields.
    """
    head = _lines_of(file)
    found = probe(head, given)
    if found is not None and (found.complete or file.complete):
        return found
    if file.complete:
        return probe(head, given, nearly=True)
    if found is None and given is None and _is_application_log(head):
        return None
    return _further(file, given, found)


def _further(file: ProbedFile, given: Layout | None, found: FoundFormat | None) -> FoundFormat | None:
    """Return the line format of the text after the head, or else the one found in the head.

    The first window is searched for more layouts, the others only if no record was found. A given layout is used even
    if no record of it is found.
    """
    for number, window in enumerate(file.windows()):
        lines = list(_without_colours(window))
        more = probe(lines, given) or (probe(lines, given, nearly=True) if not number else None)
        if found is not None or given is not None:
            return more or found
        if more is not None and (not file.walked or more.share >= _MOST_OTHERS):
            return more
    return None


def _is_application_log(lines: Sequence[str]) -> bool:
    """Return True if lines are Lambda's platform lines, or mostly JSON."""
    text = [line for line in lines if line.strip()]
    with_fields = [discover([line]) for line in text]
    return any(each.platform for each in with_fields) or sum(bool(each.keys) for each in with_fields) * 2 > len(text)


def _lines_of(file: ProbedFile) -> list[str]:
    """Return the lines of the head without terminal colours."""
    return list(_without_colours(file.whole_lines()))


def _without_colours(lines: Sequence[str]) -> Iterator[str]:
    return (_COLOUR.sub("", line) if _ESCAPE in line else line for line in lines)


class _Skipped(Struct, frozen=True):
    """Number of bytes and lines skipped at the beginning."""

    bytes: int
    lines: int


def _opened(file: ProbedFile, options: Options, name: str, line_format: LineFormat, skip: _Skipped) -> OpenedFile:
    source = line_file(file, options, line_format, skip.bytes, skip.lines)
    return OpenedFile(file, name, source, line_format.layouts, groups=(options.group or DEFAULT_GROUP,))


def line_file(file: ProbedFile, options: Options, line_format: LineFormat, skip: int, first: int = 0) -> LineFile:
    """Return a source that reads the lines of a file.

    Args:
        file: the file.
        options: the user's options.
        line_format: the line format.
        skip: bytes of text before the first event.
        first: lines before the first event.
    """
    origin = file.origin(options)
    return LineFile(file.number, file.path, file.size, file.text, line_format, origin, skip, first, file.local)
