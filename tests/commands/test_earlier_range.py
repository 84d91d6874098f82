"""Queries that look back find the events before their time range, however the logs are stored."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import flowlocal
from flowlocal.api import looks_back
from flowlocal.query_options import QueryOptions

DAY = 86_400
FIRST = 1_777_593_600
QUERY = "pattern action | diff previousDay | display @pattern, @sampleCount, @differenceCount"
ANSWER = [
    {"@pattern": "ACCEPT", "@sampleCount": "0", "@differenceCount": "-2"},
    {"@pattern": "REJECT", "@sampleCount": "1", "@differenceCount": "1"},
]


def line(time: int, action: str) -> str:
    """Return a record."""
    return f"2 123456789010 eni-1 10.0.0.1 10.0.0.2 1001 443 6 1 40 {time} {time + 60} {action} OK\n"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of two days, imported one after the other, so that one can be left out."""
    folder = tmp_path_factory.mktemp("range")
    days = {
        "first.log": line(FIRST + 3600, "ACCEPT") + line(FIRST + 7200, "ACCEPT"),
        "second.log": line(FIRST + DAY + 3600, "REJECT"),
    }
    for name, text in days.items():
        (folder / name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "flowlocal", "import", str(folder / name), "-o", str(folder / "dataset")]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "dataset"


def test_library(imported: Path) -> None:
    """From Python."""
    result = flowlocal.query(QUERY, imported, start=FIRST + DAY, end=FIRST + 2 * DAY - 1)
    assert result.rows == ANSWER


def test_command_line(imported: Path) -> None:
    """On the command line."""
    span = ["--start", str(FIRST + DAY), "--end", str(FIRST + 2 * DAY - 1)]
    command = [sys.executable, "-m", "flowlocal", "query", QUERY, str(imported), *span, "-o", "csv"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["@pattern,@sampleCount,@differenceCount", "ACCEPT,0,-2", "REJECT,1,1"]


@pytest.mark.parametrize(
    ("query", "beyond"),
    [
        ("pattern @message | DIFF", True),
        ("logcompare timeshift 7d", True),
        ("SOURCE lg start=-1d end=now | stats count(*)", True),
        ("filter different = 1 | stats count(*) by startTime", False),
    ],
)
def test_looks_back(query: str, beyond: bool) -> None:
    """Only queries that name an earlier range keep all files open."""
    assert looks_back(query, QueryOptions.of(query)) is beyond
    assert looks_back("$Saved()", QueryOptions.of("$Saved()", saved={"Saved": query})) is beyond
