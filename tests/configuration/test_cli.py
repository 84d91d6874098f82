"""Settings on the command line: options before variables before the file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.in_process import flowlocal

LOG = (
    "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 "
    "20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n"
)
SETTINGS = """
log_group = "vpc-prod"
format = "csv"
limit = 1
queries = "saved"
tables = { names = "names.csv" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a log of two records, a configuration and what it names."""
    (tmp_path / "flow.log").write_text(LOG * 2)
    (tmp_path / "flowlocal.toml").write_text(SETTINGS)
    (tmp_path / "names.csv").write_text("port,what\n22,remote login\n")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "ports.insights").write_text("stats count(*) as n by dstPort")
    return tmp_path


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal`` in a folder."""
    return flowlocal(*arguments, folder=folder, variables=variables)


def answer(folder: Path, *arguments: str, **variables: str) -> str:
    """Return what ``flowlocal query`` prints."""
    done = run(folder, "query", *arguments, "flow.log", **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_file(folder: Path) -> None:
    """Settings are the defaults of options."""
    assert answer(folder, "display @log") == "@log\n123456789010:vpc-prod\n"


def test_precedence(folder: Path) -> None:
    """A variable comes before the file, an option before both."""
    variables = {"FLOWLOCAL_FORMAT": "jsonl", "FLOWLOCAL_LOG_GROUP": "other"}
    assert answer(folder, "display @log", **variables) == '{"@log": "123456789010:other"}\n'
    options = ["-o", "csv", "--log-group", "mine", "--limit", "2"]
    assert answer(folder, "display @log", *options, **variables).splitlines()[1:] == ["123456789010:mine"] * 2


def test_suffix_comes_before_the_usual_format(folder: Path) -> None:
    """``--output`` decides the format by its suffix, whatever the default."""
    answer(folder, "display dstPort", "--output", "out.jsonl")
    assert (folder / "out.jsonl").read_text() == '{"dstPort": "22"}\n'


def test_tables(folder: Path) -> None:
    """Tables of the configuration can be named, those of the command line come first."""
    query = "lookup names port as dstPort OUTPUT what | display what"
    assert answer(folder, query) == "what\nremote login\n"
    (folder / "mine.csv").write_text("port,what\n22,mine\n")
    assert answer(folder, query, "--table", "names=mine.csv") == "what\nmine\n"


def test_saved_queries(folder: Path) -> None:
    """Saved queries can be run by name, and be put into others."""
    assert answer(folder, "-f", "ports") == "dstPort,n\n22,2\n"
    (folder / "saved" / "ssh.insights").write_text("filter dstPort = {{port}}")
    assert answer(folder, "$ssh(port = 22) | stats count(*) as n") == "n\n2\n"


def test_a_file_comes_before_a_saved_query(folder: Path) -> None:
    """A file of that name is read in place of the saved query."""
    (folder / "ports").write_text("stats count(*) as flows")
    assert answer(folder, "-f", "ports") == "flows\n2\n"


def test_chart_in_place_of_rows(folder: Path) -> None:
    """A usual format does not keep a chart from taking the place of rows."""
    assert answer(folder, "stats count(*) as n by dstPort", "--chart", "bar").startswith("n by dstPort\n22 │█")


def test_strict_can_be_undone(folder: Path) -> None:
    """What a file switches on, an option switches off."""
    with (folder / "flow.log").open("a") as log:
        log.write("odd\n")
    (folder / "flowlocal.toml").write_text("strict = true")
    assert run(folder, "query", "limit 1", "flow.log").returncode == 3
    assert run(folder, "query", "limit 1", "flow.log", "--no-strict").returncode == 0


def test_config(folder: Path) -> None:
    """``flowlocal config`` shows each setting and its origin."""
    shown = run(folder, "config", FLOWLOCAL_LIMIT="7").stdout
    rows = {line.split()[0]: line for line in shown.splitlines()}
    assert rows["limit"].split() == ["limit", "7", "FLOWLOCAL_LIMIT", "FLOWLOCAL_LIMIT"]
    assert str(folder / "flowlocal.toml") in rows["log_group"]
    assert "default" in rows["strict"]


@pytest.mark.parametrize(
    "arguments", [["query", "limit 1", "flow.log"], ["fields", "flow.log"], ["report", "flow.log"], ["config"]]
)
def test_refused(folder: Path, arguments: list[str]) -> None:
    """A setting that is none is refused by file, name and the nearest there is."""
    (folder / "flowlocal.toml").write_text("log_fromat = 'x'")
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{folder / 'flowlocal.toml'}: there is no setting log_fromat; did you mean `log_format`?" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["query", "--help"], ["completion", "bash"], ["help", "stats"]])
def test_help_does_not_depend_on_it(folder: Path, arguments: list[str]) -> None:
    """Help is shown even if the configuration file is invalid."""
    (folder / "flowlocal.toml").write_text("=")
    assert run(folder, *arguments).returncode == 0
