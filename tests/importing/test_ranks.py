"""Groups of a dataset are in the order of their first events: by places in its parts instead of row ids."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.engine import run
from flowlocal.importing import import_logs
from flowlocal.sources import open_events
from flowlocal.sources.dataset import events, part_writer
from flowlocal.sources.records import ranks
from tests.properties import examples

RECORD = "2 123456789012 eni-0a1b2c3d4e5f60718 10.0.0.{} 10.1.0.9 {} {} 6 3 {} {} {} ACCEPT OK"
QUERIES = (
    "stats count(*) by dstPort",
    "filter dstPort < 9 | stats sum(bytes) by srcAddr, dstPort",
    "stats pct(bytes, 50), earliest(srcPort), latest(srcPort) by dstPort",
    "filter @timestamp > 1760000001000 | stats count(*) by srcPort",
)
SECOND = datetime.fromtimestamp(1_760_000_002, UTC)
record = st.tuples(st.integers(1, 3), st.integers(-1, 5), st.integers(0, 12), st.integers(0, 99), st.integers(0, 4))


def lines(records: list[tuple[int, int, int, int, int]]) -> str:
    """Return log lines of which many have one time; some have none of their own; port -1 makes no record."""
    made = []
    for source, port, target, size, time in records:
        start = 1_760_000_000 + time if time else "-"
        made.append(RECORD.format(source, port, target, size, start, start) + "\n")
    return "".join(made)


@pytest.fixture(params=["places", "wide", "ids"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks of 64 and of 128 bits, and those of too many events for places."""
    if request.param == "wide":
        monkeypatch.setattr(ranks, "_LARGEST", 0)
    if request.param == "ids":
        monkeypatch.setattr(events, "_MOST_PLACES", 0)
    monkeypatch.setattr(part_writer, "PART_ROWS", 7)
    monkeypatch.setattr(part_writer, "GROUP_ROWS", 3)


@pytest.mark.usefixtures("kind")
@examples(0.1)
@given(files=st.lists(st.lists(record, min_size=1, max_size=40), min_size=1, max_size=2))
def test_groups_in_order(
    files: list[list[tuple[int, int, int, int, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows are those of the logs, in the same order, also within a range of time that leaves out parts."""
    folder = tmp_path_factory.mktemp("logs")
    (folder / "logs").mkdir()
    for number, records in enumerate(files):  # the dataset grows by one file at a time
        (folder / "logs" / f"{number}.log").write_text(lines(records))
        import_logs([folder / "logs"], folder / "set")
    for query in QUERIES:
        for start, end in ((None, None), (SECOND, SECOND)):
            there = flowlocal.query(query, folder / "logs", start=start, end=end)
            assert flowlocal.query(query, folder / "set", start=start, end=end).rows == there.rows


def test_an_empty_dataset(tmp_path: Path) -> None:
    """No event has no rank."""
    (tmp_path / "empty.log").write_text("")
    import_logs([tmp_path / "empty.log"], tmp_path / "set")
    assert run("stats count(*) by dstPort", open_events([tmp_path / "set"])).rows == []
