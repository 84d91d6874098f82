"""``flowlocal explain`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ARTICLE = Path(__file__).parent.parent.parent / "sample_logs" / "article" / "flow.log"
QUERY = "filter dstPort < 1024 | stats count(*) as n by action | sort n desc"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal explain`` in a pipe."""
    command = [sys.executable, "-m", "flowlocal", "explain", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_json() -> None:
    """The plan as JSON: stages, what is parsed, what is dropped while reading, what is shown."""
    plan = json.loads(run(QUERY, ARTICLE, "-o", "json").stdout)
    assert [stage.split()[0] for stage in plan["stages"]] == ["filter", "stats", "sort"]
    assert {"dstPort", "action"} <= set(plan["columns"])
    assert "bytes" not in plan["columns"]
    assert "dstPort" in plan["pushed"]
    assert plan["shown"] == ["action", "n"]
    assert plan["plan"]


def test_text() -> None:
    """The same for people, without control characters."""
    done = run(QUERY, ARTICLE)
    assert (done.returncode, done.stderr) == (0, "")
    for title in ("stages", "reads", "filters while reading", "shows", "plan"):
        assert title in done.stdout
    assert all(character.isprintable() or character == "\n" for character in done.stdout)


def test_malformed_query() -> None:
    """A malformed query is refused as ``query`` refuses it."""
    done = run("filter dstPort <", ARTICLE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "query:1:" in done.stderr


def test_parameters_and_tables(tmp_path: Path) -> None:
    """What the query leaves open is given as to ``query``."""
    (tmp_path / "ports.csv").write_text("port,name\n443,https\n", encoding="utf-8")
    query = "filter dstPort = {{port}} | lookup ports port as dstPort OUTPUT name"
    done = run(query, ARTICLE, "-p", "port=443", "--table", tmp_path / "ports.csv", "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "443" in json.loads(done.stdout)["pushed"]
    assert "the query has no {{port}}" in run("limit 1", ARTICLE, "-p", "port=443").stderr
