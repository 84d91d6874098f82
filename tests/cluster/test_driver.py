"""What the driver does: plan first, collect only what fits, merge what arrives, and find files for pointers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import flowlocal
from flowlocal import MalformedQuery, UnreadableInput
from flowlocal.cluster import driver
from flowlocal.cluster.opening import scan
from tests.cluster.corpus import check_equal
from tests.cluster.serial import SerialRunner
from tests.cluster.test_equal_answers import QUERIES

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LOGS = SAMPLES / "s3"


@pytest.mark.parametrize(
    "query",
    [
        "stats count(*) by abz(action)",
        "stats count(*) as n by bin(1h) | fillmissing | filter unknown = 1",
        "accum bytes | fields bytes as bytes_accum",
        "join type=inner left=a right=b where a.srcAddr = b.srcAddr (filter bytes > 1) | fields abz(1)",
    ],
)
def test_a_malformed_query_starts_no_job(query: str) -> None:
    """Every stage is planned before the first task, also those after a stage that collects rows to be planned."""
    runner = SerialRunner()
    with pytest.raises(MalformedQuery):
        scan(LOGS, runner, task_bytes=1).query(query)
    assert runner.ran == 0


@pytest.mark.parametrize("query", ["accum bytes", "pattern @message", "sort bytes | stats count(*) by srcAddr"])
def test_too_many_rows_are_refused(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that needs all rows says so when they are more than the driver takes, and stops the job."""
    monkeypatch.setattr(driver, "LARGEST_COLLECTION", 1 << 14)
    runner = SerialRunner()
    with pytest.raises(MalformedQuery, match="needs all its rows in one process") as refused:
        scan(LOGS, runner, task_bytes=1).query(query)
    assert refused.value.text == query
    assert 0 < runner.ran < len(list(LOGS.rglob("*.gz")))


@pytest.mark.parametrize("query", [*QUERIES, "dedup srcAddr", "limit 7", "stats pct(bytes, 50)"])
def test_many_tasks(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What many tasks return is merged by others, and in the driver whenever much of it waits."""
    monkeypatch.setattr(driver, "_MANY", 2)
    monkeypatch.setattr(driver, "_WAITING", 5)
    here = flowlocal.scan(LOGS).query(query)
    check_equal(here, scan(LOGS, SerialRunner(slots=3), task_bytes=1).query(query))


def test_surveys_in_tasks(tmp_path: Path) -> None:
    """The beginnings of many files are read in tasks; fields, warnings and skipped files are those of a local run."""
    text = (SAMPLES / "article" / "flow.log").read_text(encoding="utf-8")
    for number in range(300):
        (tmp_path / f"{number}.log").write_text(text, encoding="utf-8")
    (tmp_path / "7.log").write_bytes(b"")
    (tmp_path / "9.log").write_text("version srcaddr bytes\n3 10.0.0.1 17\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing\n", encoding="utf-8")
    query = "stats count(*) as n, sum(bytes) by version"
    runner = SerialRunner()
    logs = scan(tmp_path, runner, task_bytes=1 << 14)
    assert runner.ran > 1
    check_equal(flowlocal.scan(tmp_path).query(query), logs.query(query))


def test_several_groups(tmp_path: Path) -> None:
    """Log groups keep their row ids, and tables that a query names reach the tasks."""
    paths = {"a": [str(LOGS)], "b": [str(SAMPLES / "lines")]}
    query = "SOURCE logGroups() | lookup ports port as dstPort OUTPUT mine | fields @log, mine, @ptr | sort bytes desc"
    tables = {"ports": pl.DataFrame({"port": ["22", "443"], "mine": ["ssh", "https"]})}
    here = flowlocal.scan(paths).query(query, tables=tables)
    check_equal(here, scan(paths, SerialRunner(), task_bytes=1).query(query, tables=tables))


def test_what_one_process_alone_can_read(tmp_path: Path) -> None:
    """Standard input and datasets are refused before anything starts."""
    flowlocal_dataset = tmp_path / "dataset"
    flowlocal_dataset.mkdir()
    (flowlocal_dataset / "flowlocal-dataset.json").write_text("{}")
    for path in ("-", str(flowlocal_dataset)):
        with pytest.raises(UnreadableInput) as refused:
            scan(path, SerialRunner())
        assert "--engine" in refused.value.hint
