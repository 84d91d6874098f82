"""Any integer, in place of a time: no format, function or output fails on it, and no event is lost for it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import flowlocal
from flowlocal import epoch, namespace
from flowlocal.aws.records import Columns, events_of
from flowlocal.events import UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.language.errors import MalformedQuery
from flowlocal.questions import SHIPPED, questions
from flowlocal.report.build import make_report
from flowlocal.sources.inspect import inspect_paths
from flowlocal.sources.records import catalog
from tests.hostile.command import RECORD
from tests.hostile.command import here as run
from tests.hostile.reading import writer
from tests.properties import examples

some = examples(0.6)
"""For tests that read a log several times."""
FIRST = 1_777_600_000_000
"""The time of the first event of every log, in milliseconds."""
BEYOND = 253_402_300_800_000
"""The year 10000 in milliseconds."""
EDGES = [0, 2**31, 10**11, 10**14, 10**17, 2**53, 2**62, 2**63, 2**64, 10**30, epoch.LATEST, -epoch.EARLIEST]
times = st.one_of(
    st.sampled_from(EDGES)
    .flatmap(lambda edge: st.integers(edge - 2, edge + 2))
    .flatmap(lambda time: st.sampled_from([time, -time])),
    st.integers(-(2**63), 2**63 - 1),
)


def record(start: int, end: int | None = None) -> str:
    """Return a record with a start and an end."""
    return RECORD.replace("1777600000", str(start)).replace("1777600060", str(start if end is None else end))


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _api(time: int) -> bytes:
    events = [{"timestamp": each, "message": "x", "ingestionTime": each} for each in (FIRST, time, time)]
    return json.dumps({"events": events}).encode()


def _payload(time: int) -> bytes:
    events = [{"id": "1", "timestamp": each, "message": "x"} for each in (FIRST, time, time)]
    names = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s", "owner": "1"}
    return json.dumps({**names, "subscriptionFilters": [], "logEvents": events}).encode()


def _telemetry(time: int) -> bytes:
    records = [{"timeUnixNano": str(each), "body": {"stringValue": "x"}} for each in (FIRST * 10**6, time, time)]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()


def _collected(time: int) -> bytes:
    return _lines(*(json.dumps({"log": record(1), "timestamp": each, "host": "h"}) for each in (FIRST, time, time)))


def _parquet(type_: pa.DataType, per_second: int, *, events: bool = False) -> Callable[[int], bytes]:
    """Return what writes Parquet with a column of times of a type, which counts so many in a second."""

    def write(time: int) -> bytes:
        stamps = [FIRST // 1000 * per_second, *[min(max(time, -(2**63)), 2**63 - 1)] * 2]
        column = pa.array(stamps, pa.int64()).cast(type_, safe=False)
        names = {"@timestamp": column, "@message": ["x"] * 3} if events else {"start": column, "dstport": [22] * 3}
        buffer = io.BytesIO()
        pq.write_table(pa.table(names), buffer)
        return buffer.getvalue()

    return write


_UNITS = {"ms": 10**3, "us": 10**6, "ns": 10**9}
FORMATS: dict[str, Callable[[int], bytes]] = {
    "records": lambda time: _lines(RECORD, record(time), record(time)),
    "S3 delivery": lambda time: _lines("account-id start end", "1 1777600000 1777600060", *[f"1 {time} {time}"] * 2),
    "start last": lambda time: _lines("account-id end start", "1 1777600060 1777600000", *[f"1 {time} {time}"] * 2),
    "API events": _api,
    "subscription": _payload,
    "OpenTelemetry": _telemetry,
    "JSON lines": _collected,
    "console download": lambda time: _lines("timestamp,message", f"{FIRST},x", *[f"{time},x"] * 2),
    "Insights results": lambda time: _lines("@timestamp,@message", f"{FIRST},x", *[f"{time},x"] * 2),
    "Athena": lambda time: _lines("start,end,bytes", f"{FIRST},{FIRST},1", *[f"{time},{time},1"] * 2),
    "aws text": lambda time: _lines(*(f"EVENTS\t{each}\t1\tx\t{each}" for each in (FIRST, time, time))),
    "Parquet": _parquet(pa.int64(), 1),
    "Parquet, unsigned": _parquet(pa.uint64(), 1),
    "Parquet, floats": _parquet(pa.float64(), 1),
    "Parquet, texts": _parquet(pa.string(), 1),
    "Parquet, days": _parquet(pa.date64(), 10**3),
    "Parquet of events": _parquet(pa.int64(), 1, events=True),
    **{f"Parquet, {unit}": _parquet(pa.timestamp(unit), size) for unit, size in _UNITS.items()},
    **{f"Parquet of events, {unit}": _parquet(pa.timestamp(unit), size, events=True) for unit, size in _UNITS.items()},
}
"""Logs of three events by format; the second and the last have the time."""

QUERIES = [
    "limit 5",
    "fields @timestamp, @ingestionTime, @message | sort @timestamp",
    "stats count(*), min(@timestamp), max(@timestamp), earliest(@timestamp), latest(@timestamp) by bin(1h)",
    "stats count(*) by bin(3mo), bin(7d)",
    "stats count(*) as n by bin(2y) as b | fillmissing with 0 for n",
    "stats count(*) by bin(300w)",
    "stats count(*) by bin(1000000d)",
    "stats count(*) by bin(1ms)",
    "stats count(*) by datefloor(@timestamp, 3000y), dateceil(@timestamp, 1q)",
    "sessionize @log maxspan 30m | stats count(*) by session_id",
    "fields formatDate(@timestamp, '%Y-%m-%d %j'), toMillis(@timestamp) | dedup @timestamp",
    "filter @timestamp > 0 | fields @timestamp * 1000, fromMillis(@timestamp * 1000), fromMillis(@timestamp / 1000)",
    "SOURCE 'flowlocal' start=-1w | stats count(*)",
    "diff | limit 3",
]
ON_RECORDS = [
    "fields startTime, endTime, endTime - startTime, startTime * 1000000 | sort startTime",
    "fields fromMillis(startTime), fromMillis(startTime * 1000), fromMillis(-startTime)",
    "fields datefloor(startTime, 1d), dateceil(startTime * 1000, 1w), dateceil(startTime, 1mo), dateceil(endTime, 1h)",
    "fields startTime * 1000000 as t | fields t as `@timestamp` | stats count(*) by bin(1h)",
    "stats sum(startTime), avg(endTime), max(startTime) - min(endTime) by bin(1d)",
    "fields formatDate(startTime, '%c'), toMillis(startTime) | stats count(*) by datefloor(startTime, 1y)",
]
"""Queries of records' own times."""


