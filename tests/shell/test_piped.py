"""The shell without a terminal, and its saved queries."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flowlocal.shell.piped import queries
from flowlocal.shell.saved import NotSaved, SavedQueries
from tests.in_process import flowlocal

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs" / "s3"
COUNT = "stats count(*) as n"


def shell(text: str, *arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the shell with a text as standard input."""
    return flowlocal("shell", SAMPLES, *arguments, stdin=text, folder=folder)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a |\nb", ["a |\nb"]),
        ("a\n  | b\nc", ["a\n  | b", "c"]),
        ("a\n\n| b", ["a", "| b"]),
        ("a |\n\nb", ["a |", "b"]),
        ("# why\na\r\n\n\n", ["# why\na"]),
        ("filter x = 'a\nb'\nc", ["filter x = 'a\nb'", "c"]),
        ("help by\nsave as\na", ["help by", "save as", "a"]),
        ("", []),
    ],
)
def test_queries(text: str, found: list[str]) -> None:
    """A query ends with its line unless it continues; an empty line ends it in any case."""
    assert list(queries(text.splitlines(keepends=True))) == found


def test_answers_come_one_after_the_other() -> None:
    """A failed query does not prevent the next, and determines the exit code."""
    done = shell(f"{COUNT}\nsttas count(*)\nfilter action = 'REJECT'\n| {COUNT}\n")
    assert done.stdout == '{"n": "2751"}\n{"n": "373"}\n'
    assert "malformed query: unexpected symbol found sttas" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("text", "out", "message", "code"),
    [
        (f"format csv\n{COUNT}\n", "n\n2751\n", "", 0),
        (
            f"start 2026-05-01T14:00Z\nend 2026-05-01T14:59:59Z\n{COUNT}\n",
            '{"n": "321"}\n',
            "from 2026-05-01T14:00Z",
            0,
        ),
        (f"start 2026-05-02\nstart none\n{COUNT}", '{"n": "2751"}\n', "to the last", 0),
        ("start yesterday\n", "", "invalid time 'yesterday'", 2),
        ("start 2026-05-02\nend 2026-05-01\nlimit 1", "", "the range ends before it starts", 2),
        ("format xml\n", "", "unknown format xml; available: aws, csv", 2),
        ("format parquet\n", "", "parquet is a binary format", 2),
        ("help nosuchthing\n", "", "nothing is known about nosuchthing", 2),
        ("chart\n", "", "first run a query with stats", 2),
        ("save x\n", "", "no query has been run yet", 2),
        ("load x\n", "", "x.insights does not exist", 2),
        ("quit\nlimit 1\n", "", "", 0),
        ("exit;\n", "", "", 0),
    ],
)
def test_own_words(text: str, out: str, message: str, code: int, tmp_path: Path) -> None:
    """The shell's own commands set the range and the format, and report invalid arguments and what to write instead."""
    done = shell(text, folder=tmp_path)
    assert (done.stdout, done.returncode) == (out, code)
    assert message in done.stderr


def test_help_and_fields() -> None:
    """``help NAME`` prints the page of a command, ``fields`` alone the discovered fields; with a name it is a query."""
    done = shell("help strlen\nfields\nfields dstPort | limit 1\n")
    assert "strlen(text)" in done.stdout
    assert "dstPort         integer  dstport" in done.stdout
    assert '{"dstPort": "443"}' in done.stdout


def test_chart() -> None:
    """``chart`` draws the last result."""
    done = shell("stats count(*) as n by action\nchart bar\n")
    assert "n by action" in done.stdout
    assert "█" in done.stdout


