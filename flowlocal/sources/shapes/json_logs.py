"""JSON: answers of the Logs API, subscription payloads, collectors' JSON lines, and logs that are JSON themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from flowlocal.events import LAYOUT_HINT
from flowlocal.sources import layout as layouts
from flowlocal.sources.discovery import NOTHING_DISCOVERED, discover
from flowlocal.sources.layout import Layout
from flowlocal.sources.records import Form
from flowlocal.sources.shapes import shape
from flowlocal.sources.sniffing import DEFAULT_GROUP, Opened, Options, Sniffed

if TYPE_CHECKING:  # flow log text needs none of what reads JSON
    from flowlocal.sources.batch import Batch
    from flowlocal.sources.json_stream import Document

_LOOKED_AT = 200
_BEGINNINGS = (b"{", b'["', b"[{", b"[[", b"[]")


@shape("JSON", order=30)
def json_logs(file: Sniffed, options: Options) -> Opened | None:
    """Any text that begins with a JSON object or a list of objects or texts."""
    if not b"".join(file.head.split(None, 2)[:2]).startswith(_BEGINNINGS) or not _parses(file):
        return None
    from flowlocal.sources.json_events import batches  # noqa: PLC0415

    wrapper = _wrapper(file, options.layout)

    def read(warnings: list[str]) -> Iterator[Batch]:
        yield from batches(_documents(file, warnings), wrapper)

    return open_batches(file, options, "JSON", read)


def open_batches(file: Sniffed, options: Options, name: str, read: Any) -> Opened:  # noqa: ANN401 - see EventSource
    """Open a file of events in batches: find the layout of their messages, or the fields in them.

    Args:
        file: the file.
        options: what the user said.
        name: the name of the shape.
        read: gives the batches, as :class:`EventSource` takes it.
    """
    from flowlocal.sources.event_batches import EventSource  # noqa: PLC0415

    some = list(islice(_few(read([])), 20))
    messages = [message for batch in some for message in batch.messages[:_LOOKED_AT]]
    everything = (message for batch in read([]) for message in batch.messages)
    form = message_form(messages[:_LOOKED_AT], everything, options.layout)
    unknown = not form.layouts and layouts.looks_like_records(messages)
    warning = f"{file.path}: no message is a flow log record of a known layout. If they are records, {LAYOUT_HINT}"
    groups = (options.group,) if options.group else tuple(dict.fromkeys(b.group or DEFAULT_GROUP for b in some))
    source = EventSource(file.number, file.path, form, file.origin(options), options.group, read)
    return Opened(
        file,
        name,
        source,
        form.layouts,
        form.discovery.fields,
        groups=groups or (DEFAULT_GROUP,),
        warnings=(warning,) if unknown else (),
        unknown_layout=unknown,
    )


def message_form(some: Iterable[str], everything: Iterable[str], given: Layout | None) -> Form:
    """How messages read: in the layouts found in some of them, else with the fields discovered in all."""
    found = message_layouts(list(some), given)
    return Form(found, discovery=NOTHING_DISCOVERED if found else discover(everything))


def message_layouts(messages: Sequence[str], given: Layout | None) -> tuple[Layout, ...]:
    """The layouts of messages: the given one where it fits any, else those that are recognised."""
    if given is not None and any(layouts.fits(given, layouts.values_of(message)) for message in messages):
        return (given,)
    return layouts.recognise(messages)


def _few(found: Iterable[Batch]) -> Iterator[Batch]:
    """Batches until there are enough events to look at."""
    seen = 0
    for batch in found:
        yield batch
        seen += len(batch)
        if seen >= _LOOKED_AT:
            return


def _documents(file: Sniffed, warnings: list[str]) -> Iterator[Document]:
    from flowlocal.sources.json_stream import documents  # noqa: PLC0415

    return documents(file.pieces([]), warnings)


def _parses(file: Sniffed) -> bool:
    """Whether the text is JSON, as far as its beginning tells."""
    first = next(_documents(file, []), None)
    return first is not None and not first.broken


def _wrapper(file: Sniffed, given: Layout | None) -> str | None:
    """The key under which the first objects hold flow log records."""
    from flowlocal.sources.json_events import WRAPPERS  # noqa: PLC0415

    some = list(islice(_documents(file, []), 5))
    for key in WRAPPERS:
        lines = [_line(document.value, key) for document in some]
        if message_layouts([line for line in lines if line], given):
            return key
    return None


def _line(value: Any, key: str) -> str:  # noqa: ANN401 - any JSON value
    line = value.get(key) if isinstance(value, dict) else None
    line = line.get("stringValue") if isinstance(line, dict) else line
    return line if isinstance(line, str) else ""
