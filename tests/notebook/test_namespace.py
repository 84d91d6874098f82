"""Queries over frames of one's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import flowlocal
import flowlocal.namespace
from flowlocal.namespace import logs_of


def rows(frame: pl.DataFrame | pl.LazyFrame, query: str, **options: Any) -> list[dict[str, str]]:
    """Return the answer over a frame."""
    return logs_of(frame).query(query, **options).rows


@pytest.mark.parametrize(
    ("values", "dtype", "query", "printed"),
    [
        ([5], pl.Int64, "x", "5"),
        ([-(2**63)], pl.Int64, "x", "-9223372036854775808"),
        ([-128], pl.Int8, "x - 1", "-129"),
        ([2**32 - 1], pl.UInt32, "x * 2", "8589934590"),
        ([2**64 - 1], pl.UInt64, "x", "18446744073709551615"),
        ([2**64 - 1], pl.UInt64, "x > 5", "1"),
        ([Decimal("1.10")], pl.Decimal(10, 2), "x", "1.10"),
        ([Decimal("1.10")], pl.Decimal(10, 2), "x * 2", "2.2"),
        ([1.5], pl.Float64, "x", "1.5"),
        ([3.0], pl.Float32, "x", "3"),
        ([float("nan")], pl.Float64, "x", None),
        ([float("inf")], pl.Float64, "x", None),
        ([True], pl.Boolean, "x", "1"),
        ([False], pl.Boolean, "x", "0"),
        (["a"], pl.String, "x", "a"),
        (["443"], pl.String, "x + 1", "444"),
        (["-"], pl.String, "x", "-"),
        (["a"], pl.Categorical, "x", "a"),
        (["a"], pl.Enum(["a"]), "x", "a"),
        ([None], pl.Int64, "x", None),
        ([None], pl.String, "x", None),
        ([None], pl.Null, "x", None),
        ([None], pl.List(pl.Int64), "x", None),
        ([datetime(2026, 5, 1, 9, 30, 0, 123456)], pl.Datetime("us"), "x", "2026-05-01 09:30:00.123"),
        ([datetime(2026, 5, 1, 9, tzinfo=UTC)], pl.Datetime("ns", "Europe/Berlin"), "x", "2026-05-01 09:00:00.000"),
        ([date(2026, 5, 1)], pl.Date, "x", "2026-05-01 00:00:00.000"),
        ([datetime(2026, 5, 1, 9, 30)], pl.Datetime("ms"), "toMillis(x)", "1777627800000"),
        ([time(9, 30)], pl.Time, "x", "09:30:00"),
        ([timedelta(seconds=2)], pl.Duration("us"), "x", "2000"),
        ([[1, 2]], pl.List(pl.Int64), "x", "[1,2]"),
        ([{"a": 1, "b": {"c": "d"}}], pl.Struct({"a": pl.Int64, "b": pl.Struct({"c": pl.String})}), "x.b.c", "d"),
        ([{"a": 1}], pl.Struct({"a": pl.Int64}), "x", '{"a":1}'),
        ([{"a": 1}], pl.Struct({"a": pl.Int64}), "x.a + 1", "2"),
    ],
)
def test_kinds(values: list[Any], dtype: Any, query: str, printed: str | None) -> None:
    """A column of each dtype reads as a value of Insights; null is missing."""
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype, strict=False)})
    assert rows(frame, f"fields {query} as y") == [{} if printed is None else {"y": printed}]
    counted = rows(frame, f"fields {query} as y | filter ispresent(y) | stats count(*) as n")
    assert counted == ([] if printed is None else [{"n": "1"}])


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("srcaddr", "srcAddr"),
        ("src_addr", "srcAddr"),
        ("SrcAddr", "srcAddr"),
        ("interface-id", "interfaceId"),
        ("interface_id", "interfaceId"),
        ("interfaceId", "interfaceId"),
        ("pkt-src-aws-service", "pktSrcAwsService"),
        ("start", "startTime"),
        ("tgw_id", "tgwId"),
    ],
)
def test_flow_log_names(column: str, name: str) -> None:
    """A column with the name of a flow log field is that field, and keeps its own name as a second one."""
    logs = logs_of(pl.DataFrame({column: [1]}))
    assert name in logs.source.fields
    assert logs.query(f"fields {name} as x").rows == [{"x": "1"}]
    assert logs.query(f"fields `{column}` as x").rows == [{"x": "1"}]


def test_other_names_are_kept() -> None:
    """Other columns keep their names; where two columns are one field, the first is."""
    logs = logs_of(pl.DataFrame({"Host name": ["a"], "dst_port": [1], "dstPort": [2], "dstport": [3]}))
    assert {"dst_port", "dstPort", "dstport", "Host name"} <= set(logs.source.fields)
    assert logs.query("fields `Host name`, dst_port, dstPort, dstport").rows == [
        {"Host name": "a", "dst_port": "1", "dstPort": "2", "dstport": "3"}
    ]


@pytest.mark.parametrize(
    ("frame", "printed"),
    [
        ({"@timestamp": [datetime(2026, 5, 1, 9, 30)]}, "2026-05-01 09:30:00.000"),
        ({"@timestamp": [datetime(2026, 5, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))]}, "2026-05-01 07:30:00.000"),
        ({"@timestamp": [1777627800]}, "2026-05-01 09:30:00.000"),
        ({"@timestamp": [1777627800123]}, "2026-05-01 09:30:00.123"),
        ({"@timestamp": ["2026-05-01 09:30:00.123"]}, "2026-05-01 09:30:00.123"),
        ({"@timestamp": ["2026-05-01T09:30:00Z"]}, "2026-05-01 09:30:00.000"),
        ({"@timestamp": ["soon"]}, None),
        ({"start": [1777627800]}, "2026-05-01 09:30:00.000"),
        ({"start": [1], "@timestamp": [1777627800]}, "2026-05-01 09:30:00.000"),
        ({"x": [1]}, None),
    ],
)
def test_times(frame: dict[str, list[Any]], printed: str | None) -> None:
    """The time of an event is `@timestamp`, else the start of the flow, else missing; ranges go by it."""
    found = rows(pl.DataFrame(frame), "stats latest(@timestamp) as t, count(*) as n")
    assert rows(pl.DataFrame(frame), "fields @timestamp as t | filter ispresent(t) | display t") == (
        [{"t": printed}] if printed else []
    )
    assert found[0]["n"] == "1"
    assert len(rows(pl.DataFrame(frame), "limit 1", start="2026-05-01T00:00Z", end="2026-05-02T00:00Z")) == bool(
        printed
    )


def test_message_is_the_row() -> None:
    """Where there is no `@message`, it is the row as JSON; where there is one, it is that."""
    assert rows(pl.DataFrame({"a": [1], "b": [None]}), "fields @message") == [{"@message": '{"a":1,"b":null}'}]
    assert rows(pl.DataFrame({"@message": ["hi"], "a": [1]}), "fields @message") == [{"@message": "hi"}]


def test_only_what_is_needed_is_read() -> None:
    """A lazy frame is read no further than the query needs: a column that cannot be read does no harm."""

    def fail(_: pl.Series) -> pl.Series:
        raise AssertionError("this column is not needed")

    lazy = pl.LazyFrame({"a": [1], "b": [2]}).with_columns(pl.col("b").map_batches(fail, return_dtype=pl.Int64))
    assert rows(lazy, "stats sum(a) as s") == [{"s": "1"}]


def test_statistics_and_pointers() -> None:
    """Rows are counted as records, and `@ptr` finds them again."""
    logs = logs_of(pl.DataFrame({"a": range(10)}))
    result = logs.query("filter a > 7")
    assert (result.statistics.recordsMatched, result.statistics.recordsScanned) == (2, 10)
    assert logs.source.locate(3) == ("frame", 4)


@pytest.mark.parametrize("frame", [{"x": [b"a"]}, {"x": [object()]}, {"_row": [1]}, {"_record": [1]}])
def test_refused(frame: dict[str, list[Any]]) -> None:
    """Bytes, Python objects and names that are taken are refused before any query."""
    with pytest.raises(ValueError, match=r"drop it or convert it to text|rename it"):
        logs_of(pl.DataFrame(frame))


def test_empty() -> None:
    """A frame without rows, or without columns, answers with nothing."""
    assert rows(pl.DataFrame({"a": []}, schema={"a": pl.Int64}), "fields a") == []
    assert rows(pl.DataFrame(), "limit 1") == []


def test_malformed() -> None:
    """A malformed query is the library's error."""
    with pytest.raises(flowlocal.MalformedQuery):
        logs_of(pl.DataFrame({"a": [1]})).query("filter a >")


def test_the_engine_agrees_with_the_logs() -> None:
    """Queries over the events of a log as a frame give the log's own answers."""
    logs = flowlocal.scan("sample_logs/s3")
    frame = logs.events.filter(pl.col("action").is_in(["ACCEPT", "REJECT"]))
    kept = "filter dstPort < 1024 and action in ['ACCEPT', 'REJECT']"
    query = f"{kept} | stats sum(bytes) as b, count(*) as n by dstPort | sort b desc, dstPort"
    assert rows(frame, query) == logs.query(query).rows
