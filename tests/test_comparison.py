"""Two results of one query compared, in the library and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import flowlocal as library
from flowlocal.comparison import compare
from tests.hostile.command import here

EARLIER = [("10.0.0.1", 22, 100), ("10.0.0.1", 22, 50), ("10.0.0.2", 80, 10), ("10.0.0.3", 443, 7)]
LATER = [("10.0.0.1", 22, 30), ("10.0.0.3", 443, 7), ("10.0.0.4", 443, 1000)]
HALF = 1_777_600_000
ESTATE = Path(__file__).parents[1] / "sample_logs" / "estate"


def lines(rows: list[tuple[str, int, int]], start: int) -> str:
    """Return records of a source, a port and bytes."""
    return "".join(
        f"2 123456789010 eni-1 {source} 10.0.9.9 1 {port} 6 1 {size} {start} {start + 60} ACCEPT OK\n"
        for source, port, size in rows
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the logs of both periods."""
    (tmp_path / "a.log").write_text(lines(EARLIER, HALF - 3600))
    (tmp_path / "b.log").write_text(lines(LATER, HALF + 3600))
    return tmp_path


SUM = "stats sum(bytes) as b by srcAddr"
LESS = {"b_before": "150", "b_after": "30", "b_change": "-120", "b_percent": "-80"}
ROWS = [
    {"srcAddr": "10.0.0.4", "status": "new", "b_after": "1000", "b_change": "1000"},
    {"srcAddr": "10.0.0.1", "status": "less", **LESS},
    {"srcAddr": "10.0.0.2", "status": "gone", "b_before": "10", "b_change": "-10", "b_percent": "-100"},
    {"srcAddr": "10.0.0.3", "status": "same", "b_before": "7", "b_after": "7", "b_change": "0", "b_percent": "0"},
]


def test_library(folder: Path) -> None:
    """Groups are joined by their keys, the largest change first; values keep their types."""
    before, after = (library.query(SUM, folder / name) for name in ("a.log", "b.log"))
    result = compare(before, after)
    assert result.rows == ROWS
    assert result.typed["b_change"].to_list() == [1000, -120, -10, 0]
    assert (result.keys, result.statistics.recordsScanned) == (("srcAddr",), 7)
    assert compare(before, after, limit=1).rows == ROWS[:1]


def test_several_values(folder: Path) -> None:
    """Texts are put side by side, and any number can decide the order."""
    query = "stats count(*) as n, avg(bytes) as mean, max(dstPort) as port, latest(action) as last by srcAddr"
    before, after = (library.query(query, folder / name) for name in ("a.log", "b.log"))
    second = compare(before, after, by="mean").rows[1]
    assert (second["mean_before"], second["mean_change"]) == ("75", "-45")
    assert (second["last_before"], second["last_after"]) == ("ACCEPT", "ACCEPT")
    assert "last_change" not in second


@pytest.mark.parametrize(
    "sides",
    [
        ["logs", "--before", f"/{HALF}", "--after", f"{HALF}/"],
        ["--before-logs", "logs/a.log", "--after-logs", "logs/b.log"],
        ["--before", f"/{HALF}", "--before-logs", "logs", "--after-logs", "logs/b.log"],
    ],
)
def test_command_line(folder: Path, sides: list[str]) -> None:
    """Periods and sets of logs are compared alike."""
    (folder / "logs").mkdir()
    for name in ("a.log", "b.log"):
        (folder / name).rename(folder / "logs" / name)
    done = here("compare", SUM, *sides, "-o", "json", folder=folder)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == ROWS


def test_no_groups(folder: Path) -> None:
    """One row a side needs no group; a side without events is named."""
    asked = ["compare", "stats count(*) as n", ".", "--after", f"{HALF}/"]
    done = here(*asked, "--before", f"/{HALF}", folder=folder)
    expected = {"status": "less", "n_before": "4", "n_after": "3", "n_change": "-1", "n_percent": "-25"}
    assert json.loads(done.out) == expected
    done = here(*asked, "--before", "/1000000", folder=folder)
    assert json.loads(done.out)["status"] == "new"
    assert "no event of the earlier side matched" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([SUM, ".", "--after", f"{HALF}/"], "give both sides: --before START/END"),
        ([SUM, ".", "--before", "yesterday", "--after", f"{HALF}/"], "'yesterday' is not a period: write START/END"),
        ([SUM, ".", "--before", "yesterday/", "--after", f"{HALF}/"], "invalid time 'yesterday'"),
        (["stats count(*) as n by bin(1h)", "."], "leave bin(1h) out of the groups"),
        (["fields srcAddr", "."], "end the query with `stats … by …`"),
        (["stats latest(action) as a by srcAddr", "."], "there is no number to compare"),
        (["stats count(*) as n by srcAddr | limit 5", "."], "a comparison needs all groups"),
        (["stats cuont(*)", "."], "did you mean `count`?"),
        ([SUM, ".", "--by", "c"], "c is not a column of numbers"),
    ],
)
def test_refused(folder: Path, arguments: list[str], message: str) -> None:
    """What cannot be compared is refused with what to write."""
    sides = [] if "--after" in arguments else ["--before", f"/{HALF}", "--after", f"{HALF}/"]
    done = here("compare", *arguments, *sides, folder=folder)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.split())


def test_names() -> None:
    """With --with-names groups have names; the folder is read once, and a file that is no table is named once."""
    query, periods = "stats sum(bytes) as b by srcAddr", ("--before", "/2026-05-04T23:59:59", "--after", "2026-05-05/")
    names = ("--names", ESTATE / "names", "--names", ESTATE / "network.py", "--with-names")
    done = here("compare", query, ESTATE / "logs", *periods, *names, "--limit", "1", "-o", "jsonl")
    assert json.loads(done.out)["srcAddr.name"] == "batch-1"
    assert (done.err.count("flowlocal: names: "), done.err.count("network.py: not taken")) == (1, 1)


def test_chart(folder: Path) -> None:
    """A chart has both sides of the number that decides the order, alone or beside the rows."""
    asked = (
        "compare",
        "stats sum(bytes) as b, count(*) as n by srcAddr",
        "--before-logs",
        "a.log",
        "--after-logs",
        "b.log",
    )
    done = here(*asked, "--by", "n", "--chart", "bar", folder=folder)
    assert (done.code, "n_before, n_after by srcAddr" in done.out, "b_before" in done.out) == (0, True, False)
    assert "10.0.0.4 · new" in done.out
    both = here(*asked, "--chart", "bar", "-o", "csv", folder=folder)
    assert both.out.startswith("srcAddr,status,b_before")
    assert "b_before, b_after by srcAddr" in both.err
