"""Which groups the native library makes: they are those that Polars makes, and those of plain Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import flowlocal
from flowlocal.engine import parse
from flowlocal.native.totals import TotalsTable
from flowlocal.planning import totalling
from tests.oracle.evaluate import answer
from tests.oracle.events import events_of

NATIVE = [
    "stats sum(bytes) by bin(5m)",
    "stats sum(bytes) as s, count(*), sum(packets) by dstPort | sort s desc, dstPort",
    "stats avg(bytes), min(bytes), max(packets) by protocol",
    "stats sum(srcPort), count(bytes), max(bytes) by srcPort",
    "stats sum(bytes) by dstPort = 22",
    "stats sum(0 - bytes), min(0 - bytes), avg(bytes - 500) by dstPort",
    "stats sum(bytes) as s by bin(1m) | filter s > 3000 | stats max(s), count(*)",
    "filter action = 'REJECT' | stats sum(packets) by dstPort | limit 4",
    "filter dstPort = 99999 | stats sum(bytes) by dstPort",
    "stats count(*) by srcAddr, dstPort",
    "stats max(bytes) by interfaceId, action",
]
"""Sums by one integer, and any totals by a text and other keys."""
OTHERS = [
    "stats count(*) by dstPort",
    "stats max(bytes), min(packets) by bin(5m)",
    "stats sum(bytes) by dstPort, protocol",
    "stats sum(bytes) by srcAddr",
    "stats sum(bytes / 7) by dstPort",
    "stats sum(bytes * 1000000000000) by protocol",
    "stats sum(none), sum(bytes) by dstPort",
    "stats sum(bytes), stddev(bytes) by dstPort",
    "stats sum(bytes) by bytes / 7",
    "stats sum(bytes)",
]
"""What Polars makes in no more time, or what the library cannot make."""


def record(number: int) -> str:
    """Return a line; some have no values."""
    start = 1777593600 + number * 37 % 3600
    if number % 11 == 5:
        return f"2 123456789012 eni-{number % 3} - - - - - - - {start} {start + 60} - NODATA"
    mixed = number * 2654435761 % 2**32
    port, action, size = (22, 443, 53, 3389)[mixed % 4] + mixed % 7, ("ACCEPT", "REJECT")[mixed % 3 == 0], mixed % 9_973
    ends = f"10.0.0.{mixed % 5} 10.0.1.{mixed // 5 % 7} {mixed % 300} {port} {(6, 17, 1)[mixed % 3]}"
    return f"2 123456789012 eni-{number % 3} {ends} {size // 40 + 1} {size} {start} {start + 60} {action} OK"


LINES = {
    "none": [],
    "one": [record(0)],
    "without values": [record(5), record(16)],
    "some": [record(number) for number in range(60)],
    "many": ["not a record", *(record(number) for number in range(400))],
}


@pytest.fixture(params=LINES)
def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of lines, read in several blocks."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 4096)
    monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    path = tmp_path / "flow.log"
    path.write_text("".join(f"{line}\n" for line in LINES[request.param]))
    return path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return a list which has, of each totals that are asked of the library, whether it can make them."""
    totalled, made = totalling.totalled, list[bool]()

    def noted(*given: Any) -> totalling.Totalling | None:
        groups = totalled(*given)
        made.append(groups is not None)
        return groups

    monkeypatch.setattr(totalling, "totalled", noted)
    return made


@pytest.mark.parametrize(("query", "native"), [*((each, True) for each in NATIVE), *((each, False) for each in OTHERS)])
@pytest.mark.parametrize("log", ["some"], indirect=True)
def test_which_are_native(query: str, native: bool, log: Path, made: list[bool]) -> None:
    """The library makes what it makes in less time."""
    flowlocal.query(query, log)
    assert any(made) is native


@pytest.mark.parametrize("query", NATIVE)
@pytest.mark.parametrize(("few", "memory"), [(2**16, "800"), (0, "800"), (3, "0")])
def test_answers_are_the_same(query: str, few: int, memory: str, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether groups are few or many, or take more memory than they may; and whoever makes them."""
    monkeypatch.setattr(totalling, "_FEW", few)
    monkeypatch.setenv("POLARS_OOC_MEMORY_BUDGET_MB", memory)
    rows = flowlocal.query(query, log).rows
    monkeypatch.setattr(totalling, "totalled", lambda *_given: None)
    assert rows == flowlocal.query(query, log).rows
    assert rows == answer(parse(query), events_of(log.read_text().splitlines()))


def test_more_groups_than_there_is_memory_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads give up their groups once these take too much."""
    monkeypatch.setenv("POLARS_OOC_MEMORY_BUDGET_MB", "2")
    path = tmp_path / "flow.log"
    path.write_text("".join(f"{record(number)}\n" for number in range(60_000)))
    query = "stats sum(bytes) as s, max(packets), count(*) as n by startTime * 100000 + bytes as k | sort s desc, n, k"
    rows = flowlocal.query(query, path).rows
    monkeypatch.setattr(totalling, "totalled", lambda *_given: None)
    assert rows == flowlocal.query(query, path).rows


@pytest.mark.parametrize("raised", [MemoryError("no memory for totals"), KeyboardInterrupt()], ids=["memory", "stop"])
@pytest.mark.parametrize("log", ["many"], indirect=True)
def test_failures_reach_the_caller(raised: BaseException, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of threads of Polars, which makes other errors of them."""

    def fail(_table: TotalsTable, _rows: pl.DataFrame) -> None:
        raise raised

    monkeypatch.setattr(TotalsTable, "add", fail)
    with pytest.raises(type(raised)) as found:
        flowlocal.query("stats sum(bytes) by dstPort", log)
    assert found.value is raised
