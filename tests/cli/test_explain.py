"""``flowlocal explain`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import flowlocal
from flowlocal.explaining import explain
from flowlocal.importing import import_logs
from flowlocal.query_options import QueryOptions
from tests import in_process

ARTICLE = Path(__file__).parent.parent.parent / "sample_logs" / "article" / "flow.log"
QUERY = "filter dstPort < 1024 | stats count(*) as n by action | sort n desc"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal explain``."""
    return in_process.flowlocal("explain", *arguments)


def test_json() -> None:
    """The plan as JSON: stages, what is parsed, what is dropped while reading, what is shown."""
    plan = json.loads(run(QUERY, ARTICLE, "-o", "json").stdout)
    assert [stage.split()[0] for stage in plan["stages"]] == ["filter", "stats", "sort"]
    assert {"dstPort", "action"} <= set(plan["columns"])
    assert "bytes" not in plan["columns"]
    assert "dstPort" in plan["pushed"]
    assert plan["shown"] == ["action", "n"]
    assert plan["plan"]


def test_a_dataset(tmp_path: Path) -> None:
    """The columns are those of the same logs, without what orders the events of a dataset."""
    import_logs([ARTICLE], tmp_path / "set")
    of_logs, of_set = (json.loads(run(QUERY, path, "-o", "json").stdout) for path in (ARTICLE, tmp_path / "set"))
    assert of_set["columns"] == of_logs["columns"]


def test_text() -> None:
    """People are told in words what is read and where it is filtered; --plan adds the plan of Polars."""
    done = run(QUERY + " | filter n > 3", ARTICLE, "--start", "2014-12-14T05:00+01:00")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "reads    1 file (records), 115 B as stored",
        "parses   3 of 19 fields: @timestamp, dstPort, action",
        "range    from 2014-12-14 04:00:00 UTC to the last, while the logs are read",
        "runs     filter dstPort < 1024",
        "             → while the logs are read: other events never become rows",
        "         stats count(*) as n by action",
        "         sort n desc",
        "         filter n > 3",
        "             → on the rows that `stats` made",
        "shows    action, n",
    ]
    plan = run(QUERY, ARTICLE, "--plan").stdout
    assert "\nplan     " in plan
    assert all(character.isprintable() or character == "\n" for character in plan)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("filter dstPort = 22", ["while the logs are read"]),
        ("filter action = 'REJECT' | filter @message like /x/", ["while the logs are read", "while the logs are read"]),
        ("parse @message '* *' as a, b | filter a = '2' and dstPort = 22", ["in part while the logs are read"]),
        ("parse @message '* *' as a, b | filter a = '2'", ["on the events, after they were read"]),
        ("stats count(*) as n by dstPort | filter n > 1", ["on the rows that `stats` made"]),
        ("stats count(*) as n | filter dstPort = 22", ["while the logs are read"]),  # acts before stats
        ("limit 5", []),
    ],
)
def test_where_conditions_are_applied(query: str, places: list[str]) -> None:
    """Where each condition is applied is observed in the plan, not guessed."""
    events = flowlocal.scan(ARTICLE).source
    found = [where for _, where in explain(query, events, QueryOptions.of(query)).filters]
    assert [where.startswith(place) for where, place in zip(found, places, strict=True)] == [True] * len(places), found


def test_nothing_is_parsed() -> None:
    """A count of all events parses no field."""
    assert "parses   0 of 19 fields: events are only counted\n" in run("stats count(*)", ARTICLE).stdout


def test_malformed_query() -> None:
    """A malformed query is refused as ``query`` refuses it."""
    done = run("filter dstPort <", ARTICLE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "query:1:" in done.stderr


def test_files_of_names_that_were_not_taken(tmp_path: Path) -> None:
    """Files under ``--names`` that are no tables are named, as by ``query``; damaged ones are exit code 3."""
    (tmp_path / "notes.txt").write_text("nothing")
    asked = ("lookup ports port as dstPort OUTPUT service", ARTICLE, "--names", tmp_path, "-o", "json")
    done = run(*asked)
    assert (done.returncode, "notes.txt: not taken as names" in done.stderr) == (0, True)
    (tmp_path / "cut.json").write_text('{"Vpcs": [')
    done = run(*asked)
    assert (done.returncode, "cut off" in done.stderr) == (3, True)
    assert json.loads(done.stdout)["stages"]


def test_parameters_and_tables(tmp_path: Path) -> None:
    """What the query leaves open is given as to ``query``."""
    (tmp_path / "ports.csv").write_text("port,name\n443,https\n", encoding="utf-8")
    query = "filter dstPort = {{port}} | lookup ports port as dstPort OUTPUT name"
    done = run(query, ARTICLE, "-p", "port=443", "--table", tmp_path / "ports.csv", "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "443" in json.loads(done.stdout)["pushed"]
    assert "the query has no {{port}}" in run("limit 1", ARTICLE, "-p", "port=443").stderr
