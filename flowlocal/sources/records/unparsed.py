"""Unparsed lines: the reasons why they are not records, and header lines among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import polars as pl
from msgspec import Struct

from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.native.library import Reason, Table
from flowlocal.sources.records import catalog
from flowlocal.sources.records.layout import Layout, from_header, is_integer, values_of
from flowlocal.sources.records.row_ids import FilePart, locate
from flowlocal.sources.records.schema import MESSAGE, REASON, LineFormat


class ForeignHeader(Struct, frozen=True):
    """A header of a layout that was not found when its file was probed.

    Attributes:
        path: the file.
        line: 0-based, counted like ``FilePart.first``.
        layout: the layout.
        ambiguous: True if the lines after it have as many values as a record of a known layout.
    """

    path: str
    line: int
    layout: Layout
    ambiguous: bool

    def warning(self, before: int) -> str:
        """Return a warning about the lines that are not read.

        Args:
            before: number of lines of the file before those that ``line`` counts.

        Raises:
            UnreadableInput: the lines after the header would be parsed in the previous layout.
        """
        number = self.line + before + 1
        message = f"{self.path}: another layout begins in line {number}"
        if self.ambiguous:
            message += ", with as many fields as the one before"
            raise UnreadableInput(message, self.path, number, "split the file there")
        return f"{message}; split the file there to read what follows"


class Explained(Struct, frozen=True):
    """The lines of a block that are not records.

    Attributes:
        headers: the numbers of the header lines, which are not events.
        foreign: the first header of each layout that was not found when the file was probed.
        unparsed: the first unparsed lines, which are events without values: number and reason.
        unparsed_count: number of unparsed lines.
    """

    headers: Sequence[int] = ()
    foreign: Sequence[ForeignHeader] = ()
    unparsed: Sequence[tuple[int, str]] = ()
    unparsed_count: int = 0


def explain(table: Table, line_format: LineFormat, parts: Sequence[FilePart]) -> Explained:
    """Return the lines of a table that are not records.

    Args:
        table: the lines.
        line_format: the line format; all lines are events if it has no layout.
        parts: the files that the lines come from.
    """
    report, text = table.report, table.text
    if not report.unparsed:
        return Explained()
    names = (line for line in table.unparsed() if line.reason is Reason.NAMES) if report.names else ()
    found = ((line.line, _header(text(line), line_format)) for line in names)
    headers = {number: layout for number, layout in found if layout is not None}
    unparsed = (line for line in table.unparsed(ScanReport.SHOWN + len(headers)) if line.line not in headers)
    return Explained(
        list(headers),
        list(_foreign(headers, line_format, parts)),
        [(line.line, reason(text(line), line_format)) for line in islice(unparsed, ScanReport.SHOWN)],
        report.unparsed - len(headers),
    )


def _header(line: str, line_format: LineFormat) -> Layout | None:
    """Return the layout of a header line; None for a single name, unless it is a layout of the file."""
    layout = from_header(line.strip())
    return layout if layout in line_format.layouts or (layout is not None and len(layout.names) > 1) else None


def _foreign(
    headers: Mapping[int, Layout], line_format: LineFormat, parts: Sequence[FilePart]
) -> Iterator[ForeignHeader]:
    widths, seen = {len(layout.names) for layout in line_format.layouts}, set(line_format.layouts)
    for number, layout in headers.items():
        if layout not in seen:
            seen.add(layout)
            yield ForeignHeader(*locate(parts, number), layout, len(layout.names) in widths)


def explain_events(table: Table, line_format: LineFormat, own: pl.DataFrame) -> Explained:
    """Return the events that are not records; none of them is a header line.

    Args:
        table: their messages as lines.
        line_format: their line format; if it has no layout, only elements that are not log events are unparsed.
        own: the events, see ``LineBlock.own``.
    """
    messages, reasons = own[MESSAGE], own.get_column(REASON, default=None)
    if line_format.layouts:
        first = [line.line for line in table.unparsed(ScanReport.SHOWN)]
        unparsed = [
            (line, (None if reasons is None else reasons[line]) or reason(messages[line], line_format))
            for line in first
        ]
        return Explained(unparsed=unparsed, unparsed_count=table.report.unparsed)
    if reasons is None:
        return Explained()
    found = reasons.to_frame().with_row_index().drop_nulls(REASON)
    return Explained(unparsed=found.head(ScanReport.SHOWN).rows(), unparsed_count=len(found))


def reason(line: str, line_format: LineFormat) -> str:
    """Return why a line is not a record, compared with the layout of the nearest length."""
    if not line.strip():
        return "blank line"
    values, prefix = values_of(line), len(line_format.prefix.roles)
    names = min(
        (layout.names for layout in line_format.layouts), key=lambda names: abs(len(values) - prefix - len(names))
    )
    values = values[prefix:]
    if len(values) != len(names):
        return f"{len(values)} {'value' if len(values) == 1 else 'values'}, expected {len(names)}"
    wrong = ((n, v) for n, v in zip(names, values, strict=True) if n in catalog.INTEGERS and not is_integer(n, v))
    name, value = next(wrong, ("", ""))
    if name:
        return not_an_integer(name, value)
    return "the text before the record is not as on the other lines" if prefix else "not a flow log record"


def not_an_integer(name: str, value: str) -> str:
    """Return the reason for an invalid value of an integer field."""
    return f"{name} is '{value[:40]}', which is not an integer from 0 to {catalog.INTEGERS[name].maximum}"
