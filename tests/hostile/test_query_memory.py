"""Queries that make far more of the events than they read: answered, or refused with a sentence, in bounded memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlocal import memory_limits
from tests.hostile.command import RECORD, flowlocal

EVENTS = 30_000
SLACK = 400_000_000
"""Bytes that a query may take between two looks at the memory, and that Python and its libraries take."""


def doubled(times: int, end: str) -> str:
    """Return a query that makes a text of 2^times messages of each event."""
    doubling = [f"concat(c{n}, c{n}) as c{n + 1}" for n in range(times)]
    return " | ".join(["fields @message as c0", "fields " + ", ".join(doubling), end.format(last=f"c{times}")])


BLANKS = '" ", "' + " " * 300 + '"'
QUERIES = {
    "longest": doubled(12, "stats max(strlen({last}))"),
    "groups": doubled(12, "stats count(*) by {last}"),
    "filter": doubled(12, 'filter {last} like "z"'),
    "rows": doubled(12, "display {last}"),
    "values": "stats " + ", ".join(f"values(concat(@message, {n})) as v{n}" for n in range(10)),
    "items": "fields " + ", ".join(map(str, range(1800))),
    "replaced": f"fields replace(replace(replace(@message, {BLANKS}), {BLANKS}), {BLANKS}) as x | stats max(strlen(x))",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log of two and a half megabytes."""
    path = tmp_path_factory.mktemp("memory") / "flow.log"
    path.write_text("".join(RECORD.replace(" 40 ", f" {n} ") + "\n" for n in range(EVENTS)))
    return path


@pytest.mark.parametrize("name", QUERIES)
def test_texts_count_against_the_memory(name: str, log: Path) -> None:
    """A query stays below the limit of its memory, and says what to do if it cannot be answered within it."""
    done = flowlocal("query", QUERIES[name], log, "--memory", "1MB", "--format", "jsonl", seconds=120)
    assert done.code in {0, 3}
    assert "--memory" in done.err or done.code == 0
    most = memory_limits.limit() - 2 * (memory_limits.budget() - 1)
    assert done.peak < most * 1_000_000 + SLACK


@pytest.mark.parametrize("query", ["fields @message", "fields @timestamp, srcAddr, @message | sort bytes desc"])
def test_few_rows_do_not_keep_what_they_were_read_with(query: str, tmp_path: Path) -> None:
    """Of each block of a large file one row is left: its texts, not the text of the block, stay in memory."""
    block = f"{RECORD}\n" * 100_000
    with (tmp_path / "flow.log").open("w", encoding="ascii") as file:
        for number in range(30):
            file.write(block + RECORD.replace(" 40 ", f" {5000 + number} ") + "\n")
    done = flowlocal("query", f"filter bytes >= 5000 | {query}", tmp_path / "flow.log", "--format", "jsonl")
    assert len(done.out.splitlines()) == 30
    assert done.peak < 250_000_000


def test_first_rows_do_not_keep_what_they_were_read_with(tmp_path: Path) -> None:
    """The first rows come from all over a large file."""
    block = f"{RECORD}\n" * 100_000
    large = "".join(f"{RECORD.replace(' 40 ', f' {5000 + number} ')}\n" for number in range(20))
    with (tmp_path / "flow.log").open("w", encoding="ascii") as file:
        for _ in range(60):
            file.write(block + large)
    query = "fields @message | sort bytes desc | limit 1000"
    done = flowlocal("query", query, tmp_path / "flow.log", "--format", "jsonl")
    assert len(done.out.splitlines()) == 1000
    assert done.peak < 350_000_000
