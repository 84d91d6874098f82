"""Text of flow log records: S3 deliveries with a header, exports with a time, clients' lines, bare records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flowlocal.events import UnreadableInput
from flowlocal.sources import layout as layouts
from flowlocal.sources.blocks import COLOUR
from flowlocal.sources.framing import GROUP, INGESTION, NO_PREFIX, SKIP, STREAM, TIME, Prefix, is_time, zone_of
from flowlocal.sources.layout import Layout
from flowlocal.sources.lines import LineFile
from flowlocal.sources.records import Form
from flowlocal.sources.shapes import shape
from flowlocal.sources.sniffing import DEFAULT_GROUP, Opened, Options, Sniffed

_LOOKED_AT = 50
_SAMPLES = 3
_NAME = re.compile(r"[A-Za-z].*[-/_.]|[-/_.].*[A-Za-z]")
"""What names of streams look like, and values of records hardly ever. A group can have any name, such as ``vpc``."""
_HEADERS = re.compile(rb"\n([a-z][a-z0-9_-]*(?: [a-z][a-z0-9_-]*)+)(?=\r?$)", re.MULTILINE)
"""Lines that may be headers. To begin with the end of a line is eight times as fast as to begin with ``^``."""
_HEAD_BYTES = 8 << 10
_ESCAPE = b"\x1b["
_SHAPES = {
    (): "records",
    (TIME,): "export task or short tail",
    (TIME, STREAM): "aws logs tail",
    (GROUP, STREAM): "awslogs",
    (GROUP, STREAM, TIME): "awslogs",
    (GROUP, STREAM, TIME, INGESTION): "awslogs",
    (STREAM,): "awslogs",
    (STREAM, TIME): "awslogs",
}


@shape("flow log text with a header", order=10)
def with_header(file: Sniffed, options: Options) -> Opened | None:
    """An S3 delivery, or any text whose first line names known fields."""
    first_line = file.head.partition(b"\n")[0]
    header = first_line.decode("utf-8", "replace").strip()
    layout = layouts.from_header(header)
    if layout is None:
        _check_header(file, header, options)
        return None
    others = (layouts.from_header(line.decode()) for line in _HEADERS.findall(file.head, len(first_line), _HEAD_BYTES))
    form = Form(tuple(dict.fromkeys([layout, *filter(None, others)])))
    return _opened(file, options, "S3 delivery", form, _Skipped(min(len(first_line) + 1, len(file.head)), 1))


def _check_header(file: Sniffed, header: str, options: Options) -> None:
    """Refuse a header with a misspelt name, unless the user gives the layout.

    Raises:
        UnreadableInput: with the name that is meant.
    """
    misspelt = layouts.misspelt_header(header)
    if misspelt is not None and options.layout is None:
        message = f"{file.path}: the header names `{misspelt[0]}`, which is not a field of flow logs"
        hint = f"did you mean `{misspelt[1]}`? Correct the header, or give the flow log's format with --log-format"
        raise UnreadableInput(message, file.path, 1, hint)


@shape("flow log text", order=50)
def without_header(file: Sniffed, options: Options) -> Opened | None:
    """Records of a layout that is given or recognised, behind any of the known prefixes."""
    coloured = _ESCAPE in file.head
    lines = _samples(_clean_lines(file))
    for prefix in _prefixes(lines):
        found = _layouts(prefix, lines, options.layout)
        if found:
            form = Form(found, prefix, coloured=coloured)
            return _opened(file, options, _SHAPES.get(prefix.roles, "client"), form, _Skipped(0, 0))
    if options.layout is None:
        return None
    prefix = _prefix((TIME,), lines[0].split()) if lines and _may_be((TIME,), lines[0].split()) else NO_PREFIX
    return _opened(file, options, "records", Form((options.layout,), prefix, coloured=coloured), _Skipped(0, 0))


@dataclass(frozen=True)
class _Skipped:
    """What is passed over at the beginning: bytes and lines."""

    bytes: int
    lines: int


def _opened(file: Sniffed, options: Options, name: str, form: Form, skip: _Skipped) -> Opened:
    source = line_file(file, options, form, skip.bytes, skip.lines)
    return Opened(file, name, source, form.layouts, groups=(options.group or DEFAULT_GROUP,))


def line_file(file: Sniffed, options: Options, form: Form, skip: int, first: int = 0) -> LineFile:
    """A source that reads a file's lines.

    Args:
        file: the file.
        options: what the user said.
        form: how the lines read.
        skip: bytes of text before the first event.
        first: lines before the first event.
    """
    origin = file.origin(options)
    return LineFile(file.number, file.path, file.size, file.text, form, origin, skip, first, file.local)


def _clean_lines(file: Sniffed) -> list[str]:
    """The first lines without terminal colours."""
    if _ESCAPE not in file.head:
        return file.lines(_LOOKED_AT)
    return replace(file, head=COLOUR.sub(b"", file.head)).lines(_LOOKED_AT)


def _samples(lines: Sequence[str]) -> list[str]:
    """A few lines of every length that occurs, blank ones left out."""
    samples: dict[int, list[str]] = {}
    for line in lines:
        alike = samples.setdefault(line.count(" "), [])
        if len(alike) < _SAMPLES and line.strip():
            alike.append(line)
    return [line for alike in samples.values() for line in alike]


def _layouts(prefix: Prefix, lines: Sequence[str], given: Layout | None) -> tuple[Layout, ...]:
    """The layouts of the records behind a prefix; none where the prefix does not fit."""
    if not _may_be_prefix(prefix, lines, given):
        return ()
    records = [record for record in map(prefix.split, lines) if record is not None]
    if given is None:
        return layouts.recognise(records)
    return (given,) if any(layouts.fits(given, layouts.values_of(record)) for record in records) else ()


def _may_be_prefix(prefix: Prefix, lines: Sequence[str], given: Layout | None) -> bool:
    """Whether any line has as many values as the prefix and a record take."""
    if any("  " in line for line in lines):
        return True
    lengths = {line.strip(" ").count(" ") + 1 - len(prefix.roles) for line in lines}
    return bool(lengths & layouts.lengths(given))


def _prefixes(lines: Sequence[str]) -> Iterator[Prefix]:
    """The prefixes that the first line may have, the plainest first."""
    yield NO_PREFIX
    tokens = lines[0].split() if lines else []
    if len(tokens) > 2 and tokens[0].startswith("[") and tokens[1].startswith("("):
        yield Prefix((TIME, STREAM), (0, 0), ("[]", "()"), zone_of(tokens[0].strip("[]")))
    for roles in _SHAPES:
        if roles and _may_be(roles, tokens):
            yield _prefix(roles, tokens)
    if "-" in tokens[:8:2] or "-" in tokens[1:8:2]:
        yield from _dashed(tokens)


def _may_be(roles: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether the tokens can be what they are to be."""
    return len(tokens) > len(roles) and all(map(_plays, roles, tokens))


