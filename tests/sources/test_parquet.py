"""Parquet: as S3 delivers it, as others write it, and tables of events."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from flowlocal.events import UnreadableInput
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, read

COLUMNS = HEADER.replace("-", "_").split()
TYPES = {"version", "srcport", "dstport", "protocol"}
BIG = {"packets", "bytes", "start", "end"}


def delivered(*records: str) -> pl.DataFrame:
    """Records as S3 delivery writes them: typed, null for a dash."""
    rows = [[None if value == "-" else value for value in record.split()] for record in records]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return frame.with_columns(pl.col(*TYPES).cast(pl.Int32), pl.col(*BIG).cast(pl.Int64))


def data(frame: pl.DataFrame) -> bytes:
    """A frame as a Parquet file."""
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
@pytest.mark.parametrize("statistics", [True, False])
def test_statistics_of_large_files(
    port: str, statistics: bool, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether statistics tell that a number is out of range, or the numbers have to be read, the answer is the same."""
    monkeypatch.setattr("flowlocal.sources.shapes.parquet._ROWS", 2)
    buffer = io.BytesIO()
    records = [ACCEPTED, NO_DATA, ACCEPTED, ACCEPTED.replace(" 22 ", f" {port} "), ACCEPTED]
    delivered(*records).write_parquet(buffer, statistics=statistics, row_group_size=2)
    found = read(write("x.parquet", buffer.getvalue()))
    assert found.column("dstPort") == [22, None, 22, 22 if port == "22" else None, 22]
    assert found.column("_record") == [True, True, True, port == "22", True]
    assert found.report.odd_count == int(port != "22")


def test_out_of_range(write: Callable[..., Path]) -> None:
    """A port that is none makes an odd event."""
    frame = delivered(ACCEPTED).with_columns(dstport=pl.lit(70000))
    found = read(write("x.parquet", data(frame)))
    assert found.column("_record") == [False]
    assert found.report.odd_lines[0].line == 1


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
