"""The same answers on Spark and Dask as in a local run, also if a worker is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowlocal
from flowlocal.cluster.opening import scan
from tests.cluster.corpus import check_equal
from tests.cluster.faults import DyingRunner
from tests.cluster.test_equal_answers import QUERIES

LOGS = Path(__file__).parents[2] / "sample_logs" / "s3"

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
"""The clients of clusters leave sockets to the garbage collector."""


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("engine", ["spark", "dask"])
def test_queries(engine: str, query: str, request: pytest.FixtureRequest) -> None:
    """Queries of each kind have the same answers."""
    runner = request.getfixturevalue(engine)
    check_equal(flowlocal.scan(LOGS).query(query), scan(LOGS, runner, task_bytes=1 << 14).query(query))


@pytest.mark.parametrize("query", QUERIES[:2])
@pytest.mark.parametrize("engine", ["spark", "dask"])
def test_a_killed_worker_changes_nothing(
    engine: str, query: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A task whose worker dies is run again."""
    dying = DyingRunner(request.getfixturevalue(engine), tmp_path / "died")
    check_equal(flowlocal.scan(LOGS).query(query), scan(LOGS, dying, task_bytes=1 << 14).query(query))
    assert dying.mark.exists()
