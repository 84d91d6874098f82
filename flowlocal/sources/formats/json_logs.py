"""JSON: Logs API responses, subscription payloads, collectors' JSON lines, and logs whose events are JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from flowlocal.events import LAYOUT_HINT
from flowlocal.sources.formats import input_format
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile
from flowlocal.sources.records import layout as layouts
from flowlocal.sources.records.discovery import NOTHING_DISCOVERED, discover
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.schema import LineFormat

if TYPE_CHECKING:  # not imported for flow log text
    from flowlocal.sources.json.stream import Document
    from flowlocal.sources.reading.batch import Batch

_LOOKED_AT = 200
_BEGINNING = re.compile(rb'\s*(?:\{\s*"(?:[^"\\\n]|\\.)*"\s*:|\[\s*[\[{"])')
_VALUES = 20
"""Values at the beginning of a file that are inspected."""


@input_format("JSON", order=30)
def json_logs(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open text that begins with a JSON object or list."""
    if not file.head.lstrip().startswith((b"{", b"[")) or not _parses(file):
        return None
    return _opened(file, options, _wrapper(file, options.layout))


@input_format("JSON among text", order=60)
def json_among_text(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open text with lines that are JSON objects, if these contain flow log records."""
    if b"\n{" not in file.head:
        return None
    wrapper = _wrapper(file, options.layout)
    return None if wrapper is None else _opened(file, options, wrapper)


def _opened(file: ProbedFile, options: Options, wrapper: str | None) -> OpenedFile:
    from flowlocal.sources.json.events import batches  # noqa: PLC0415

    def read(warnings: list[str]) -> Iterator[Batch]:
        yield from batches(_documents(file, warnings), wrapper, warnings)

    return open_batches(file, options, "JSON", read)


def open_batches(
    file: ProbedFile,
    options: Options,
    name: str,
    read: Callable[[list[str]], Iterable[Batch]],
    first: int = 0,
) -> OpenedFile:
    """Open a file of events in batches: recognise the layouts of their messages, or discover their fields.

    Args:
        file: the file.
        options: the user's options.
        name: the name of the input format.
        read: returns the batches; see :class:`EventSource`.
        first: lines before the first event.
    """
    from flowlocal.sources.reading.event_batches import EventSource  # noqa: PLC0415

    messages, found = _few(read([]))
    everything = (message for batch in read([]) for message in _sound(batch))
    line_format = message_format(messages, everything, options.layout)
    unknown = not line_format.layouts and layouts.looks_like_records(messages)
    warning = f"{file.path}: no message is a flow log record of a known layout. If they are records, {LAYOUT_HINT}"
    groups = (options.group,) if options.group else found
    source = EventSource(file.number, file.path, line_format, file.origin(options), options.group, read, first)
    return OpenedFile(
        file,
        name,
        source,
        line_format.layouts,
        line_format.discovery.fields,
        groups=groups or (DEFAULT_GROUP,),
        warnings=(warning,) if unknown else (),
        unknown_layout=unknown,
    )


def _sound(batch: Batch) -> Iterator[str]:
    """Return the messages of log events."""
    return (message for at, message in enumerate(batch.messages) if at not in batch.reasons)


def message_format(some: Iterable[str], everything: Iterable[str], given: Layout | None) -> LineFormat:
    """Return the format of messages: the layouts recognised from some, else the fields discovered in all."""
    found = message_layouts(list(some), given)
    return LineFormat(found, discovery=NOTHING_DISCOVERED if found else discover(everything))


def message_layouts(messages: Sequence[str], given: Layout | None) -> tuple[Layout, ...]:
    """Return the layouts of messages: the given one if any message matches it, else those recognised."""
    if given is not None and any(layouts.fits(given, layouts.values_of(message)) for message in messages):
        return (given,)
    return layouts.recognise(messages)


def first_messages(messages: Iterable[str], most: int = _LOOKED_AT) -> list[str]:
    """Return the beginnings of the first messages, from which layouts are recognised."""
    return [message[: layouts.LONGEST_RECORD] for message in islice(messages, most)]


def _few(batches: Iterable[Batch]) -> tuple[list[str], tuple[str, ...]]:
    """Return the messages and log groups of the first events; nothing else is kept in memory."""
    messages: list[str] = []
    groups: dict[str, None] = {}
    for batch in batches:
        messages += first_messages(_sound(batch), _LOOKED_AT - len(messages))
        groups[batch.group or DEFAULT_GROUP] = None
        if len(messages) >= _LOOKED_AT:
            break
    return messages, tuple(groups)


def _documents(file: ProbedFile, warnings: list[str]) -> Iterator[Document]:
    from flowlocal.sources.json.stream import documents  # noqa: PLC0415

    return documents(file.text.pieces(), warnings)


def _parses(file: ProbedFile) -> bool:
    """Return True if any of the first values is JSON, or is damaged and the text begins like JSON."""
    is_begun = _BEGINNING.match(file.head) is not None
    some = islice(_documents(file, []), _VALUES)
    return any(not each.plain and (not each.problem or is_begun) for each in some)


def _wrapper(file: ProbedFile, given: Layout | None) -> str | None:
    """Return the key under which the first objects have flow log records; None if there is none."""
    from flowlocal.sources.json.events import WRAPPERS, line_under  # noqa: PLC0415

    beginning = takewhile(lambda each: each.text, islice(_documents(file, []), _LOOKED_AT))
    some = list(islice((each for each in beginning if isinstance(each.value, dict)), _VALUES))
    for key in WRAPPERS:
        lines = [line_under(document.value, key) for document in some]
        if message_layouts([line for line in lines if line], given):
            return key
    return None
