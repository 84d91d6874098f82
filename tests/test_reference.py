"""The pages about the language are what the definitions say, and every example on them has an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowlocal import reference
from flowlocal.compiler.registry import all_functions
from flowlocal.handbook import pages as handbook
from flowlocal.planning.registry import CommandDefinition, all_commands
from tests.test_docstrings import PUBLIC
from tests.test_functions import LINES
from tools import library_page
from tools.language_pages import ANSWERS, answers, pages, run_example, write

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SAMPLES = ROOT / "sample_logs" / "lines"
AGAIN = "write the pages anew: python -m tools.language_pages"
EXAMPLES = [
    pytest.param(each, example, id=f"{each.name}: {example}") for each in all_commands() for example in each.examples
]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """All pages, made now."""
    return pages(SAMPLES)


def test_committed_pages(made: dict[str, str]) -> None:
    """The committed pages are the ones that the definitions make, no more and no less."""
    found = {path for part in ("commands", "functions", "topics") for path in (DOCS / part).glob("*.md")}
    committed = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in found}
    committed |= {name: (DOCS / name).read_text(encoding="utf-8") for name in ("language.md", "fields.md")}
    assert sorted(committed) == sorted(made), AGAIN
    for name, text in made.items():
        assert committed[name] == text, f"{name}: {AGAIN}"


@pytest.mark.parametrize(("definition", "example"), EXAMPLES)
def test_example(definition: CommandDefinition, example: str) -> None:
    """An example of a command uses it and finds something in the sample logs."""
    words = [word.lower() for word in (definition.name, *definition.aliases)]
    assert any(word in example.lower() for word in words)
    assert run_example(definition, example, SAMPLES).rows


@pytest.mark.parametrize("definition", [pytest.param(each, id=each.name) for each in all_commands()])
def test_definition(definition: CommandDefinition) -> None:
    """A command says what it does in whole sentences, shows its syntax, and says where that is from."""
    assert definition.doc.rstrip("`").endswith(".")
    for line in definition.syntax.split("\n"):
        assert definition.name in line
    assert definition.source.startswith(("documented", "recorded", "decided"))


def test_write_removes_what_is_no_more(tmp_path: Path) -> None:
    """Pages of removed commands are deleted when the pages are written."""
    old = tmp_path / "commands" / "gone.md"
    old.parent.mkdir()
    old.write_text("# gone\n", encoding="utf-8")
    write(tmp_path, SAMPLES)
    assert not old.exists()
    assert (tmp_path / "commands" / "stats.md").exists()


def test_lines_of_the_examples() -> None:
    """The events shown beside the functions are those that their examples are run over."""
    assert reference.EXAMPLE_LINES == LINES


def test_page_of_the_library() -> None:
    """The committed reference of the library is made from today's docstrings, and has every public part."""
    assert (DOCS / library_page.NAME).read_text(encoding="utf-8") == library_page.page(), AGAIN
    assert PUBLIC.keys() <= {name for public in library_page.PARTS.values() for name in public}


def test_answers_in_the_terminal() -> None:
    """The answers that `flowlocal help` shows are those of today."""
    assert json.loads(ANSWERS.read_text(encoding="utf-8")) == answers(SAMPLES), AGAIN


def test_links_of_the_pages(made: dict[str, str]) -> None:
    """The index links to every page, and to the page of decisions."""
    index = made["language.md"]
    assert all(f"({name})" in index for name in made if name != "language.md")
    assert "(semantics.md)" in index
    assert (DOCS / "semantics.md").exists()


def test_every_name_has_a_page() -> None:
    """Every command and function, under each of its names and in any letter case, has a page."""
    names = [word for each in all_commands() for word in (each.name, *each.aliases)]
    names += [word for each in all_functions() for word in (each.name, *each.aliases)]
    for name in names:
        assert any(page.kind in {"command", "function"} for page in handbook.find(name.upper())), name