def _answers(text: str, path: Path, **options: object) -> int | None:
    """Return how many rows a query gives, each value of which was made a Python object; None if it is refused."""
    try:
        result = flowlocal.query(text, path, **options)  # type: ignore[arg-type]
    except (MalformedQuery, UnreadableInput):
        return None
    for name, dtype in result.to_polars().schema.items():
        if isinstance(dtype, pl.Datetime):
            assert all(time is None or time.year for time in result.to_polars()[name])
    return len(result.to_polars().rows())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    """Return a function that writes every log to a file of its own."""
    return writer(tmp_path_factory.mktemp("times"), ".log")


@given(times, st.sampled_from(sorted(FORMATS)), st.sampled_from([*QUERIES, *ON_RECORDS]), times)
@example(BEYOND, "API events", "limit 5", 0)
@example(-BEYOND, "API events", "stats count(*) by bin(1mo)", 0)
@example(1_418_530_010_000_000, "records", "limit 5", 0)
@example(2**53, "records", "stats max(@timestamp)", 0)
def test_every_function_over_every_format(
    place: Callable[[bytes], Path], time: int, form: str, query: str, start: int
) -> None:
    """Every function that takes or returns times answers, over every format, with and without a time range."""
    path = place(FORMATS[form](time))
    _answers(query, path)
    with suppress(ValueError, MalformedQuery, UnreadableInput):
        flowlocal.query(query, path, start=start)
    assert flowlocal.query("stats count(*)", path).rows == [{"count(*)": "3"}]


@some
@given(times, st.sampled_from(sorted(FORMATS)))
@example(BEYOND, "API events")
def test_every_reader_of_events(place: Callable[[bytes], Path], time: int, form: str) -> None:
    """What reads events without a query does not fail either, and a dataset holds the same events as the log."""
    path = place(FORMATS[form](time))
    assert inspect_paths([path]).events == 3
    dataset = path.with_suffix(".dataset")
    assert import_logs([path], dataset).events == 3
    shown = "fields @timestamp, @message | sort @timestamp"
    assert flowlocal.query(shown, dataset).rows == flowlocal.query(shown, path).rows


@examples(0.2)
@given(times)
@example(BEYOND)
def test_every_question_of_the_report(place: Callable[[bytes], Path], time: int) -> None:
    """The report answers."""
    path = place(FORMATS["records"](time))
    make_report(flowlocal.scan(path), list(questions(SHIPPED).values())[:3])


@pytest.mark.parametrize(
    "form",
    [
        *("API events", "subscription", "OpenTelemetry", "console download", "aws text"),
        *("Parquet, ms", "Parquet, us", "Parquet of events, ms", "Parquet of events, us"),
    ],
)
def test_impossible_time(place: Callable[[bytes], Path], form: str) -> None:
    """An event with such a time takes that of the event before it, and a warning counts them."""
    time = BEYOND * 10**12
    result = flowlocal.query("fields @timestamp", path := place(FORMATS[form](time)))
    assert result.rows == [{"@timestamp": "2026-05-01 01:46:40.000"}] * 3
    (warning,) = result.report.warnings
    assert warning.startswith(f"{path}: ")
    assert warning.endswith(" times are outside the years 1 to 9999 and count as missing")


