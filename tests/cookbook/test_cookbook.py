"""The cookbook: every query is portable, formatted and finds something; names are listed, found and completed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowlocal import cookbook, engine
from flowlocal.checking.hosts import find
from flowlocal.checking.run import Settings, check_all
from flowlocal.checking.source import Host
from flowlocal.cli._group import flowlocal
from flowlocal.cookbook import GROUPS, recipe, recipes, search
from flowlocal.formatting.query import format_query
from flowlocal.language import tree
from flowlocal.language.templates import SavedQuery, expand
from flowlocal.questions import Question
from flowlocal.sources import open_events
from tests.report.test_questions import EVERY_FIELD
from tools.cookbook_page import NAME, answer, page

ROOT = Path(__file__).parents[2]
RECIPES = recipes()
each_recipe = pytest.mark.parametrize("each", RECIPES.values(), ids=RECIPES)


def run(*arguments: str) -> Result:
    """Run a command line in the checkout."""
    return CliRunner().invoke(flowlocal, arguments)


def test_page() -> None:
    """The committed page is what the generator writes: every query, with its answer over the sample logs."""
    assert (ROOT / "docs" / NAME).read_text(encoding="utf-8") == page(), "python -m tools.language_pages"


def test_size() -> None:
    """There are fifty questions or more, in each group at least eight."""
    groups = [each.group for each in RECIPES.values()]
    assert len(groups) >= 50
    assert min(groups.count(group) for group in GROUPS) >= 8


@each_recipe
def test_finds_something(each: Question) -> None:
    """A query has an answer over the sample logs."""
    assert answer(each)[1].rows


@each_recipe
def test_says_what_it_asks(each: Question) -> None:
    """A query has a title, a sentence, a group, and is formatted."""
    assert each.title.endswith("?")
    assert each.text.endswith(".")
    assert each.group in GROUPS
    assert format_query(each.query) == each.query
    assert max(map(len, each.query.splitlines())) <= 120


@each_recipe
def test_has_no_finding(each: Question) -> None:
    """A query has no finding: nothing in it is of flowlocal alone, nothing surprises."""
    path = Path(cookbook.__file__).parent / f"{each.name}.insights"
    assert check_all(find(Host(str(path), each.query)), Settings()) == []


@each_recipe
def test_needs_what_it_names(each: Question, tmp_path: Path) -> None:
    """A query names all fields of flow logs that it uses, and no others."""
    (tmp_path / "empty.log").write_text("")
    known = set(open_events([str(tmp_path / "empty.log")], log_format=EVERY_FIELD).fields)
    parsed = engine.parse(expand(each.query, SavedQuery.read(each.query).defaults, {}).text)
    used = {node.name for stage in parsed.stages for node in tree.walk(stage) if isinstance(node, tree.Name)}
    assert {name for name in used & known if not name.startswith("@")} <= set(each.needs)
    assert all(name in each.body for name in each.needs)


def test_list() -> None:
    """The list has a line for each query, and a word finds names, titles, groups and fields."""
    lines = run("cookbook").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert {each.group for each in search(["cost"])} >= {"cost"}
    assert [each.name for each in search(["SSH", "guesses"])] == ["brute-force"]
    assert all("azId" in each.needs for each in search(["azid"]))
    assert search(["azid"])


def test_print_and_run() -> None:
    """An exact name prints the query file; ``-f cookbook:NAME`` runs it, with parameters."""
    assert run("cookbook", "nat-by-source").stdout == recipe("nat-by-source").query
    logs = str(ROOT / "sample_logs" / "estate" / "logs")
    options = ("-f", "cookbook:nat-by-source", "-p", "usd_per_gb=1000", logs)
    assert '"usd": "3970.5862"' in run("query", *options).stdout
    assert "* 1000 as usd" in run("explain", *options).stdout


@pytest.mark.parametrize("arguments", [("cookbook", "port-scan-"), ("query", "-f", "cookbook:port-scan", "x.log")])
def test_unknown(arguments: tuple[str, ...]) -> None:
    """An unknown name is refused with the nearest one."""
    done = run(*arguments)
    assert done.exit_code == 2
    assert "did you mean `port-scans`?" in done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("query -f cookbook:ssh", "cookbook:ssh-from-outside"),
        ("explain -f cook", "cookbook:"),
        ("cookbook nat-by-so", "nat-by-source"),
    ],
)
def test_completion(words: str, expected: str) -> None:
    """The shell completes names of queries."""
    variables = {
        **os.environ,
        "_FLOWLOCAL_COMPLETE": "bash_complete",
        "COMP_WORDS": f"flowlocal {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    command = [sys.executable, "-m", "flowlocal"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    assert done.stdout.splitlines() == [f"plain,{expected}"]
