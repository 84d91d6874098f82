"""The same answers on Sail, a Spark Connect server whose tasks are threads of one process; the library for Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import flowlocal
from flowlocal import MalformedQuery, UnreadableInput
from flowlocal.cluster.runners.spark import SparkRunner
from flowlocal.testing.case import Case
from tests.cluster.corpus import Comparison, Shards, check_equal
from tests.cluster.test_equal_answers import QUERIES, sample
from tests.cluster.test_processes import command

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
"""The clients of clusters leave sockets to the garbage collector."""
LOGS = Path(__file__).parents[2] / "sample_logs" / "s3"


@pytest.mark.parametrize("case", sample(40), ids=lambda case: f"{case.path.name.partition('.')[0]}: {case.title}")
def test_cases_on_sail(case: Case, shards: Shards, sail: Any) -> None:
    """Cases have the same answers through Spark Connect."""
    comparison = Comparison(case, shards)
    check_equal(comparison.local(), comparison.on(sail), statistics="limit any" not in case.query)


@pytest.fixture
def session(sail: SparkRunner) -> Any:
    """Return the session of the runner."""
    return sail.session


@pytest.mark.parametrize("query", QUERIES)
def test_library(session: Any, query: str) -> None:
    """`flowlocal.spark.query` answers as a local run does."""
    check_equal(flowlocal.scan(LOGS).query(query), flowlocal.spark.query(session, query, LOGS))


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("fields @timestamp as time, srcAddr, bytes, bytes / packets as each, dstPort in [22, 443] as known", None),
        ("filter action = 'REJECT' | fields srcAddr, nothing", None),
        ("stats count(*) as n, avg(bytes) as mean by srcAddr, bin(1h) as hour", None),
        ("fields @timestamp as time, srcAddr, bytes | sort bytes desc, srcAddr | limit 10", "sorted"),
    ],
)
def test_frames(session: Any, query: str, order: str | None) -> None:
    """`flowlocal.spark.frame` has the typed rows of a local run, in their order if the query sorts them."""
    here = flowlocal.query(query, LOGS, limit=100_000).to_polars()
    table = flowlocal.spark.frame(session, query, LOGS).toArrow()
    there = pl.from_arrow(table)
    assert isinstance(there, pl.DataFrame)
    there = there.with_columns(pl.col(name).cast(dtype) for name, dtype in naive(there, here).items())
    assert_frame_equal(here, there, check_row_order=order is not None)


def naive(there: pl.DataFrame, here: pl.DataFrame) -> dict[str, Any]:
    """Return the types of a local run; times of Spark have a zone."""
    return {name: here.schema[name] for name in there.columns}


def test_errors(session: Any, tmp_path: Path) -> None:
    """Errors are those of the library: the query's before a job starts, and the file's."""
    with pytest.raises(MalformedQuery, match="unknown function abz"):
        flowlocal.spark.frame(session, "fields abz(1)", LOGS)
    record = (LOGS.parent / "article" / "flow.log").read_text(encoding="utf-8")
    (tmp_path / "odd.log").write_text(f"{record}odd\n", encoding="utf-8")
    with pytest.raises(UnreadableInput) as refused:
        flowlocal.spark.query(session, "stats count(*)", tmp_path / "odd.log", strict=True)
    assert refused.value.path == str(tmp_path / "odd.log")


def test_command_line(sail_address: str, tmp_path: Path) -> None:
    """`--engine spark --remote` answers, and names a server that is not there."""
    query = "stats count(*) as n by action"
    found = command(query, str(LOGS), "--engine", "spark", "--remote", sail_address, folder=tmp_path)
    assert found[:2] == command(query, str(LOGS), folder=tmp_path)[:2]
