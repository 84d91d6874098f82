"""What each check finds, and what it leaves alone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flowlocal.checking.finding import Definition, Finding, Severity, definitions
from flowlocal.checking.hosts import find
from flowlocal.checking.run import Settings, check_all
from flowlocal.checking.source import Host
from tools.check_page import page

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"


def findings(text: str, name: str = "query", **settings: Any) -> list[Finding]:
    """Return the findings in a text."""
    return check_all(find(Host(name, text)), Settings(**settings))


def codes(text: str) -> list[str]:
    """Return the codes of the findings, in order."""
    return sorted(finding.definition.code for finding in findings(text))


def cases() -> list[Any]:
    """Return the table of cases."""
    table = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))["case"]
    return [pytest.param(case["query"], case["codes"], id=case["title"]) for case in table]


@pytest.mark.parametrize(("query", "expected"), cases())
def test_case(query: str, expected: list[str]) -> None:
    """Exactly the codes of the table are found."""
    assert codes(query) == expected


CHECKS = [definition for definition in definitions() if definition.body is not None]


@pytest.mark.parametrize("definition", CHECKS, ids=lambda each: each.code)
def test_example(definition: Definition) -> None:
    """A check finds its own example, and nothing is found in the better query."""
    assert set(codes(definition.example)) == {definition.code}
    assert codes(definition.better) == []


@pytest.mark.parametrize("definition", definitions(), ids=lambda each: each.code)
def test_definition(definition: Definition) -> None:
    """Codes, names and words have the form that readers rely on."""
    assert re.fullmatch(r"FL[0-7]\d\d", definition.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", definition.name)
    assert definition.summary.endswith((".", ":"))
    assert definition.doc.count("\n\n") >= 1


def test_page_is_current() -> None:
    """docs/checks.md is what the definitions make."""
    assert (DOCS / "checks.md").read_text(encoding="utf-8") == page()


def test_place_and_fix() -> None:
    """A finding has its position and what to write instead."""
    (finding,) = findings("fields @timestamp\n| filter action = REJECT and dstPort = 1")
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (2, 19, 2, 25)
    assert finding.fix == 'write `"REJECT"`'
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("name", ["FL401", "limit-before-sort"])
def test_ignored(name: str) -> None:
    """Findings can be ignored by code and by name."""
    assert findings("limit 5 | sort dstPort asc", ignored=frozenset({name})) == []


def test_malformed_cannot_be_ignored() -> None:
    """A malformed query stays one."""
    assert findings("limit", ignored=frozenset({"FL001"}))[0].malformed


def test_meant_for_flow_logs() -> None:
    """With the option, names are looked up in a query that none gives away."""
    query = "stats count(*) by acton"
    assert findings(query) == []
    assert findings(query, flow_logs=True)[0].fix == "did you mean `action`?"


def test_each_misspelt_name_gets_the_right_one() -> None:
    """The fix is the field that was meant."""
    fixes = [each.fix for each in findings("filter DstPort = 22 | stats sum(byte) by srcadr")]
    assert fixes == ["did you mean `dstPort`?", "did you mean `bytes`?", "did you mean `srcAddr`?"]


def test_not_meant_for_flow_logs() -> None:
    """With the option, names are left alone."""
    assert findings("stats count(*) by srcAddr, acton", flow_logs=False) == []


@pytest.mark.parametrize(
    "query", ["(" * 5000, "filter a = 1" + " or a = 1" * 3000, "\x00", "filter '" + "x" * 10**5, "{{" * 5000]
)
def test_hostile(query: str) -> None:
    """Whatever the text, there is an answer."""
    findings(query)