def test_save_and_load(tmp_path: Path) -> None:
    """The last query is saved in the given directory, loaded, listed, invoked by ``$``, and not replaced by mistake."""
    text = f"filter action = 'REJECT' | {COUNT}"
    done = shell(
        f"{text}\nsave rejects\n{COUNT}\nsave rejects\nsave rejects over\nload rejects\nqueries\n$rejects()\n",
        "--queries",
        tmp_path / "mine",
    )
    assert "mine/rejects.insights already exists; `save rejects over` replaces it" in done.stderr.replace("\\", "/")
    assert done.stdout.splitlines()[:3] == ['{"n": "373"}', '{"n": "2751"}', '{"n": "2751"}']
    assert f"rejects  {COUNT}" in done.stdout
    assert done.stdout.endswith('{"n": "2751"}\n')
    assert (tmp_path / "mine" / "rejects.insights").read_text() == COUNT + "\n"


def test_configuration(tmp_path: Path) -> None:
    """Saved queries and lookup tables of the configuration are available."""
    (tmp_path / "flowlocal.toml").write_text('queries = "mine"\ntables = { doors = "d.csv" }\n', encoding="utf-8")
    (tmp_path / "d.csv").write_text("port,door\n443,front\n", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    lookup = "filter dstPort = 443 | lookup doors port as dstPort OUTPUT door | stats count(*) as n by door"
    (tmp_path / "mine" / "front.insights").write_text(lookup, encoding="utf-8")
    done = shell("load front\n", folder=tmp_path)
    assert done.stdout == '{"door": "front", "n": "342"}\n'


@pytest.mark.parametrize("name", ["", "../out", "a/b", ".hidden", "-x", "a b", "a\\b", "x" * 200, "a.b"])
def test_names_lead_nowhere_else(name: str, tmp_path: Path) -> None:
    """A name that could leave the directory raises an error, both in reading and in writing."""
    saved = SavedQueries(tmp_path / "in")
    with pytest.raises(NotSaved, match="is not a valid name for a query"):
        saved.write(name, "limit 1")
    with pytest.raises(NotSaved, match="is not a valid name for a query"):
        saved.read(name)
    assert list(tmp_path.iterdir()) == []


def test_odd_files_are_passed_over(tmp_path: Path) -> None:
    """A file that is not text is reported if it is loaded, and does not hide the others."""
    (tmp_path / "odd.insights").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "good.insights").write_text("limit 1", encoding="utf-8")
    saved = SavedQueries(tmp_path)
    assert saved.texts() == {"good": "limit 1"}
    with pytest.raises(NotSaved, match="not UTF-8 text"):
        saved.read("odd")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name a file or directory to read"),
        (["-"], 2, "the shell reads queries from standard input"),
        (["nowhere"], 3, "nowhere"),
        ([str(SAMPLES), "-o", "xml"], 2, "xml"),
    ],
)
def test_wrong_usage(arguments: list[str], code: int, message: str) -> None:
    """Logs that are missing on the command line or on disk are reported before any query."""
    done = flowlocal("shell", *arguments, stdin="limit 1\n")
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does")
def test_an_interrupt_ends_all(tmp_path: Path) -> None:
    """An interrupt ends the running query and all that would follow."""
    logs = tmp_path / "big.log"
    logs.write_bytes((SAMPLES.parent / "lines" / "flow.log").read_bytes() * 300)
    slow = "parse @message /(?<a>.*)7(?<b>.*)8(?<c>.*)9/ | stats count_distinct(a), count_distinct(b) by c"
    command = [sys.executable, "-m", "flowlocal", "shell", str(logs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"stats count(*) as n\n{slow}\nlimit 1\n")
        process.stdin.close()
        process.stdout.readline()  # the first query has its result, so the second is running or about to run
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
    assert process.returncode == 130


def test_any_bytes() -> None:
    """Bytes that are not text, and lines without end, are reported as malformed queries."""
    command = [sys.executable, "-m", "flowlocal", "shell", str(SAMPLES)]
    text = b"\xff\xfe\x00\n" + b"(" * 100_000 + b"\n\n" + b"stats count(*) as n\n"
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b'{"n": "2751"}\n')
    assert b"Traceback" not in done.stderr
