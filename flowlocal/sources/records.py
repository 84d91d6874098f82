"""How lines of a file read and where its events come from, and the physical columns of events."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flowlocal.events import Field
from flowlocal.sources import catalog
from flowlocal.sources.discovery import NOTHING_DISCOVERED, Discovery
from flowlocal.sources.framing import NO_PREFIX, Prefix
from flowlocal.sources.layout import Layout
from flowlocal.values.calendar import DATETIME
from flowlocal.values.kinds import FieldKind

LINE = "@_line"
"""UInt32: the 0-based line within the block. Names that begin with a single ``@`` are never discovered in a log."""
REASON = "@_reason"
"""String: why an element of a log is not a log event; null for one that is."""
TIMESTAMP, MESSAGE, LOG_STREAM, LOG, INGESTION_TIME = "@timestamp", "@message", "@logStream", "@log", "@ingestionTime"
SYSTEM: dict[str, Field] = {
    TIMESTAMP: Field(TIMESTAMP, FieldKind.TIME),
    MESSAGE: Field(MESSAGE, FieldKind.TEXT),
    LOG_STREAM: Field(LOG_STREAM, FieldKind.TEXT),
    LOG: Field(LOG, FieldKind.TEXT),
    INGESTION_TIME: Field(INGESTION_TIME, FieldKind.TIME),
}
"""The system fields that every event can have."""


@dataclass(frozen=True)
class Form:
    """How the lines of a file read.

    Attributes:
        layouts: the layouts a record can have, the commonest first; none for text of which none is known.
        prefix: what stands before each record.
        discovery: what was found in messages of which no layout is known.
        coloured: whether the lines hold terminal colours, which are taken off.
    """

    layouts: tuple[Layout, ...]
    prefix: Prefix = NO_PREFIX
    discovery: Discovery = NOTHING_DISCOVERED
    coloured: bool = False


@dataclass(frozen=True)
class Origin:
    """What is known of events from where they were found.

    Attributes:
        group: the log group.
        stream: the log stream, where the place tells it.
        owner: the account the group belongs to, where the place tells it.
    """

    group: str
    stream: str | None = None
    owner: str | None = None

    @property
    def log(self) -> str:
        """The value of ``@log``, as far as the place tells it."""
        return self.group if self.owner is None else f"{self.owner}:{self.group}"


def column_type(field: Field) -> pl.DataType:
    """The dtype of a field's column."""
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


_INTEGER_DTYPES = {integer.maximum: integer.dtype for integer in catalog.INTEGERS.values()}


def lines_of(block: bytes) -> pl.Series:
    """The lines of a block as they stand, without terminators; invalid UTF-8 is replaced.

    Returns:
        A ``String`` series, one line each.
    """
    try:
        return pl.scan_lines(block).collect(engine="streaming").to_series().alias(MESSAGE)
    except pl.exceptions.ComputeError:  # invalid UTF-8
        text = block.decode("utf-8", "replace")
        lines = text.removesuffix("\n").split("\n")
        return pl.Series(MESSAGE, [line.removesuffix("\r") for line in lines], pl.String())
