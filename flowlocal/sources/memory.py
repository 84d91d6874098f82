"""Open events that are in memory, such as Logs API responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

from msgspec.structs import replace

from flowlocal.events import Events
from flowlocal.sources.containers.stored import StoredText
from flowlocal.sources.formats.json_logs import open_batches
from flowlocal.sources.json.api_events import columns
from flowlocal.sources.opening import joined, options_of
from flowlocal.sources.reading.batch import Batch
from flowlocal.sources.reading.probed_file import DEFAULT_GROUP, OpenedFile, Options, ProbedFile


def events_of_records(
    records: Iterable[Mapping[str, Any]], *, log_format: str | None = None, log_group: str | None = None
) -> Events:
    """Return events from objects in the format of ``filter-log-events``.

    Args:
        records: objects with ``message`` and any of ``timestamp``, ``ingestionTime`` (epoch ms), ``logStreamName``,
            ``logGroup`` (or ``logGroupName``, ``logGroupIdentifier``) and ``account``. They are kept in memory.
        log_format: the flow log's format string, if the messages are records of a custom format.
        log_group: the log group of all of them (default: their own, or else ``flowlocal``).

    Returns:
        The events; ``locate`` returns the log group and the 1-based number of the event in its group.

    Raises:
        UnreadableInput: ``log_format`` is not a valid format string.
    """
    options = options_of(log_format, log_group)
    groups: dict[tuple[str | None, str | None], Batch] = {}
    for batch in columns(list(records)):
        key = (log_group or batch.group, batch.owner)
        if key in groups:
            groups[key].extend(batch)
        else:
            groups[key] = replace(batch, group=key[0])
    return joined([_opened(n, batch.group or DEFAULT_GROUP, batch, options) for n, batch in enumerate(groups.values())])


def events_of_batches(batches: Mapping[str, Batch]) -> Events:
    """Return events from columns in memory, which cost far less than an object per event.

    Args:
        batches: the events, by a name for each batch; ``locate`` returns that name and the 1-based number in the batch.
            They must not be changed afterwards.
    """
    return joined([_opened(n, name, batch, Options()) for n, (name, batch) in enumerate(batches.items())])


def _opened(number: int, name: str, batch: Batch, options: Options) -> OpenedFile:
    nowhere = ProbedFile(number, name, False, False, 0, StoredText(BytesIO), b"", True)

    def read(_: list[str]) -> Iterator[Batch]:
        yield batch.copy()

    return open_batches(nowhere, options, "events", read)
