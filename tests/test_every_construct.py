"""Every command and every family of functions has a table of cases and a page in the documentation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flowlocal.compiler.registry import plain
from flowlocal.language.lexer import REGEX_COMMANDS
from flowlocal.planning.registry import CommandDefinition, all_commands
from flowlocal.reference import families

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "cases"
DOCS = ROOT / "docs"
TABLES = {plain(path.name.split(".")[0]): path for path in (CASES / "commands").glob("*.insights.toml")}
"""The tables of commands by name, found as functions are: without letter case and underscores."""
COMMANDS = [pytest.param(each, id=each.name) for each in all_commands()]


@pytest.mark.parametrize("definition", COMMANDS)
def test_command(definition: CommandDefinition) -> None:
    """A command has a page, and a table whose cases use it."""
    assert (DOCS / "commands" / f"{definition.name}.md").exists()
    table = tomllib.loads(TABLES[plain(definition.name)].read_text(encoding="utf-8"))
    queries = [case["query"].lower() for case in table["case"]]
    words = [word.lower() for word in (definition.name, *definition.aliases)]
    assert any(word in query for word in words for query in queries)


def test_regex_commands() -> None:
    """What scans queries without parsing them knows the commands that take a regular expression."""
    assert {each.name.lower() for each in all_commands() if each.takes_regex} == REGEX_COMMANDS


@pytest.mark.parametrize("family", families())
def test_family(family: str) -> None:
    """A family of functions has a page, and a table of cases."""
    assert (DOCS / "functions" / f"{family}.md").exists()
    table = tomllib.loads((CASES / "functions" / f"{family}.insights.toml").read_text(encoding="utf-8"))
    assert table.get("case") or table.get("value")
