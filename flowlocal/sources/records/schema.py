"""Line format and origin of a file's events, and the physical columns of events."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from msgspec import Struct

from flowlocal.events import RANK, RECORD, ROW, Field
from flowlocal.sources.records import catalog
from flowlocal.sources.records.discovery import NOTHING_DISCOVERED, Discovery
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.prefix import NO_PREFIX, Prefix
from flowlocal.values.calendar import DATETIME
from flowlocal.values.kinds import FieldKind

LINE = "@_line"
"""UInt32: the 0-based line within the block. Names with a single leading ``@`` are never discovered in a log."""
REASON = "@_reason"
"""String: why an element of a log is not a log event; null if it is one."""
TIMESTAMP, MESSAGE, LOG_STREAM, LOG, INGESTION_TIME = "@timestamp", "@message", "@logStream", "@log", "@ingestionTime"
SYSTEM: dict[str, Field] = {
    TIMESTAMP: Field(TIMESTAMP, FieldKind.TIME),
    MESSAGE: Field(MESSAGE, FieldKind.TEXT),
    LOG_STREAM: Field(LOG_STREAM, FieldKind.TEXT),
    LOG: Field(LOG, FieldKind.TEXT),
    INGESTION_TIME: Field(INGESTION_TIME, FieldKind.TIME),
}
"""The system fields of events."""


class LineFormat(Struct, frozen=True):
    """The line format of a file.

    Attributes:
        layouts: the layouts of its records, the most frequent first; empty for text without a known layout.
        prefix: the tokens before each record.
        discovery: the fields discovered in messages without a known layout.
        coloured: True if the lines contain terminal colours, which are removed.
    """

    layouts: tuple[Layout, ...]
    prefix: Prefix = NO_PREFIX
    discovery: Discovery = NOTHING_DISCOVERED
    coloured: bool = False


class Origin(Struct, frozen=True):
    """Log group, stream and owner of events, as given by the user or the path.

    Attributes:
        group: the log group.
        stream: the log stream; None if unknown.
        owner: the account that owns the log group; None if unknown.
    """

    group: str
    stream: str | None = None
    owner: str | None = None

    @property
    def log(self) -> str:
        """The value of ``@log``; the log group alone if the owner is unknown."""
        return self.group if self.owner is None else f"{self.owner}:{self.group}"


def column_type(field: Field) -> pl.DataType:
    """Return the dtype of a field's column."""
    match field.kind:
        case FieldKind.TIME:
            return DATETIME
        case FieldKind.INTEGER:
            return _INTEGER_DTYPES.get(field.maximum, pl.Int64())
        case FieldKind.WHOLE:
            return pl.Int64()
        case FieldKind.DOUBLE | FieldKind.REAL:
            return pl.Float64()
        case FieldKind.TEXT:
            return pl.String()


def columns_of(fields: Mapping[str, Field], *, ranked: bool = False) -> dict[str, pl.DataType]:
    """Return the physical columns of events with these fields, and with ``RANK`` if they are ranked."""
    columns = {name: column_type(field) for name, field in fields.items()} | {ROW: pl.Int64(), RECORD: pl.Boolean()}
    return {**columns, RANK: pl.Int64()} if ranked else columns


_INTEGER_DTYPES = {integer.maximum: integer.dtype for integer in catalog.INTEGERS.values()}


def lines_of(block: bytes) -> pl.Series:
    """Return the lines of a block without line ends; invalid UTF-8 is replaced.

    Returns:
        A ``String`` series, one line per value.
    """
    try:
        return pl.scan_lines(block).collect(engine="streaming").to_series().alias(MESSAGE)
    except pl.exceptions.ComputeError:  # invalid UTF-8
        text = block.decode("utf-8", "replace")
        lines = text.removesuffix("\n").split("\n")
        return pl.Series(MESSAGE, [line.removesuffix("\r") for line in lines], pl.String())
