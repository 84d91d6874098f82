"""The same answers on Sail, a Spark Connect server whose tasks are threads of one process."""

from __future__ import annotations

from typing import Any

import pytest

from flowlocal.testing.case import Case
from tests.cluster.corpus import Comparison, Shards, check_equal
from tests.cluster.test_equal_answers import sample

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
"""The clients of clusters leave sockets to the garbage collector."""


@pytest.mark.parametrize("case", sample(40), ids=lambda case: f"{case.path.name.partition('.')[0]}: {case.title}")
def test_cases_on_sail(case: Case, shards: Shards, sail: Any) -> None:
    """Cases have the same answers through Spark Connect."""
    comparison = Comparison(case, shards)
    check_equal(comparison.local(), comparison.on(sail), statistics="limit any" not in case.query)
