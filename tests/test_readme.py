"""The README and the pages of docs/ are run: what they show is what flowlocal shows."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

import flowlocal
from tests import in_process
from tests.terminal import on_terminal

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^(?P<fence>`{3,})(\w+)\n(.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
MESSAGE = re.compile(r"^(?:note|malformed query|Error): ?", re.MULTILINE)
"""What an output that shows messages of standard error contains."""
TIMED = re.compile(r"^[\d,]+ rows?; .* in [\d.]+ s\n", re.MULTILINE)
QUOTED, FOR_SHELL = re.compile(r"'[^']*'"), re.compile(r"[\"$|<>&;*`\n]")
LINK = re.compile(r"\]\(([^)#:]+)[^):]*\)")


def blocks(language: str) -> list[tuple[str, str]]:
    """Page and text of every code block in a language."""
    return [
        (str(page.relative_to(ROOT)), text)
        for page in PAGES
        for _, kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))
        if kind == language
    ]


def commands() -> list[tuple[str, str, str]]:
    """Page, command and shown output of every ``$`` line in the console blocks."""
    found = []
    for page, text in blocks("console"):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((page, command, output))
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with a ``flowlocal`` that is this checkout's, whatever is installed."""
    script = tmp_path / "flowlocal"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowlocal "$@"\n')
    script.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(shutil.which("sh") is None, reason="the commands are written for a POSIX shell")
@pytest.mark.parametrize(("page", "command", "output"), commands(), ids=lambda text: str(text)[:60])
def test_console(page: str, command: str, output: str, home: Path) -> None:
    """A command shows what the page says; ``...`` at the end leaves the rest out. Messages have no times."""
    variables = {"NO_COLOR": "1", "PATH": f"{home}:{os.environ['PATH']}", "TMPDIR": str(home)}
    shown = TIMED.sub("", _shown(command, variables, messages=MESSAGE.search(output) is not None))
    if output.endswith("...\n"):
        assert shown.startswith(output.removesuffix("...\n")), page
    else:
        assert shown == output, page


def _shown(command: str, variables: Mapping[str, str], *, messages: bool) -> str:
    """Return what a command shows: those that are nothing but flowlocal's run in this process, which is faster."""
    name, *line = shlex.split(command)
    if name == "flowlocal" and not FOR_SHELL.search(QUOTED.sub("", command)):
        return in_process.on_terminal(*line, columns=104, variables=variables, folder=ROOT, messages=messages)
    stderr = None if messages else subprocess.DEVNULL
    return on_terminal(["/bin/sh", "-c", command], columns=104, variables=variables, stderr=stderr, folder=ROOT)[1]


@pytest.mark.parametrize("page", sorted({page for page, _ in blocks("pycon")}))
def test_python(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python sessions of a page run as shown, one after the other."""
    text = "\n".join(text for where, text in blocks("pycon") if where == page)
    monkeypatch.chdir(ROOT)
    session = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL | doctest.ELLIPSIS)
    said: list[str] = []
    runner.run(session, out=said.append)
    assert not said, "".join(said)


def test_set_up_is_two_commands() -> None:
    """The README sets up with two lines: one runs the main job, the other the tests."""
    first, second, own = (text for page, text in blocks("sh") if page == "README.md")
    assert "activate && pip install . " in first
    assert "&& flowlocal query -f sample_logs/" in first
    assert own.count("\nflowlocal ") == 3
    assert "pip install -e . --group dev" in second
    assert second.rstrip().endswith("pytest")
    for text in (first, second):
        assert text.count("\n") == 1


def test_extras_are_listed() -> None:
    """The README and the page about installation list every extra except that of the benchmarks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page in (ROOT / "README.md", ROOT / "docs/install.md"):
        table = page.read_text(encoding="utf-8").partition("| extra |")[2].partition("\n\n")[0]
        assert re.findall(r"(?m)^\| `(\w+)` \|", table) == sorted(project["optional-dependencies"].keys() - {"bench"})


def translations() -> list[str]:
    """Return the queries beside SQL in the tables of the page about SQL."""
    text = (ROOT / "docs/sql.md").read_text(encoding="utf-8")
    cells = re.findall(r"(?m)^\|.*(?<!\\)\| `([a-z].*)` \|$", text)
    return [cell.replace("\\|", "|") for cell in cells]


@pytest.mark.parametrize("query", translations())
def test_queries_beside_sql_run(query: str) -> None:
    """A query that the page about SQL shows finds something in the sample logs."""
    assert flowlocal.query(query, ROOT / "sample_logs/lines").rows


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    """Every relative link and picture leads somewhere."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