@pytest.mark.parametrize(
    ("unit", "form"),
    [
        (unit, form)
        for unit in (1, 10**3, 10**6, 10**9)
        for form in ("records", "S3 delivery", "start last", "Athena", "Parquet", "Parquet, unsigned", "Parquet, texts")
    ],
)
def test_units(place: Callable[[bytes], Path], unit: int, form: str) -> None:
    """Starts in seconds, milliseconds, microseconds and nanoseconds are distinguished by size, and print as written."""
    time = 1_777_600_001 * unit
    result = flowlocal.query("fields @timestamp, startTime | limit 1", place(FORMATS[form](time)))
    assert result.rows == [{"@timestamp": "2026-05-01 01:46:41.000", "startTime": str(time)}]
    assert not result.report.odd_count
    assert not result.report.warnings


@some
@given(st.one_of(times.map(abs), st.integers(0, catalog.LARGEST_TIME)), st.integers(0, 30))
def test_start_of_a_record(place: Callable[[bytes], Path], time: int, zeros: int) -> None:
    """The time of a record is that of its start, whose unit is found by size; a larger start makes an odd line."""
    path = place(_lines(RECORD, record(int(f"1{time}")), RECORD.replace("1777600000", "0" * zeros + str(time))))
    frame = flowlocal.scan(path).events.select("@timestamp", "startTime").collect()
    known = time <= catalog.LARGEST_TIME
    assert frame["startTime"][-1] == (time if known else None)
    assert not known or frame["@timestamp"].to_physical()[-1] == epoch.milliseconds(time)


@pytest.mark.parametrize("time", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_time_before_a_line(place: Callable[[bytes], Path], time: str) -> None:
    """A time outside the calendar before a record makes an odd line, which takes the time of the line before it."""
    path = place(_lines(f"2026-05-01T01:46:40{time[19:]} {RECORD}", f"{time} {RECORD}"))
    result = flowlocal.query("fields @timestamp", path)
    assert len({row["@timestamp"] for row in result.rows}) == 1
    assert (len(result.rows), result.report.odd_count) == (2, 1)


@some
@given(times, times)
def test_time_range(place: Callable[[bytes], Path], start: int, end: int) -> None:
    """A range of any integers is applied, or refused as not a point in time."""
    path = place(_lines(RECORD))
    for first, last in ((start, None), (None, end), (start, end)):
        with suppress(ValueError):
            flowlocal.query("stats count(*) by bin(1h)", path, start=first, end=last)
    for text in (
        f"SOURCE 'flowlocal' start={start} end={end} | limit 1",
        f"fields fromMillis({start}), fromMillis({end})",
    ):
        with suppress(MalformedQuery):
            flowlocal.query(text, path)


@some
@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=3), st.sampled_from(QUERIES))
def test_events_in_memory(stamps: list[int], query: str) -> None:
    """A log group that was written through the API goes on answering."""
    columns = Columns(stamps, ["x"] * len(stamps), stamps)
    logs = flowlocal.Logs(events_of("g", "1", {"s": columns}))
    with suppress(MalformedQuery):
        logs.query(query).to_polars().rows()
    assert logs.query("stats count(*)").rows == [{"count(*)": str(len(stamps))}]


@some
@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["ms", "us", "ns", "d", "i", "f"]), st.sampled_from(QUERIES))
@example(2**62, "ms", "limit 5")
def test_frames(number: int, unit: str, query: str) -> None:
    """A frame of one's own holds any datetime, date or number in place of a time."""
    whole = pl.Series("@timestamp", [number], pl.Int64)
    column = {
        "d": whole.cast(pl.Int32, strict=False).cast(pl.Date),
        "i": whole,
        "f": whole.cast(pl.Float64),
    }.get(unit)
    column = whole.cast(pl.Datetime(unit)) if column is None else column  # type: ignore[arg-type]
    frame = pl.DataFrame({"@timestamp": column, "start": column, "n": [1]}).with_columns(s=pl.struct("start"))
    with suppress(MalformedQuery):
        namespace.logs_of(frame).query(query).to_polars().rows()


def test_commands(tmp_path: Path) -> None:
    """The commands of a user over such logs: the default view, a time range, `fields` and `report`."""
    (tmp_path / "us.log").write_bytes(_lines(RECORD, record(1_418_530_010_000_000, 1_418_530_070_000_000)))
    (tmp_path / "far.json").write_bytes(_api(BEYOND))
    for arguments in (
        ("query", "limit 9", "--format", "table", "--start", "2014-12-14", "--end", "9999-12-31"),
        ("fields",),
        ("report",),
    ):
        done = run(*arguments, str(tmp_path))
        assert (done.code, done.out != "") == (0, True)
        assert "4 times are outside the years 1 to 9999" in done.err
