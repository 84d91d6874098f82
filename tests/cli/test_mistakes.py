"""Command lines with a common mistake are answered with the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowlocal as library
from flowlocal.events import UnreadableInput
from tests.hostile.command import here

LINE = b"2 123456789010 eni-1 10.0.0.1 10.0.0.2 1 22 6 1 40 1777600000 1777600060 ACCEPT OK\n"
COUNT = "stats count(*) as n"

ANSWERED = {
    "without the word query": [COUNT, "logs"],
    "with options after the query": [COUNT, "logs", "-o", "jsonl"],
    "a query of one call": ["count(*)as n", "logs"],
}
REFUSED = {
    "swapped": (
        ["query", "logs", COUNT],
        "the query comes before the paths: flowlocal query 'stats count(*) as n' logs",
    ),
    "swapped, several paths": (["query", "logs", COUNT, "a.insights"], "query 'stats count(*) as n' logs a.insights"),
    "swapped, without query": (["logs", COUNT], "flowlocal query 'stats count(*) as n' logs"),
    "a path alone": (["logs"], "logs is a path; a query comes before it: flowlocal query 'stats count(*)' logs"),
    "a misspelt command": (["qeury", COUNT, "logs"], "did you mean `flowlocal query`?"),
    "an unknown command": (["xyzzy"], "`flowlocal --help` lists the commands"),
    "no quotes": (
        ["query", "filter", "action", "=", "REJECT", "logs"],
        "put the query in quotes: flowlocal query 'filter action = REJECT' logs",
    ),
    "no quotes, no path": (["query", "limit", "5"], "flowlocal query 'limit 5' PATH"),
    "an option of other tools": (["query", "--since", "3h", COUNT, "logs"], "write --start, for example `--start -3h`"),
    "a format": (["query", COUNT, "logs", "--json"], "no such option: --json; write -o json"),
    "the region": (["query", "--region", "eu-west-1", COUNT, "logs"], "no region is needed"),
    "an option before the command": (["-o", "csv", COUNT, "logs"], "-o comes after a command"),
    "a query file with a typo": (["query", "-f", "aa", "logs"], "there is no query file aa in the current folder"),
    "a query file nearby": (["query", "-f", "prots.insights", "logs"], "did you mean ports?"),
    "a malformed query": (["stats cuont(*)", "logs"], "did you mean `count`?"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with logs and two query files."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "flow.log").write_bytes(LINE)
    for name in ("a", "ports"):
        (tmp_path / f"{name}.insights").write_text(COUNT)
    return tmp_path


@pytest.mark.parametrize("arguments", ANSWERED.values(), ids=ANSWERED)
def test_answered(folder: Path, arguments: list[str]) -> None:
    """A query in place of a command is answered."""
    done = here(*arguments, folder=folder)
    assert (done.code, done.out) == (0, '{"n": "1"}\n')


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(folder: Path, arguments: list[str], message: str) -> None:
    """Another mistake is refused, and the message says what to write."""
    done = here(*arguments, folder=folder)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.parametrize("query", [COUNT, "filter dstPort = 22"])
def test_library(folder: Path, query: str) -> None:
    """The library says so, too."""
    with pytest.raises(UnreadableInput) as error:
        library.scan(query)
    assert "it comes before the paths" in error.value.hint
