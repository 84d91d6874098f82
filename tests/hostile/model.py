"""What queries must answer over random files, in plain Python."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import polars as pl

import flowlocal as library
from flowlocal.events import RECORD, ScanReport
from flowlocal.importing import import_logs
from flowlocal.native.library import ColumnKind, FieldValue, PrefixToken, Role
from flowlocal.sources.reading import lines, tables
from flowlocal.sources.records.catalog import INTEGERS
from tests.hostile.command import here
from tests.hostile.random_files import Case, File
from tests.native.reference import Reading, lines_of

TIME, IS_RECORD, ACTION, BYTES, PORT, MESSAGE = range(6)
_KINDS = (ColumnKind.TIME, ColumnKind.RECORD, ColumnKind.TEXT, ColumnKind.INT64, ColumnKind.INT64, ColumnKind.TEXT)
_SLOTS = {"action": ACTION, "bytes": BYTES, "dstport": PORT}


@dataclass(frozen=True)
class Event:
    """An event: its time in epoch milliseconds, whether it is a record, values, and its line."""

    time: int | None
    is_record: bool
    action: str | None
    bytes: int | None
    port: int | None
    message: str


@dataclass(frozen=True)
class Compared:
    """How much was compared."""

    files: int = 0
    events: int = 0
    odd: int = 0
    queries: int = 0

    def __add__(self, other: Compared) -> Compared:
        return Compared(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return f"{self.files:,} files, {self.events:,} events, {self.odd:,} unparsed lines, {self.queries:,} queries"


@dataclass(frozen=True)
class Expected:
    """What files contain: events in order, and the paths and 1-based numbers of the lines that are not records."""

    events: list[Event]
    odd: list[tuple[str, int]]


def expected(files: dict[str, File]) -> Expected:
    """Return what files contain."""
    every = Expected([], [])
    for path, file in files.items():
        for number, event in _events(file):
            every.events.append(event)
            if not event.is_record:
                every.odd.append((path, number))
    return every


def _events(file: File) -> Iterator[tuple[int, Event]]:
    """Yield the 1-based line numbers of events, and the events; lines with the names of all fields are headers."""
    time = None if file.timed else TIME
    values = [
        FieldValue(
            INTEGERS[name].maximum if name in INTEGERS else None, _SLOTS.get(name), time if name == "start" else None
        )
        for name in file.layout
    ]
    tokens = [PrefixToken(Role.TIME, TIME)] if file.timed else []
    text = file.text.decode(errors="replace").encode()
    columns = Reading(_KINDS, [values], tokens, MESSAGE).answer(text).columns
    words = [line.decode().split() for line in lines_of(text)]
    for number, (line, row) in enumerate(zip(words, zip(*columns, strict=True), strict=True), 1):
        if line != list(file.layout):
            yield number, Event(*row)


def answers(events: list[Event]) -> dict[str, Counter[str]]:
    """Return queries, and the rows of each answer."""
    groups: dict[str | None, list[Event]] = defaultdict(list)
    for event in events:
        groups[event.action].append(event)
    wanted = [event for event in events if event.port == 22]
    return {
        "stats count(*) as n": _rows({"n": len(events)}),
        "fields @timestamp, @message | limit 10000": _rows(
            *({"@timestamp": printed(event.time), "@message": event.message} for event in events)
        ),
        "filter @message like 'REJECT' | display @message | limit 10000": _rows(
            *({"@message": event.message} for event in events if "REJECT" in event.message)
        ),
        "stats count(*) as n, sum(bytes) as b by action": _rows(
            *({"n": len(each), "b": _sum(each), "action": action} for action, each in groups.items())
        ),
        "filter dstPort = 22 | display bytes, action | limit 10000": _rows(
            *({"bytes": "-" if event.bytes is None else event.bytes, "action": event.action} for event in wanted)
        ),
    }


def _sum(events: list[Event]) -> int | None:
    """Return the sum of what is there; of nothing there is none."""
    known = [event.bytes for event in events if event.bytes is not None]
    return sum(known) if known else None


def _rows(*rows: Mapping[str, object]) -> Counter[str]:
    """Return rows in any order, without missing cells."""
    present = ({name: str(cell) for name, cell in row.items() if cell is not None} for row in rows)
    return Counter(json.dumps(row, sort_keys=True) for row in present if row)


def printed(time: int | None) -> str | None:
    """Return a time as Insights prints it."""
    if time is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03}"


def compare(case: Case, folder: Path, *, everything: bool = False) -> Compared:
    """Raise AssertionError if files answer otherwise than plain Python.

    Args:
        case: the files.
        folder: an empty folder for them.
        everything: compare the command line and a dataset, too.
    """
    for name, data in case.stored.items():
        (folder / name).write_bytes(data)
    with _blocks(case.block):
        return _compared(case, folder, everything)


@contextmanager
def _blocks(size: int | None) -> Iterator[None]:
    """Read files in blocks of so many bytes, instead of small ones whole."""
    if size is None:
        yield
        return
    piece = patch.object(tables, "_PIECE", size // 3)
    with patch.object(lines, "BLOCK_BYTES", size), patch.object(lines, "SMALL", 0), piece:
        yield


def _compared(case: Case, folder: Path, everything: bool) -> Compared:
    logs = library.scan([folder / name for name in case.stored], log_format=case.log_format)
    found = expected({str(folder / path): file for path, file in case.files.items()})
    _compare_events(logs, found)
    _compare_answers(logs, found)
    if everything:
        _compare_dataset(case, folder, found)
        _compare_command(case, folder, found)
    return Compared(len(case.files), len(found.events), len(found.odd), len(answers([])) * (2 if everything else 1))


def _compare_events(logs: library.Logs, found: Expected) -> None:
    report = ScanReport()
    frame = logs.source.read(report).collect(engine="streaming")
    rows = frame.select(pl.col("@timestamp").cast(pl.Int64), RECORD, "@message").rows()
    assert rows == [(event.time, event.is_record, event.message) for event in found.events]
    assert report.records == len(found.events)
    assert report.odd_count == len(found.odd)
    assert [(line.path, line.line) for line in report.odd_lines] == found.odd[: ScanReport.SHOWN]
    assert not report.lost


def _compare_answers(logs: library.Logs, found: Expected) -> None:
    for query, rows in answers(found.events).items():
        answer = logs.query(query)
        rows_found = _rows(*answer.rows)
        assert rows_found == rows, (query, "surplus", rows_found - rows, "missing", rows - rows_found)
        assert answer.report.odd_count == len(found.odd), query


def _compare_dataset(case: Case, folder: Path, found: Expected) -> None:
    done = import_logs([folder / name for name in case.stored], folder / "dataset", log_format=case.log_format)
    assert done.events == len(found.events)
    _compare_answers(library.scan(folder / "dataset"), found)


def _compare_command(case: Case, folder: Path, found: Expected) -> None:
    query, rows = list(answers(found.events).items())[1]
    options = [] if case.log_format is None else ["--log-format", case.log_format]
    done = here("query", query, *(folder / name for name in case.stored), "-o", "jsonl", *options)
    assert done.code == 0, done.err
    assert _rows(*map(json.loads, done.out.split("\n")[:-1])) == rows
