"""Read files in this process as a query does, and state what must hold of every file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import polars as pl

import flowlocal
from flowlocal.events import RECORD, ScanReport, UnreadableInput
from flowlocal.sources import open_events

QUERY = "fields @timestamp, @message, @logStream, @log, @ingestionTime | sort @timestamp | limit 10000"


def writer(folder: Path, suffix: str) -> Callable[[bytes], Path]:
    """Return a function that writes contents to a new file of a folder, and returns its path."""
    numbers = count()

    def write(data: bytes) -> Path:
        path = folder / f"{next(numbers)}{suffix}"
        path.write_bytes(data)
        return path

    return write


@dataclass(frozen=True)
class Reading:
    """What was read of a file.

    Attributes:
        frame: all events.
        report: what was reported.
        refusal: why it could not be read; then there are no events.
    """

    frame: pl.DataFrame
    report: ScanReport
    refusal: str = ""

    @property
    def messages(self) -> list[str]:
        """The messages of all events."""
        return [] if self.refusal else self.frame["@message"].to_list()

    @property
    def records(self) -> list[str]:
        """The messages of the events that are flow log records."""
        return [] if self.refusal else self.frame.filter(pl.col(RECORD))["@message"].to_list()


def read(data: bytes, log_format: str | None = None) -> Reading:
    """Read a file, once as the sources do and once as the answer of a query; a defect in either raises."""
    report = ScanReport()
    try:
        events = open_events(["-"], stdin=io.BytesIO(data), log_format=log_format)
        frame = events.read(report).collect(engine="streaming")
    except UnreadableInput as error:
        return Reading(pl.DataFrame(), report, str(error))
    assert len(frame) == report.records
    for row in frame["_row"]:
        events.locate(row)
    result = flowlocal.scan("-", stdin=io.BytesIO(data), log_format=log_format).query(QUERY)
    assert len(result.rows) == min(len(frame), 10_000)
    return Reading(frame, report)
