"""Text of no other input format: Lambda's or an application's log, or records of an unknown layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from flowlocal.events import LAYOUT_HINT, SkippedFile, SkipReason
from flowlocal.sources.containers.encodings import is_binary
from flowlocal.sources.containers.line_blocks import whole_lines
from flowlocal.sources.formats import input_format
from flowlocal.sources.formats.flow_text import line_file
from flowlocal.sources.reading.pipeline import Job, ReadRequest
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile
from flowlocal.sources.records.discovery import discover
from flowlocal.sources.records.layout import looks_like_records
from flowlocal.sources.records.prefix import NO_PREFIX, TIME, Prefix, is_time, prefix_of
from flowlocal.sources.records.schema import LineFormat, lines_of

_GIVE_LAYOUT = f"To name their fields, {LAYOUT_HINT}"
_NOT_TEXT = (
    "it is not text, but every line of it is an event; if it is compressed in a format that cannot be recognised, "
    "such as brotli, decompress it first"
)
_WRITE_TEST = b"Permission Check Successful"


@input_format("nothing", order=0)
def empty(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open a file without text, or the permission test of an export task."""
    if file.head and not (file.complete and file.head.startswith(_WRITE_TEST)):
        return None
    del options
    return replace(unread(file, SkipReason.EMPTY), format="empty")


def unread(file: ProbedFile, reason: SkipReason) -> OpenedFile:
    """Return a file that is skipped."""
    error, detail = file.error, ""
    if error is not None:
        detail = "; ".join(filter(None, (str(error).removeprefix(f"{file.path}: "), error.hint)))
    return OpenedFile(file, "skipped", _Nothing(), groups=(), skipped=SkippedFile(file.path, reason, detail))


def packed(file: ProbedFile) -> OpenedFile:
    """Return an archive, whose files are opened separately."""
    return OpenedFile(file, f"{file.archive} archive", _Nothing(), groups=())


class _Nothing:
    """A source without events."""

    def jobs(self, request: ReadRequest) -> Iterator[Job]:
        """Return no jobs."""
        del request
        return iter(())


@input_format("text", order=90)
def other_text(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open lines as events without a layout; return None for a file found in a folder that does not look like a log."""
    lines = [line for line in file.lines() if line.strip()]
    prefix = _time_prefix(lines)
    if looks_like_records(lines):
        warning = f"{file.path}: records of an unknown layout; every line is an event with its @message. {_GIVE_LAYOUT}"
        return replace(_opened(file, options, LineFormat((), prefix)), unknown_layout=True, warnings=(warning,))
    if is_binary(file.head):
        return (
            None
            if file.walked
            else replace(_opened(file, options, LineFormat((), prefix)), warnings=(f"{file.path}: {_NOT_TEXT}",))
        )
    line_format = LineFormat((), prefix, discover(_messages(file, prefix)))
    if file.walked and not prefix.roles and not line_format.discovery.fields:
        return None
    return _opened(file, options, line_format)


def _opened(file: ProbedFile, options: Options, line_format: LineFormat) -> OpenedFile:
    warning = f"{file.path}: no line is a flow log record; every line is an event with its @message"
    source = line_file(file, options, line_format, 0)
    warnings = () if line_format.discovery.fields else (f"{warning}. If they are records, {LAYOUT_HINT}",)
    groups = (options.group or DEFAULT_GROUP,)
    return OpenedFile(file, "text", source, (), line_format.discovery.fields, groups=groups, warnings=warnings)


def _time_prefix(lines: Sequence[str]) -> Prefix:
    token = lines[0].split()[0] if lines else ""
    return prefix_of(TIME) if is_time(token) else NO_PREFIX


def _messages(file: ProbedFile, prefix: Prefix) -> Iterator[str]:
    """Yield the messages of all lines."""
    for piece in whole_lines(file.pieces([])):
        for line in lines_of(piece.data):
            yield prefix.split(line) or line
