"""Findings as text, JSON, SARIF and annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowlocal.checking.finding import definitions
from flowlocal.checking.hosts import find
from flowlocal.checking.reports import CheckReport, names, writer
from flowlocal.checking.run import Settings, check_all
from flowlocal.checking.source import Host

QUERY = "# ports\nfilter dstAddr like /10.0.0.1/ and\n  action = REJECT | limit 5 | sort dstPort asc\n"


def report(text: str = QUERY, path: str = "a b.insights", *, color: bool = False) -> CheckReport:
    """Return the report on a text."""
    host = Host(path, text)
    return CheckReport(check_all(find(host), Settings()), {path: host}, 1, color)


def test_names() -> None:
    """Every form that is promised is there."""
    assert {"text", "json", "sarif", "github"} <= set(names())


def test_text() -> None:
    """People see place, code, line, carets and fix."""
    assert writer("text")(report()).splitlines()[:4] == [
        "a b.insights:2:21: warning FL201 address-dots: the dots in 10.0.0.1 match any character",
        "  filter dstAddr like /10.0.0.1/ and",
        "                      ^^^^^^^^^^",
        r'  help: write `= "10.0.0.1"` for this one address, or `10\.0\.0\.1`',
    ]


def test_text_in_color() -> None:
    """Colours are used only if they are wanted."""
    assert "\x1b[" in writer("text")(report(color=True))
    assert "\x1b[" not in writer("text")(report())


def test_text_cannot_steer_the_terminal() -> None:
    """Control characters of a query are not passed on."""
    assert "\x1b" not in writer("text")(report("filter \x1b[2J dstPort ="))


def test_json() -> None:
    """Programs get one object for each finding."""
    found = json.loads(writer("json")(report()))
    assert [each["code"] for each in found] == ["FL201", "FL502", "FL401"]
    assert found[1] == {
        "path": "a b.insights",
        "line": 3,
        "column": 12,
        "endLine": 3,
        "endColumn": 18,
        "code": "FL502",
        "name": "unquoted-text",
        "severity": "warning",
        "message": "`REJECT` is read as the name of a field",
        "remedy": 'write `"REJECT"`',
        "query": "",
    }


def test_nothing_found_as_json() -> None:
    """Nothing found is an empty array."""
    assert json.loads(writer("json")(report("limit 5"))) == []


def test_github() -> None:
    """Annotations name file, line and column, escaped as workflow commands want it."""
    first = writer("github")(report(path="a,b:c.insights")).splitlines()[0]
    assert first.startswith(
        "::warning file=a%2Cb%3Ac.insights,line=2,endLine=2,title=FL201 address-dots,col=21::the dots"
    )


def sarif(**options: Any) -> dict[str, Any]:
    """Return the only run of a SARIF log."""
    log = json.loads(writer("sarif")(report(**options)))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_rules() -> None:
    """Every kind of finding is a rule with texts and a level."""
    rules = sarif()["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [each.code for each in definitions()]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"note", "warning", "error"}


def test_sarif_results() -> None:
    """Results refer to their rule, and lie in the file at a region that counts from 1."""
    run = sarif()
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "a%20b.insights"}
        assert all(number >= 1 for number in place["region"].values())
    assert run["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("path", "uri"), [("./x/../a.cwli", "a.cwli"), ("-", "stdin"), (str(Path.cwd() / "a.cwli"), "a.cwli")]
)
def test_sarif_paths(path: str, uri: str) -> None:
    """Paths are relative to the working directory, as code scanning expects."""
    place = sarif(path=path)["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
