"""Parquet: as S3 delivers it, as others write it, and tables of events."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

import flowlocal
from flowlocal.events import UnreadableInput
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, read

COLUMNS = HEADER.replace("-", "_").split()
TYPES = {"version", "srcport", "dstport", "protocol"}
UNITS: tuple[Literal["ms", "us", "ns"], ...] = ("ms", "us", "ns")
AT = pl.lit(1_777_600_000 * 1000).cast(pl.Datetime("ms"))
BIG = {"packets", "bytes", "start", "end"}


def delivered(*records: str) -> pl.DataFrame:
    """Return records as S3 delivery writes them: typed, null for a dash."""
    rows = [[None if value == "-" else value for value in record.split()] for record in records]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return frame.with_columns(pl.col(*TYPES).cast(pl.Int32), pl.col(*BIG).cast(pl.Int64))


def data(frame: pl.DataFrame) -> bytes:
    """Return a frame as a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def test_delivery(write: Callable[..., Path]) -> None:
    """Fields, dashes and the line itself are as in the text delivery."""
    hive = "AWSLogs/aws-account-id=012345678901/aws-service=vpcflowlogs/year=2014/x.log.parquet"
    found = read(write(hive, data(delivered(ACCEPTED, NO_DATA))))
    assert found.column("@message") == [ACCEPTED, NO_DATA]
    assert found.column("dstPort") == [22, None]
    assert found.column("action") == ["ACCEPT", "-"]
    assert found.column("@logStream") == ["eni-1235b8ca-all"] * 2
    assert found.column("@log") == ["123456789010:flowlocal"] * 2
    assert [time.year for time in found.column("@timestamp")] == [2014, 2015]
    assert found.events.aliases["account_id"] == "accountId"
    assert found.report.odd_count == 0


def test_text_beside(write: Callable[..., Path], tmp_path: Path) -> None:
    """A directory with text and Parquet is one log."""
    write("a.log", [HEADER, ACCEPTED])
    write("b.parquet", data(delivered(ACCEPTED)))
    found = read(tmp_path)
    assert found.column("dstPort") == [22, 22]
    assert found.column("@message") == [ACCEPTED] * 2


def test_account_of_the_path(write: Callable[..., Path]) -> None:
    """Where records do not name the account, the hive path does, with its zeros."""
    frame = delivered(ACCEPTED).drop("account_id")
    found = read(write("aws-account-id=012345678901/x.parquet", data(frame)))
    assert found.column("@log") == ["012345678901:flowlocal"]


def test_other_writers(write: Callable[..., Path]) -> None:
    """Numbers as text, literals for missing ones, accounts that lost their zeros."""
    frame = pl.DataFrame(
        {"account_id": [12345678901, 1], "dstport": ["22", "None"], "srcaddr": ["a", None], "bytes": [4249.0, None]}
    )
    found = read(write("x.parquet", data(frame)))
    assert found.column("accountId") == ["012345678901", "000000000001"]
    assert found.column("dstPort") == [22, None]
    assert found.column("bytes") == [4249, None]
    assert found.column("@message") == ["012345678901 22 a 4249", "000000000001 - - -"]


