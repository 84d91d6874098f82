"""The first groups of very many are those of a sort of all, whatever stages come between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import flowlocal
from flowlocal.engine import parse
from flowlocal.language.errors import MalformedQuery
from flowlocal.native import totals
from flowlocal.native.totals import Totals, TotalsTable
from flowlocal.planning import totalling
from flowlocal.planning.registry import all_commands
from flowlocal.planning.rows import PlanRows
from flowlocal.result import Result
from tests.oracle.evaluate import answer
from tests.oracle.events import events_of
from tests.test_grouping import record

BY = "by srcAddr, srcPort, dstAddr"
REDUCED = [
    f"stats sum(bytes) as s {BY} | sort srcAddr desc, s | limit 9",
    f"stats count(*) as n {BY} | sort n desc, srcPort | limit 8 | stats sum(n)",
    f"stats count(*) as n {BY} | fields 7 as x, 'y' as y | sort x, y desc | limit 4",
    f"stats sum(bytes) as s, count(*) as n {BY} | sort s desc | limit 7",
    f"stats sum(bytes) as s {BY} | sort s | limit 7",
    f"stats sum(bytes) as s, min(packets) as p {BY} | sort p desc, s, srcAddr | limit 15",
    f"stats avg(bytes) as a, max(packets) as m {BY} | fields a / m as ratio | sort ratio | limit 12",
    f"stats sum(bytes) as s {BY} | fields s * 2 as twice | fields twice + 1 as odd | sort odd desc | limit 3 | sort s",
    f"stats sum(bytes) as s, count(*) as n {BY} | limit 5",
    f"stats sum(bytes) / count(*) as mean, mean * 3 as more {BY} | sort more desc | display mean | limit 6",
    f"filter action = 'REJECT' | stats sum(bytes) as n {BY} | sort n desc, srcPort | limit 8 | stats sum(n)",
    f"stats sum(bytes) as s {BY} | sort s desc | limit 5 | limit 2",
]
WHOLE = [
    f"stats sum(bytes) as s {BY} | filter s > 3000 | sort s desc | limit 7",
    f"stats sum(bytes) as s {BY} | sort s desc, srcPort | dedup srcAddr | limit 2",
    f"stats sum(bytes) as s {BY} | stats count(*) as n by srcAddr | sort n desc | limit 2",
    f"stats sum(bytes) as s {BY} | sort s desc",
]
"""Queries that need all groups."""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of lines, read in several blocks, of which groups are made in parts, each on its own."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 4096)
    monkeypatch.setattr(totalling, "_FEW", 0)
    monkeypatch.setattr(Totals, "_few", 1)
    monkeypatch.setattr(totals, "_FRAME", 30)
    path = tmp_path / "flow.log"
    path.write_text("".join(f"{record(number)}\n" for number in range(400)))
    return path


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list which has how many groups each reduction dropped."""
    keep, dropped = TotalsTable.keep, list[int]()

    def noted(table: TotalsTable, numbers: pl.Series) -> None:
        dropped.append(len(table) - len(numbers))
        keep(table, numbers)

    monkeypatch.setattr(TotalsTable, "keep", noted)
    return dropped


def with_all(query: str, log: Path) -> Result:
    """Return the answer for which all groups become rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlanRows, "first", lambda rows, count: rows.sorted().head(count))
        return flowlocal.query(query, log)


@pytest.mark.parametrize(("query", "is_reduced"), [*((q, True) for q in REDUCED), *((q, False) for q in WHOLE)])
def test_answers(query: str, is_reduced: bool, log: Path, dropped: list[int]) -> None:
    """Both directions, missing values, equal keys, columns computed from others, and groups that are counted."""
    found = flowlocal.query(query, log)
    assert (sum(dropped) > 0) is is_reduced
    assert found.rows == answer(parse(query), events_of(log.read_text().splitlines()))
    assert found.statistics == with_all(query, log).statistics


def after_groups() -> Iterator[str]:
    """Yield a query for each example of a command, between groups and the first of them."""
    groups = f"stats sum(bytes) as bytes, count(*) as packets, max(dstPort) as dstPort, max(protocol) as protocol {BY}"
    for each in all_commands():
        for example in each.examples:
            if "limit any" not in example:  # which any rows answer
                yield f"{groups} | {example} | limit 4"


@pytest.mark.parametrize("query", [*after_groups()])
def test_stages_between(query: str, log: Path) -> None:
    """Of each command, also those whose columns depend on other rows."""
    try:
        expected = with_all(query, log)
    except MalformedQuery as error:
        pytest.skip(f"not after `stats`: {error}")
    assert flowlocal.query(query, log).rows == expected.rows
