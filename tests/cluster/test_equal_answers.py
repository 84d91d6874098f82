"""The same answers on a cluster as in a local run: cases of all commands and functions over shards of their logs."""

from __future__ import annotations

import os
import random

import pytest

from flowlocal.testing.case import Case
from tests.cluster.corpus import Comparison, Shards, all_cases, check_equal
from tests.cluster.serial import SerialRunner

SAMPLE = 240
"""Cases that are run unless ``FLOWLOCAL_ALL_CASES`` is set."""
SEED = os.environ.get("FLOWLOCAL_SEED", "2026")


QUERIES = (
    "stats count(*) as flows, sum(bytes), earliest(srcAddr) by action, bin(10m)",
    "stats pct(bytes, 90), countDistinct(srcAddr), values(action) by dstPort | sort dstPort | limit 20",
    "fields @timestamp, srcAddr, bytes, @ptr | sort bytes desc | limit 5",
    "fields @timestamp, bytes | accum bytes as sent | limit 5",
)
"""One query for each way to distribute it: merged groups, exchanged events, limited rows, collected rows."""


def sample(size: int) -> list[Case]:
    """Return some cases, or all of them."""
    cases = all_cases()
    return cases if os.environ.get("FLOWLOCAL_ALL_CASES") else random.Random(SEED).sample(cases, size)


@pytest.mark.parametrize("case", sample(SAMPLE), ids=lambda case: f"{case.path.name.partition('.')[0]}: {case.title}")
def test_answers(case: Case, shards: Shards) -> None:
    """Rows, order, types, statistics and reports are equal; so are errors."""
    comparison = Comparison(case, shards)
    check_equal(comparison.local(), comparison.on(SerialRunner()), statistics="limit any" not in case.query)
