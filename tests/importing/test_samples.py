"""A dataset asks conditions of the rows that earlier ones leave, if a sample says that these are few."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import flowlocal
from flowlocal.cli._guard import run
from flowlocal.engine import QueryPlan
from flowlocal.explaining import explain
from flowlocal.importing import import_logs
from flowlocal.query_options import QueryOptions
from flowlocal.sources import open_events
from flowlocal.sources.dataset import events, part_writer

RECORD = "2 123456789012 eni-{:017x} 10.0.{}.{} 10.1.0.9 {} {} 6 3 {} {} {} {} OK\n"
QUERIES = {
    # one row in 40, then others, of which Polars makes groups: those of sums are not in the plan
    "filter interfaceId like /07$/ | filter srcAddr like /10.0.1/ and dstPort < 400 | stats count(*) by dstPort": True,
    "filter interfaceId like /07$/ and srcAddr like /10.0.1/ | fields @timestamp, srcAddr, @message": True,
    "filter interfaceId like /07$/ | fields bytes * 2 as b | filter b > 200 | filter srcAddr like /1$/ | sort b": True,
    "filter interfaceId like /07$/ | filter @message like /REJECT/ | stats max(bytes), min(bytes) by dstPort": True,
    "filter interfaceId like /gone/ | filter dstPort = 80 | stats count(*)": True,
    # every other row, all rows, one condition, and times, of which a sample says nothing
    "filter action = 'ACCEPT' | filter srcAddr like /10.0.1/ | stats count(*) by dstPort": False,
    "filter bytes > 0 and dstPort >= 0 | stats count(*) by action": False,
    "filter interfaceId like /07$/ | stats count(*) by dstPort": False,
    "filter @timestamp < 1760000002000 | filter dstPort < 400 | stats count(*) by srcAddr": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write logs, and a dataset of them in parts of 200 events."""
    folder = tmp_path_factory.mktemp("logs")
    (folder / "logs").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part_writer, "PART_ROWS", 200)
        patch.setattr(part_writer, "GROUP_ROWS", 70)
        for number in range(2):
            lines = (_record(2_000 * number + each) for each in range(1_000))
            (folder / "logs" / f"{number}.log").write_text("".join(lines))
        import_logs([folder / "logs"], folder / "set")
    return folder


def _record(number: int) -> str:
    start = 1_760_000_000 + number // 300
    action = "REJECT" if number % 2 else "ACCEPT"
    return RECORD.format(number % 40, number % 3, number % 7, number, number % 500, number, start, start, action)


@pytest.fixture
def _sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MANY", 1)


def _plan(query: str, dataset: Path) -> str:
    return QueryPlan.of(query, open_events([dataset]), QueryOptions()).frame.lazy.explain()


@pytest.mark.usefixtures("_sampled")
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("start", [None, datetime.fromtimestamp(1_760_000_002, UTC)])
def test_answers(query: str, start: datetime | None, folder: Path) -> None:
    """They are those of the logs, in the same order, also within a range of time."""
    there = flowlocal.query(query, folder / "logs", start=start)
    here = flowlocal.query(query, folder / "set", start=start)
    assert here.rows == there.rows
    assert here.statistics.recordsMatched == there.statistics.recordsMatched


@pytest.mark.usefixtures("_sampled")
@pytest.mark.parametrize("query", QUERIES)
def test_what_is_asked_later(query: str, folder: Path) -> None:
    """Later conditions are columns of the rows that are left, or pushed down where many are left."""
    assert ("kept" in _plan(query, folder / "set")) == QUERIES[query]


def test_few_events(folder: Path) -> None:
    """A dataset of few events has no sample."""
    assert open_events([folder / "set"]).sample is None
    assert not any("kept" in _plan(query, folder / "set") for query in QUERIES)


@pytest.mark.usefixtures("_sampled")
def test_a_damaged_sample(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A part that is damaged after its check is named, as it is when it is read."""
    import_logs([folder / "logs"], tmp_path / "set")
    (part,) = (tmp_path / "set").glob("*.parquet")
    status, content = part.stat(), bytearray(part.read_bytes())
    pages = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    content[4:pages] = bytes(pages - 4)
    part.write_bytes(content)
    os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    query = next(iter(QUERIES))
    for command in ("query", "explain"):
        assert run([command, query, str(tmp_path / "set")]) == 3
        assert part.name in capfd.readouterr().err


@pytest.mark.usefixtures("_sampled")
def test_explanations(folder: Path) -> None:
    """They say which conditions are asked later, as the query will do."""
    query = "filter interfaceId like /07$/ | filter dstPort < 400 | filter @timestamp > 1760000001000"
    where = [place for _, place in explain(query, open_events([folder / "set"]), QueryOptions()).filters]
    assert [place.split(":")[0] for place in where] == [
        "while the logs are read",
        "on the events that are left",
        "on the events that are left",
    ]
