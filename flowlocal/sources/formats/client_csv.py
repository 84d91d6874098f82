"""CSV: the console's download of a log stream, and results of Insights and Athena."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from flowlocal.events import UnreadableInput
from flowlocal.sources.containers.line_blocks import LONGEST_LINE
from flowlocal.sources.formats import input_format
from flowlocal.sources.formats.json_logs import open_batches
from flowlocal.sources.reading.batch import Batch, one_batch
from flowlocal.sources.reading.csv_rows import Row, rows
from flowlocal.sources.reading.probed_file import OpenedFile, Options, ProbedFile
from flowlocal.sources.records import catalog
from flowlocal.sources.records.layout import Layout
from flowlocal.sources.records.schema import SYSTEM
from flowlocal.sources.records.times import milliseconds

_DOWNLOAD = ["timestamp", "message"]
_ENOUGH_FIELDS = 3
_HEADERS = 1
"""Lines before the first row."""


@input_format("CSV", order=25)
def client_csv(file: ProbedFile, options: Options) -> OpenedFile | None:
    """Open comma-separated values whose header names a message, system fields, or flow log fields."""
    header = next(rows(file.lines(1)), Row([], "")).cells
    if header == _DOWNLOAD:
        return _opened(file, options, "log stream download (CSV)", header, _downloaded)
    layout = None if "@message" in header else loose_layout(header)
    if layout is not None:
        return _flow_fields(file, Options(layout, options.group), header)
    if "@message" in header or (len(header) > 1 and any(name in SYSTEM for name in header)):
        read = SYSTEM if "@message" in header else header
        _refuse_repeated(file.path, header, {name: name for name in read})
        return _opened(file, options, "Insights results (CSV)", header, partial(_result, header))
    return None


def _flow_fields(file: ProbedFile, options: Options, header: list[str]) -> OpenedFile:
    """Open columns that are flow log fields, in any order and spelling."""
    known = [loose_field(name) or "" for name in header]
    read = {name: field or (name if name in SYSTEM else "") for name, field in zip(header, known, strict=True)}
    _refuse_repeated(file.path, header, read)
    opened = _opened(file, options, "flow log fields (CSV)", header, partial(_record, header, known))
    unread = ", ".join(repr(name) for name, meaning in read.items() if not meaning)
    warning = f"{file.path}: columns that are not fields of flow logs are not read: {unread}"
    return replace(opened, warnings=(warning,)) if unread else opened


def _refuse_repeated(path: str, header: Sequence[str], read: Mapping[str, str]) -> None:
    """Raise UnreadableInput if two columns of a header have the same meaning.

    Args:
        path: the file.
        header: the names of the columns.
        read: the meaning of each column that is read, by name.

    Raises:
        UnreadableInput: two columns mean the same.
    """
    seen: dict[str, int] = {}
    for number, name in enumerate(header, 1):
        meaning = read.get(name, "")
        if meaning and meaning in seen:
            other = seen[meaning]
            message = f"columns {other} ({header[other - 1]!r}) and {number} ({name!r}) are both {meaning}"
            raise UnreadableInput(f"{path}: {message}", path, 1, "rename or remove one of them")
        seen[meaning] = number


def _opened(
    file: ProbedFile, options: Options, name: str, header: list[str], event: Callable[[Row], Batch]
) -> OpenedFile:
    def read(warnings: list[str]) -> Iterator[Batch]:
        with file.text.open(warnings) as stream:
            text = io.TextIOWrapper(stream, "utf-8", "replace", newline="\n")
            yield from _events(iter(lambda: text.readline(LONGEST_LINE), ""), header, event)

    return open_batches(file, options, name, read, _HEADERS)


def _events(lines: Iterator[str], header: list[str], event: Callable[[Row], Batch]) -> Iterator[Batch]:
    """Yield the rows after the header as events; repeated header lines are skipped, as in text."""
    found = rows(lines)
    next(found, None)
    for row in found:
        if row.cells == header:
            continue
        reason = row.problem or _wrong_cells(row, header)
        yield one_batch([row.text], reason) if reason else event(row)


def _wrong_cells(row: Row, header: Sequence[str]) -> str:
    """Return why a row does not match the header; empty if it does."""
    if not any(row.cells):
        return "all cells are empty" if len(row.cells) > 1 else "blank line"
    if len(row.cells) == len(header) or (_is_unquoted_message(row) and header == _DOWNLOAD):
        return ""
    return f"{len(row.cells)} {'cell' if len(row.cells) == 1 else 'cells'}, expected {len(header)}"


def _is_unquoted_message(row: Row) -> bool:
    return len(row.cells) > 2 and '"' not in row.text


def _downloaded(row: Row) -> Batch:
    time, message = row.cells[0], row.text.partition(",")[2] if _is_unquoted_message(row) else row.cells[1]
    if milliseconds(time) is None:
        return one_batch([row.text], f"it does not begin with a time, but with '{time[:40]}'")
    return _described({"@timestamp": time}, message)


def _result(header: Sequence[str], row: Row) -> Batch:
    cells = {name: cell for name, cell in zip(header, row.cells, strict=True) if cell != "" or name == "@message"}
    return _described(cells, cells.get("@message"))


def _record(header: Sequence[str], known: Sequence[str], row: Row) -> Batch:
    """Return a row as a record: the cells of known fields in order, ``-`` for an empty cell."""
    message = " ".join(cell.strip() or "-" for cell, field in zip(row.cells, known, strict=True) if field)
    return _described({name: cell for name, cell in zip(header, row.cells, strict=True) if name in SYSTEM}, message)


def _described(cells: Mapping[str, str], message: str | None) -> Batch:
    from flowlocal.sources.json.api_events import result_row  # noqa: PLC0415 - not imported for flow log text

    return result_row(cells, message)


def loose_field(name: str) -> str | None:
    """Return the flow log field of a column in the log's spelling, Insights', or either without separators."""
    return _LOOSE.get(name.lower().replace("-", "").replace("_", "").replace(" ", ""))


def loose_layout(header: Sequence[str]) -> Layout | None:
    """Return the layout of columns if most of them are flow log fields; else None."""
    fields = [field for field in map(loose_field, header) if field]
    return Layout(tuple(fields)) if len(fields) >= _ENOUGH_FIELDS and len(fields) * 2 > len(header) else None


_LOOSE = {name.replace("-", ""): name for name in sorted(catalog.KNOWN)}
_LOOSE |= {catalog.insights_name(name).lower(): name for name in sorted(catalog.KNOWN)}
_LOOSE |= {"sourceaddress": "srcaddr", "destinationaddress": "dstaddr", "sourceport": "srcport"}
_LOOSE |= {"destinationport": "dstport", "numpackets": "packets", "numbytes": "bytes", "account": "account-id"}
