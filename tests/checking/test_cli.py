"""``flowlocal check`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import in_process

COMMAND = [sys.executable, "-m", "flowlocal", "check"]


def run(*arguments: object, stdin: str = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal check``."""
    return in_process.flowlocal("check", *arguments, stdin=stdin, folder=folder)


def test_no_query_is_a_sentence(tmp_path: Path) -> None:
    """A folder without query files, and a file without queries, are not successes without a word."""
    empty, other = tmp_path / "empty", tmp_path / "other"
    empty.mkdir()
    other.mkdir()
    (other / "notes.bin").write_text("stats count(*)")
    (tmp_path / "template.json").write_text("{}")
    for folder in (empty, other):
        assert "no query was found: no file has the name of a query file" in run(folder).stderr
    assert run(tmp_path / "template.json").stderr == "no query was found in 1 file\n"


WARNED, MALFORMED, FINE = "limit 5 | sort dstPort asc", "limit", "limit 5"


@pytest.mark.parametrize(
    ("query", "options", "code"),
    [
        (FINE, [], 0),
        (WARNED, [], 0),
        (WARNED, ["--fail-on", "warning"], 1),
        (WARNED, ["--fail-on", "note"], 1),
        (WARNED, ["--fail-on", "warning", "--ignore", "FL401"], 0),
        ("limit 5 | limit 7", ["--fail-on", "warning"], 0),
        (f"{FINE} # {'x' * 10_000}", [], 1),
        (MALFORMED, [], 2),
        (MALFORMED, ["--fail-on", "never"], 2),
    ],
)
def test_exit_code(query: str, options: list[str], code: int) -> None:
    """0, 1 and 2 mean what the contract says."""
    done = run("-q", query, *options)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_standard_input() -> None:
    """Without a file, one query is read from standard input."""
    done = run(stdin=MALFORMED)
    assert done.returncode == 2
    assert done.stdout.startswith("-:1:6: error FL001 malformed-query: unexpected symbol found <EOF>")
    assert done.stderr == "1 query in 1 file: 1 error\n"


def test_standard_input_of_another_kind() -> None:
    """A name for standard input decides the kind of its content."""
    text = "Resources: {Q: {Type: AWS::Logs::QueryDefinition, Properties: {QueryString: limitt}}}"
    done = run("-", "--stdin-name", "x.yaml", "-o", "json", stdin=text)
    assert [(each["path"], each["column"]) for each in json.loads(done.stdout)] == [("x.yaml", 77)]


def test_folder(tmp_path: Path) -> None:
    """A folder's queries are checked, its other files are left alone."""
    (tmp_path / "a.insights").write_text(WARNED)
    (tmp_path / "b.cwli").write_text(FINE)
    (tmp_path / "c.yaml").write_text("a: b\n")
    done = run(".", folder=tmp_path)
    assert done.stderr == "2 queries in 3 files: 1 warning\n"
    assert done.stdout.startswith("a.insights:1:1: warning FL401")


def test_output(tmp_path: Path) -> None:
    """A report is written to a file if one is named."""
    done = run("-q", WARNED, "-o", "sarif", "--output", tmp_path / "out.sarif")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere.insights"], 3, "there is no such file or folder"),
        (["-q", FINE, "--ignore", "FL4O1"], 2, "there is no finding called FL4O1; did you mean `FL401`?"),
        (["-q", FINE, "--output", "nowhere/x"], 2, "cannot write nowhere/x"),
        (["-q", FINE, "-o", "xml"], 2, "'xml' is not one of"),
    ],
)
def test_refused(arguments: list[str], code: int, message: str, tmp_path: Path) -> None:
    """What cannot be done is said in a sentence."""
    done = run(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_library_is_named(tmp_path: Path) -> None:
    """If the library for a kind of file is not installed, the message says what to install."""
    (tmp_path / "x.tf").write_text('resource "aws_cloudwatch_query_definition" "q" { query_string = "limit" }')
    code = (
        "import sys; sys.modules['hcl2'] = None; from flowlocal.cli._guard import run; sys.exit(run(['check', 'x.tf']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 3
    assert "pip install 'flowlocal[check]'" in done.stderr


@pytest.mark.parametrize("command", ["check", "test"])
def test_help_is_light(command: str) -> None:
    """Help loads neither Polars nor the readers of templates."""
    heavy = ("polars", "yaml", "hcl2", "lark", "tomlkit", "pytest", "flowlocal.engine")
    shown = f"import sys; from flowlocal.cli._guard import run; run(['{command}', '--help'])"
    code = f"{shown}\nprint(*[each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == ""
