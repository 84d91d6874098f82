"""A query reads the columns that it needs, whatever counts, cuts or shows its rows: the others cost the most time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from msgspec.structs import replace
from polars.io.plugins import register_io_source

from flowlocal.api import Logs
from flowlocal.events import ScanReport
from flowlocal.importing import import_logs
from flowlocal.sources import open_events
from tests.hostile.command import RECORD

CASES = {
    "fields dstPort": {"dstPort"},
    "fields dstPort | limit 2": {"dstPort"},
    "fields dstPort | limit any 2": {"dstPort"},
    "filter bytes > 1 | limit 2": {"bytes", "@message"},
    "filter @message like /ACC/ | fields @message | sort @timestamp desc | limit 20": {"@message"},
    "fields srcAddr | sort bytes desc | limit 3": {"srcAddr", "bytes"},
    "sort bytes | limit 3 | display srcAddr": {"srcAddr", "bytes"},
    "sort bytes | limit 300 | display srcAddr": {"srcAddr", "bytes"},
    "sort bytes | limit 300 | stats count(*) by action": {"action", "bytes"},
    "fields srcAddr, @message | sort bytes desc | limit 300 | filter dstPort = 22": {
        *{"srcAddr", "@message", "bytes", "dstPort"}
    },
    "fields bytes * 2 as b | filter b > 4 | limit 3": {"bytes"},
    "fields dstAddr | dedup dstAddr | limit 1": {"dstAddr"},
    "parse @message '* *' as a, b | display b | limit 2": {"@message"},
    "stats count(*) by dstPort | sort dstPort | limit 2": {"dstPort"},
    "stats pct(bytes, 95) by interfaceId": {"bytes", "interfaceId"},
    "stats sum(bytes) by srcAddr, dstAddr": {"bytes", "srcAddr", "dstAddr"},
    "pattern @message | limit 1": {"@message"},
}
ALWAYS = {"@timestamp", "_row", "_record"}


@pytest.mark.parametrize("query", CASES)
def test_columns(query: str, tmp_path: Path) -> None:
    """The columns that a query asks of the source of its events."""
    (tmp_path / "x.log").write_text(f"{RECORD}\n")
    events, asked = open_events([tmp_path / "x.log"]), set[str]()

    def read(report: ScanReport) -> pl.LazyFrame:
        lazy = events.read(report)
        schema = lazy.collect_schema()

        def rows(columns: list[str] | None, predicate: pl.Expr | None, *_: object) -> list[pl.DataFrame]:
            asked.update(columns or schema)
            held = lazy if predicate is None else lazy.filter(predicate)
            return [held.select(columns or list(schema)).collect()]

        return register_io_source(lambda *request: iter(rows(*request)), schema=schema)

    assert Logs(replace(events, read=read)).query(query).rows
    assert asked - ALWAYS == CASES[query]


def _write_text(path: Path) -> None:
    path.write_text(f"{RECORD}\nno record\n{RECORD}\n")


def _write_parquet(path: Path) -> None:
    """Write records of which one has a port that is none."""
    same = {"account-id": "123456789012", "interface-id": "eni-1", "srcaddr": "10.0.0.1", "action": "ACCEPT"}
    columns = {name: pa.array([value] * 3) for name, value in same.items()}
    columns |= {"dstport": pa.array([22, 70_000, 80], pa.int32()), "start": pa.array([1_760_000_000] * 3)}
    pq.write_table(pa.table(columns), path)


def _write_json(path: Path) -> None:
    path.write_text('{"action": "ACCEPT", "port": 22}\nno json\n{"action": "REJECT", "port": "x"}\n')


def _write_dataset(path: Path) -> None:
    _write_text(path.with_suffix(".log"))
    import_logs([path.with_suffix(".log")], path)


@pytest.mark.parametrize("write", [_write_text, _write_parquet, _write_json, _write_dataset])
def test_any_columns(write: Callable[[Path], None], tmp_path: Path) -> None:
    """What a column has does not depend on which others are read: also in events that are no records."""
    write(tmp_path / "logs")
    events = open_events([tmp_path / "logs"])
    every = events.read(ScanReport()).collect(engine="streaming")
    names = [name for name in every.columns if not name.startswith("\0")]
    for columns in [*([name] for name in names), *combinations(names, 2)]:
        report = ScanReport()
        some = events.read(report).select(columns).collect(engine="streaming")
        assert some.equals(every.select(columns)), columns
        assert report.odd_count == (write is not _write_json)