@pytest.mark.parametrize("port", ["22", "70000"])
@pytest.mark.parametrize("group", [1, 2, 100])
def test_batches(port: str, group: int, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows are read together, and lie together in the file, the answer is the same."""
    monkeypatch.setattr("flowlocal.sources.parquet.file.ROWS", 2)
    buffer = io.BytesIO()
    records = [ACCEPTED, NO_DATA, ACCEPTED, ACCEPTED.replace(" 22 ", f" {port} "), ACCEPTED]
    delivered(*records).write_parquet(buffer, row_group_size=group)
    found = read(path := write("x.parquet", buffer.getvalue()))
    assert found.column("dstPort") == [22, None, 22, 22 if port == "22" else None, 22]
    assert found.column("_record") == [True, True, True, port == "22", True]
    assert found.column("_row") == [0, 1, 2, 3, 4]
    assert [odd.line for odd in found.report.odd_lines] == [] if port == "22" else [4]
    assert flowlocal.query("stats count(*) as n", path).rows == [{"n": "5"}]


OUT_OF_RANGE = {
    "70000": ("dstport", pl.lit(70_000), 65_535),
    "-5": ("bytes", pl.lit(-5), 2**53),
    "18446744073709551615": ("bytes", pl.lit(2**64 - 1, pl.UInt64), 2**53),
    "4249.5": ("packets", pl.lit(4249.5), 2**53),
    "inf": ("packets", pl.lit(float("inf")), 2**53),
    "4249.50": ("packets", pl.lit("4249.50").cast(pl.Decimal(10, 2)), 2**53),
    "many": ("packets", pl.lit("many"), 2**53),
    "-1": ("start", pl.lit(-1).cast(pl.Datetime("ms")), 2**62 - 1),
}


@pytest.mark.parametrize("text", sorted(OUT_OF_RANGE))
def test_out_of_range(text: str, write: Callable[..., Path]) -> None:
    """A row with a value that is not an integer in range is an odd line, as in text: its fields are missing."""
    column, value, maximum = OUT_OF_RANGE[text]
    frame = delivered(ACCEPTED, ACCEPTED).with_row_index()
    frame = frame.with_columns(pl.when(pl.col("index") == 1).then(value).alias(column)).drop("index")
    found = read(path := write("x.parquet", data(frame)))
    assert found.column("_record") == [True, False]
    assert (found.column("action"), found.column("dstPort")[1]) == (["ACCEPT", None], None)
    assert found.column("@logStream") == ["eni-1235b8ca-all"] * 2
    assert text in found.column("@message")[1].split()
    (odd,) = found.report.odd_lines
    assert (odd.path, odd.line) == (str(path), 2)
    assert odd.reason == f"{column} is '{text}', which is not an integer from 0 to {maximum}"
    assert flowlocal.query("stats count(*) as n by ispresent(bytes) as b", path).rows[-1]["n"] == "1"


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("text", sorted(OUT_OF_RANGE))
def test_out_of_range_elsewhere(text: str, statistics: bool, write: Callable[..., Path]) -> None:
    """A wrong value makes an odd line of a row even if no query names its column, shown by statistics or not."""
    column, value, _ = OUT_OF_RANGE[text]
    frame = delivered(ACCEPTED, ACCEPTED, ACCEPTED).with_row_index()
    frame = frame.with_columns(pl.when(pl.col("index") == 2).then(value).alias(column)).drop("index")
    buffer = io.BytesIO()
    frame.write_parquet(buffer, row_group_size=2, statistics=statistics)
    result = flowlocal.query("stats count(*) as n by action", write("x.parquet", buffer.getvalue()))
    assert result.rows == [{"action": "ACCEPT", "n": "2"}, {"n": "1"}]
    assert [odd.line for odd in result.report.odd_lines] == [3]


CONDITIONS = [
    "action = 'ACCEPT'",
    "action != 'ACCEPT'",
    "action = '-'",
    "srcAddr like /3/ or action = '-'",
    "@logStream like /ca-all/ and dstPort in [22]",
    "accountId = '123456789010' and not ispresent(bytes)",
    "@message like / - /",
    "interfaceId in ['eni-1235b8ca', 'x']",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(condition: str, write: Callable[..., Path]) -> None:
    """Conditions on texts that come back often hold for the same rows as over the text delivery."""
    records = [ACCEPTED, NO_DATA, ACCEPTED, ACCEPTED.replace(" 22 ", " 23 ")] * 20
    query = f"filter {condition} | fields @message, @logStream, @log, action | sort @timestamp, @message"
    parquet = flowlocal.query(query, write("a/x.parquet", data(delivered(*records))))
    assert parquet.rows == flowlocal.query(query, write("b/x.log", [HEADER, *records])).rows


TIMES = {
    "seconds": pl.lit(1_777_600_000),
    "unsigned": pl.lit(1_777_600_000, pl.UInt64),
    "milliseconds": pl.lit(1_777_600_000_000),
    "nanoseconds": pl.lit(1_777_600_000 * 10**9),
    "text": pl.lit("1777600000"),
    "float": pl.lit(1_777_600_000.0),
    "decimal": pl.lit("1777600000").cast(pl.Decimal(20, 3)),
    **{
        f"datetime {unit}": pl.lit(1_777_600_000 * 1000).cast(pl.Datetime("ms")).cast(pl.Datetime(unit))
        for unit in UNITS
    },
    "zone": pl.lit(1_777_600_000 * 1000).cast(pl.Datetime("ms", "Asia/Tokyo")),
}


@pytest.mark.parametrize("starts", [[1_777_600_000] * 3, [1_777_600_000, None, 1_777_600_000], [1_777_600_000_000] * 3])
def test_columns_beside_a_condition(starts: list[int | None], write: Callable[..., Path]) -> None:
    """Columns that no condition reads are those of the rows that match; a missing time is that of the row before."""
    rows = delivered(ACCEPTED, ACCEPTED, NO_DATA).with_columns(
        pl.Series("start", starts), pl.Series("dstport", [1, 2, 3], dtype=pl.Int32), pl.Series("bytes", [7, None, 9])
    )
    log = write("a.parquet", data(rows))
    found = flowlocal.query("filter dstPort > 1 | fields @timestamp, bytes, action | sort dstPort", log)
    time = "2026-05-01 01:46:40.000"
    assert found.printed.rows() == [(time, "-", "ACCEPT"), (time, "9", "-")]


@pytest.mark.parametrize("how", sorted(TIMES))
def test_times(how: str, write: Callable[..., Path]) -> None:
    """The type of a column decides in what unit its times count, the size of its integers where the type does not."""
    found = read(write("x.parquet", data(delivered(ACCEPTED).with_columns(start=TIMES[how], end=TIMES[how]))))
    assert found.column("@timestamp") == [datetime.datetime(2026, 5, 1, 1, 46, 40)]
    factor = {"milliseconds": 1000, "nanoseconds": 10**9}.get(how, 1)
    assert found.column("startTime") == found.column("endTime") == [1_777_600_000 * factor]


def test_days(write: Callable[..., Path]) -> None:
    """A day is its first second."""
    day = pl.lit(datetime.date(2026, 5, 1))
    found = read(write("x.parquet", data(delivered(ACCEPTED).with_columns(start=day))))
    assert (found.column("@timestamp"), found.column("startTime")) == ([datetime.datetime(2026, 5, 1)], [1_777_593_600])


EVENT_TIMES = {
    "datetime": pl.lit(datetime.datetime(2020, 1, 2)),
    "seconds": pl.lit(1_577_923_200),
    "milliseconds": pl.lit(1_577_923_200_000),
    "float": pl.lit(1_577_923_200.0),
    "text": pl.lit("2020-01-02T00:00:00Z"),
    "digits": pl.lit("1577923200000"),
}


@pytest.mark.parametrize("how", sorted(EVENT_TIMES))
def test_times_of_events(how: str, write: Callable[..., Path]) -> None:
    """The times of events are read of any type, under the names of the Logs API, too."""
    frame = pl.DataFrame({"message": [ACCEPTED, "x"], "logStreamName": ["s", None]})
    found = read(write("x.parquet", data(frame.with_columns(timestamp=EVENT_TIMES[how]))))
    assert found.column("@timestamp") == [datetime.datetime(2020, 1, 2)] * 2
    assert found.column("@logStream") == ["s", "s"]


def test_events(write: Callable[..., Path]) -> None:
    """A table of events is read by their messages."""
    time = datetime.datetime(2020, 1, 2)
    frame = pl.DataFrame({"@timestamp": [time], "@message": [ACCEPTED], "@logStream": ["s"]})
    found = read(write("x.parquet", data(frame)))
    assert (found.column("@timestamp"), found.column("@logStream")) == ([time], ["s"])
    assert found.column("dstPort") == [22]


@pytest.mark.parametrize("content", [data(pl.DataFrame({"a": [1]})), data(delivered(ACCEPTED))[:-20]])
def test_not_flow_logs(content: bytes, write: Callable[..., Path]) -> None:
    """Another table, or a damaged file, is refused in words."""
    with pytest.raises(UnreadableInput, match="this Parquet file"):
        read(write("x.parquet", content))
