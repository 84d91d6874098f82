"""Put events from files into moto's log groups."""

from __future__ import annotations

import warnings
from os import PathLike, fspath
from typing import cast

import polars as pl

from flowlocal.aws.moto_store import UnsupportedMoto
from flowlocal.aws.moto_types import Backend
from flowlocal.collecting import collect
from flowlocal.events import ScanReport
from flowlocal.sources import open_events

_TIME, _MESSAGE, _STREAM = "@timestamp", "@message", "@logStream"


def seed(
    log_group: str,
    *paths: str | PathLike[str],
    log_stream: str | None = None,
    log_format: str | None = None,
    account_id: str = "123456789012",
    region: str = "us-east-1",
) -> int:
    """Put the events of files into one of moto's log groups, whatever their age.

    ``PutLogEvents`` rejects events that are older than fourteen days, in the service as in moto; tests use this
    function for older ones. Call it under ``mock_aws``; group and streams are created.

    Args:
        log_group: the name of the group.
        *paths: files, directories and glob patterns.
        log_stream: the stream of all events (default: each event's own ``@logStream``).
        log_format: the layout of custom records, as given to CreateFlowLogs.
        account_id: the account in moto.
        region: the region in moto.

    Returns:
        The number of events. What could not be read of a file, or is missing in a dataset, is a RuntimeWarning.

    Raises:
        UnreadableInput: a path cannot be read.
        UnsupportedMoto: the installed moto is too different.

    >>> import moto
    >>> from flowlocal.aws import seed
    >>> with moto.mock_aws():
    ...     seed("flow-logs", "flow.log", log_stream="eni-1")
    3
    """
    from moto.logs.models import logs_backends  # noqa: PLC0415 - an extra, and slow to import

    events = open_events([fspath(path) for path in paths], log_format=log_format, log_group=log_group)
    report = ScanReport()
    frame = collect(events.read(report).select(_TIME, _MESSAGE, _STREAM), report)
    for warning in report.warnings:
        warnings.warn(warning, RuntimeWarning, stacklevel=2)
    frame = frame.with_columns(_times(), _streams(log_stream))
    try:
        backend = cast("Backend", logs_backends[account_id][region])
        _put(backend, log_group, frame)
    except (AttributeError, TypeError) as error:
        raise UnsupportedMoto(f"its log groups are built differently ({error})") from error
    return frame.height


def _times() -> pl.Expr:
    """Epoch milliseconds; an event before the first time of its file has that time."""
    return pl.col(_TIME).fill_null(strategy="backward").dt.epoch("ms").fill_null(0)


def _streams(given: str | None) -> pl.Expr:
    if given is not None:
        return pl.lit(given).alias(_STREAM)
    return pl.col(_STREAM).fill_null("flowlocal")


def _put(backend: Backend, log_group: str, frame: pl.DataFrame) -> None:
    if log_group not in backend.groups:
        backend.create_log_group(log_group, {})
    group = backend.groups[log_group]
    for (name,), events in frame.group_by(_STREAM, maintain_order=True):
        stream = str(name)
        if stream not in group.streams:
            group.create_log_stream(stream)
        rows = events.sort(_TIME, maintain_order=True).select(timestamp=_TIME, message=_MESSAGE)
        group.put_log_events(stream, rows.to_dicts())
