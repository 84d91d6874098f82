"""CSV: the console's download of a stream, results of Insights and of Athena."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from flowlocal.sources import catalog
from flowlocal.sources.batch import BATCH_EVENTS, Batch
from flowlocal.sources.layout import Layout
from flowlocal.sources.records import SYSTEM
from flowlocal.sources.shapes import shape
from flowlocal.sources.shapes.json_logs import open_batches
from flowlocal.sources.sniffing import Opened, Options, Sniffed
from flowlocal.sources.times import milliseconds

_DOWNLOAD = ["timestamp", "message"]
_ENOUGH_FIELDS = 3
csv.field_size_limit(1 << 30)


@shape("CSV", order=25)
def client_csv(file: Sniffed, options: Options) -> Opened | None:
    """Comma-separated values whose header names a message, system fields, or fields of flow logs."""
    header = next(_sound(file.lines(1)), [])
    if header == _DOWNLOAD:
        return open_batches(file, options, "log stream download (CSV)", lambda lost: _download(file, lost))
    if "@message" in header:
        return open_batches(file, options, "Insights results (CSV)", lambda lost: _results(file, header, lost))
    layout = loose_layout(header)
    if layout is not None:
        told = Options(layout, options.group)
        return open_batches(file, told, "flow log fields (CSV)", lambda lost: _records(file, header, lost))
    if len(header) > 1 and any(name in SYSTEM for name in header):
        return open_batches(file, options, "Insights results (CSV)", lambda lost: _results(file, header, lost))
    return None


def _rows(file: Sniffed, lost: list[str]) -> Iterator[list[list[str]]]:
    """The rows after the header, some at a time; ``lost`` takes sentences on what is missing."""
    with file.text.open(lost) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "replace", newline="\n")
        rows = _sound(text)
        next(rows, None)
        while some := list(islice(rows, BATCH_EVENTS)):
            yield some


def _sound(text: Iterable[str]) -> Iterator[list[str]]:
    """Rows of CSV; a line that is none is a row of one cell."""
    seen = [""]

    def lines() -> Iterator[str]:
        for line in text:
            seen[0] = line
            yield line

    rows = csv.reader(lines())
    while True:
        try:
            yield next(rows)
        except csv.Error:
            yield [seen[0].rstrip("\r\n")]
        except StopIteration:
            return


def _download(file: Sniffed, lost: list[str]) -> Iterator[Batch]:
    for rows in _rows(file, lost):
        batch = Batch()
        for row in rows:
            time = milliseconds(row[0]) if len(row) > 1 else None
            message = ",".join(row[1:] if time is not None else row)
            batch.extend(Batch(None, None, [message], [time], [None], [None]))
        yield batch


def _results(file: Sniffed, header: Sequence[str], lost: list[str]) -> Iterator[Batch]:
    from flowlocal.sources.json_events import result_row  # noqa: PLC0415 - flow log text needs none of it

    for rows in _rows(file, lost):
        for row in rows:
            cells = dict(zip(header, row, strict=False))
            yield result_row({name: cell for name, cell in cells.items() if cell != "" or name == "@message"})


def _records(file: Sniffed, header: Sequence[str], lost: list[str]) -> Iterator[Batch]:
    """Rows as records: the cells of known fields in order, ``-`` for an empty one."""
    names = dict(zip(header, map(loose_field, header), strict=True))
    known = [name for name in header if names[name]]
    for rows in _rows(file, lost):
        batch = Batch()
        for row in rows:
            cells: Mapping[str, str] = dict(zip(header, row, strict=False))
            message = " ".join(cells.get(name, "").strip() or "-" for name in known)
            times = [milliseconds(cells.get(name)) for name in ("@timestamp", "@ingestionTime")]
            batch.extend(Batch(None, None, [message], [times[0]], [cells.get("@logStream")], [times[1]]))
        yield batch


def loose_field(name: str) -> str | None:
    """The field that a column stands for: in the log's spelling, Insights', or any with separators left out."""
    return _LOOSE.get(name.lower().replace("-", "").replace("_", "").replace(" ", ""))


def loose_layout(header: Sequence[str]) -> Layout | None:
    """The layout of columns most of which are fields of flow logs; None where too few are."""
    fields = [field for field in map(loose_field, header) if field]
    return Layout(tuple(fields)) if len(fields) >= _ENOUGH_FIELDS and len(fields) * 2 > len(header) else None


_LOOSE = {name.replace("-", ""): name for name in sorted(catalog.KNOWN)}
_LOOSE |= {catalog.insights_name(name).lower(): name for name in sorted(catalog.KNOWN)}
_LOOSE |= {"sourceaddress": "srcaddr", "destinationaddress": "dstaddr", "sourceport": "srcport"}
_LOOSE |= {"destinationport": "dstport", "numpackets": "packets", "numbytes": "bytes", "account": "account-id"}