def _plays(role: str, token: str) -> bool:
    if role in (TIME, INGESTION):
        return is_time(token)
    if role == GROUP:
        return token[:1].isalpha()
    return role == SKIP or (_NAME.search(token) is not None and not is_time(token))


def _prefix(roles: Sequence[str], tokens: Sequence[str]) -> Prefix:
    widths = tuple(len(t) if r == TIME and "." in t else 0 for r, t in zip(roles, tokens, strict=False))
    times = [token for role, token in zip(roles, tokens, strict=False) if role in (TIME, INGESTION)]
    return Prefix(tuple(roles), widths, ("",) * len(roles), zone_of(times[0]) if times else "")


def _dashed(tokens: Sequence[str]) -> Iterator[Prefix]:
    """Parts joined by `` - ``, of which a user asks for any: time, group, stream, event id."""
    parts = 0
    while parts < 4 and tokens[2 * parts + 1 : 2 * parts + 2] == ["-"]:
        parts += 1
    for kinds in _DASHED.get(parts, ()):
        roles = tuple(role for kind in kinds for role in (kind, SKIP))
        if _may_be(roles, tokens):
            yield _prefix(roles, tokens)


_DASHED = {
    1: ((TIME,), (STREAM,)),
    2: ((TIME, STREAM), (TIME, GROUP), (GROUP, STREAM)),
    3: ((TIME, GROUP, STREAM), (TIME, STREAM, SKIP), (GROUP, STREAM, SKIP)),
    4: ((TIME, GROUP, STREAM, SKIP),),
}
