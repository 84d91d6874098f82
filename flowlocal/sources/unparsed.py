"""Lines that are not records: why, and which of them are header lines after all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.native.library import Reason, Table, Unparsed
from flowlocal.sources import catalog
from flowlocal.sources.layout import from_header, is_integer, values_of
from flowlocal.sources.placing import Part, locate
from flowlocal.sources.records import Form


@dataclass(frozen=True)
class Explained:
    """What the lines of a block that are not records are.

    Attributes:
        headers: the numbers of the header lines, which are no events.
        foreign: those of them that name a layout which the file was not known to have: number and text.
        odd: the first lines that are events without values: number and reason in words.
        odd_count: how many such lines there are.
    """

    headers: Sequence[int] = ()
    foreign: Sequence[tuple[int, str]] = ()
    odd: Sequence[tuple[int, str]] = ()
    odd_count: int = 0


def explain(table: Table, form: Form, messages: pl.Series | None = None) -> Explained:
    """Return what the lines of a table that are not records are.

    Args:
        table: the lines.
        form: how they read; without a layout there is nothing to explain.
        messages: the lines' texts as strings, if they are not those of the block.
    """
    report = table.report
    if not report.unparsed:
        return Explained()

    def text(line: Unparsed) -> str:
        return table.text(line) if messages is None else messages[line.line]

    names = (line for line in table.unparsed() if line.reason is Reason.NAMES) if report.names else ()
    headers = {line.line: text(line) for line in names if from_header(text(line).strip()) is not None}
    odd = (line for line in table.unparsed(ScanReport.SHOWN + len(headers)) if line.line not in headers)
    known = {layout.names for layout in form.layouts}
    return Explained(
        list(headers),
        [(line, header) for line, header in headers.items() if _layout_names(header) not in known],
        [(line.line, reason(text(line), form)) for line in islice(odd, ScanReport.SHOWN)],
        report.unparsed - len(headers),
    )


def _layout_names(header: str) -> tuple[str, ...]:
    layout = from_header(header.strip())
    return () if layout is None else layout.names


def reason(line: str, form: Form) -> str:
    """Return in words why a line is not a record, compared with the layout whose length is nearest."""
    if not line.strip():
        return "blank line"
    values, prefix = values_of(line), len(form.prefix.roles)
    names = min((layout.names for layout in form.layouts), key=lambda names: abs(len(values) - prefix - len(names)))
    values = values[prefix:]
    if len(values) != len(names):
        return f"{len(values)} {'value' if len(values) == 1 else 'values'} where a record has {len(names)}"
    wrong = ((n, v) for n, v in zip(names, values, strict=True) if n in catalog.INTEGERS and not is_integer(n, v))
    name, value = next(wrong, ("", ""))
    if name:
        return f"{name} is '{value[:40]}', which is no integer from 0 to {catalog.INTEGERS[name].maximum}"
    return "the text before the record is not as on the other lines" if prefix else "no flow log record"


def foreign_warnings(parts: Sequence[Part], foreign: Sequence[tuple[int, str]], known: Form) -> list[str]:
    """Return sentences on headers of layouts that were not seen before.

    Raises:
        UnreadableInput: the records after such a header would read as records of the layout before it.
    """
    sentences = []
    for number, text in foreign:
        path, line = locate(parts, number)
        if len(text.split()) in {len(layout.names) for layout in known.layouts}:
            message = f"{path}: another layout begins in line {line + 1}, with as many fields as the one before"
            raise UnreadableInput(message, path, line + 1, "split the file there")
        sentences.append(f"{path}: another layout begins in line {line + 1}; split the file there to read what follows")
    return sentences
