"""Groups of Parquet files are in the order of their first events: by ranks of 64 bits if the footers say enough."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import flowlocal
from flowlocal.api import answer_together
from flowlocal.events import ScanReport
from flowlocal.query_options import QueryOptions
from flowlocal.sources import open_events
from flowlocal.sources.parquet import file
from flowlocal.sources.records import ranks
from tests.importing.test_ranks import QUERIES, SECOND, lines, record
from tests.properties import examples
from tests.sources.test_parquet import delivered

_SIX = [(1, 0, 1, 9, 1)] * 6
_CARRIED = [*_SIX, (1, 0, 2, 9, 4), (1, 0, 3, 9, 0), (1, 0, 4, 9, 2), (1, -1, 5, 9, 4), (1, 0, 6, 9, 3)]
"""The eighth record, the first one of the second row group, has the time of the one before it."""
files = st.lists(st.lists(record, min_size=1, max_size=40), min_size=1, max_size=3)


@pytest.fixture(params=["narrow", "wide"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks of 64 and of 128 bits, of rows that are read a few at a time."""
    monkeypatch.setattr(file, "ROWS", 9)
    if request.param == "wide":
        monkeypatch.setattr(ranks, "_LARGEST", 0)


def _write(
    logs: list[list[tuple[int, int, int, int, int]]], folder: Path, *, statistics: bool, group: int = 7
) -> tuple[Path, Path]:
    """Write the same records as text and as Parquet, in files whose names have the same order.

    Args:
        logs: the records of each file.
        folder: where the folders of both are made.
        statistics: whether footers say between which times the records are.
        group: rows of a row group: some are read together, and larger ones in parts.
    """
    text, parquet = folder / "text", folder / "parquet"
    text.mkdir()
    parquet.mkdir()
    for number, records in enumerate(logs):
        (text / f"{number}.log").write_text(lines(records))
        frame = delivered(*lines(records).splitlines())
        frame.write_parquet(parquet / f"{number}.parquet", row_group_size=group, statistics=statistics)
    return text, parquet


@pytest.mark.usefixtures("kind")
@examples(0.2)
@given(logs=files, statistics=st.booleans(), group=st.sampled_from([7, 40]))
@example(logs=[_CARRIED, _CARRIED], statistics=True, group=7)
@example(logs=[[(1, 0, port, 9, 1) for port in range(40)]], statistics=True, group=7)
@example(logs=[[(1, 0, port, 9, 1) for port in range(40)]], statistics=True, group=40)
def test_groups_in_order(
    logs: list[list[tuple[int, int, int, int, int]]],
    statistics: bool,
    group: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Rows are those of the same records as text, in the same order, with events without a time among them."""
    text, parquet = _write(logs, tmp_path_factory.mktemp("logs"), statistics=statistics, group=group)
    for query in QUERIES:
        for start, end in ((None, None), (SECOND, SECOND)):
            there = flowlocal.query(query, text, start=start, end=end)
            assert flowlocal.query(query, parquet, start=start, end=end).rows == there.rows


def test_of_64_bits(tmp_path: Path) -> None:
    """Footers that say between which times the records are make ranks of 64 bits, whatever the number of files."""
    for count in (1, 3):
        folder = tmp_path / str(count)
        folder.mkdir()
        _, parquet = _write([[(1, 2, 3, 4, 1)] * 9] * count, folder, statistics=True)
        events = open_events([parquet])
        assert (rank := events.rank()) is not None
        assert events.read(ScanReport()).select(rank).collect_schema().dtypes() == [pl.Int64]


@pytest.mark.parametrize("change", [{}, {"start": pl.col("start") * 1000}, {"start": pl.col("start").cast(pl.String)}])
def test_of_128_bits(change: dict[str, pl.Expr], tmp_path: Path) -> None:
    """Otherwise they are computed of times and row ids: here without statistics, in milliseconds, and of texts."""
    frame = delivered(*lines([(1, 2, 3, 4, 1)] * 9).splitlines()).with_columns(**change)
    frame.write_parquet(tmp_path / "a.parquet", statistics=bool(change))
    assert open_events([tmp_path]).rank() is None


def test_files_that_change(tmp_path: Path) -> None:
    """A log that was opened before is queried as it is now, with a warning, and groups are in order."""
    for name, port in (("a", 1), ("b", 2)):
        delivered(*lines([(1, port, 3, 4, 1)] * 3).splitlines()).write_parquet(tmp_path / f"{name}.parquet")
    logs = flowlocal.scan(tmp_path)
    query = "stats count(*) as n by srcPort"
    assert [row["srcPort"] for row in logs.query(query).rows] == ["1", "2"]
    later = [(1, 1, 3, 4, 1)] * 39 + [(1, 7, 3, 4, 1), (1, 8, 3, 4, 4)]
    delivered(*lines(later).splitlines()).write_parquet(tmp_path / "a.parquet")
    result = logs.query(query)
    assert [row["srcPort"] for row in result.rows] == ["8", "1", "7", "2"]
    assert list(result.report.changed) == [str(tmp_path / "a.parquet")]


def test_of_several_queries(tmp_path: Path) -> None:
    """Queries that are answered in one reading have the rows of each of them alone, in the same order."""
    _, parquet = _write([_CARRIED, [(1, 0, port, 9, 1) for port in range(20)]], tmp_path, statistics=True)
    logs = flowlocal.scan(parquet)
    together = answer_together(logs, [(query, QueryOptions()) for query in QUERIES])
    assert [result.rows for result in together] == [logs.query(query).rows for query in QUERIES]
