"""``flowlocal query`` as a user runs it: processes, pipes, exit codes, messages."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from flowlocal.cli import _guard
from tests import in_process

LINE = (
    "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
)
OTHER = "2 123456789010 eni-1235b8ca123456789 10.0.0.9 172.31.16.21 33000 3389 6 1 40 1418530075 1418530130 REJECT OK"
COMMAND = [sys.executable, "-m", "flowlocal", "query"]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Make a folder with two files of one record each."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text(LINE + "\n")
    (folder / "b.log").write_text(OTHER + "\n")
    return folder


def run(*arguments: object, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal query``."""
    return in_process.flowlocal("query", *arguments, stdin=stdin, variables=variables, without=())


def objects(done: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    """Return the rows of a jsonl answer, which came without any word on standard error."""
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


PORTS = "fields dstPort | sort dstPort asc | display dstPort"
BOTH = [{"dstPort": "22"}, {"dstPort": "3389"}]


def test_directory(logs: Path) -> None:
    """A directory is walked; in a pipe rows come as jsonl."""
    assert objects(run(PORTS, logs)) == BOTH


def test_files_and_globs(logs: Path) -> None:
    """Several paths, and a glob that no shell expanded."""
    assert objects(run(PORTS, logs / "b.log", logs / "a.log")) == BOTH
    assert objects(run(PORTS, logs / "*.log")) == BOTH


@pytest.mark.parametrize("paths", [[], ["-"]])
def test_standard_input(paths: list[str]) -> None:
    """With no path, or with -, standard input is read."""
    assert objects(run(PORTS, *paths, stdin=f"{LINE}\n{OTHER}\n")) == BOTH


def test_query_file(logs: Path, tmp_path: Path) -> None:
    """With -f every positional argument is a path."""
    file = tmp_path / "ports.insights"
    file.write_text(f"# which ports?\n{PORTS}\n", encoding="utf-8-sig")
    assert objects(run("-f", file, logs / "a.log", logs / "b.log")) == BOTH


def test_query_from_standard_input(logs: Path) -> None:
    """The query itself may come from standard input."""
    assert objects(run("-f", "-", logs, stdin=PORTS)) == BOTH


def test_time_range(logs: Path) -> None:
    """--start and --end select by @timestamp, the end to its whole second."""
    assert objects(run(PORTS, logs, "--start", "1418530075")) == BOTH[1:]
    assert objects(run(PORTS, logs, "--end", "2014-12-14T04:06:50Z")) == BOTH[:1]
    assert objects(run(PORTS, logs, "--start", "-1h", "--quiet")) == []


def test_limit(logs: Path) -> None:
    """--limit bounds a query that has no limit of its own."""
    assert objects(run("display dstPort", logs, "--limit", "1")) == [{"dstPort": "3389"}]


def test_log_group(logs: Path) -> None:
    """--log-group names the group that @log shows."""
    assert objects(run("fields @log | limit 1", logs, "--log-group", "vpc"))[0]["@log"] == "123456789010:vpc"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("json", '[\n  {"dstPort": "22"},\n  {"dstPort": "3389"}\n]\n'),
        ("csv", "dstPort\n22\n3389\n"),
        ("table", "dstPort\n───────\n     22\n   3389\n"),
    ],
)
def test_formats(logs: Path, form: str, expected: str) -> None:
    """--format picks how rows are printed."""
    done = run(PORTS, logs, "-o", form)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_markdown_names_query_and_range(logs: Path) -> None:
    """Markdown contains the query."""
    text = run(PORTS, logs, "-o", "markdown", "--start", "1418530000", "--log-group", "vpc").stdout
    assert f"  {PORTS}\n" in text
    assert "log-group-names: vpc" in text
    assert "start-time: 2014-12-14T04:06:40.000Z" in text


def test_aws_counts(logs: Path) -> None:
    """The aws format has the statistics and a pointer to each event."""
    answer = json.loads(run("filter dstPort = 22", logs, "-o", "aws").stdout)
    assert answer["status"] == "Complete"
    assert (answer["statistics"]["recordsMatched"], answer["statistics"]["recordsScanned"]) == (1.0, 2.0)
    assert [cell["field"] for cell in answer["results"][0]] == ["@timestamp", "@message", "@ptr"]


@pytest.mark.parametrize(("suffix", "start"), [(".json", "["), (".csv", "dstPort"), (".md", "**"), (".txt", "{")])
def test_output_file(logs: Path, tmp_path: Path, suffix: str, start: str) -> None:
    """--output writes a file in the format of its suffix, and nothing else anywhere."""
    file = tmp_path / f"result{suffix}"
    file.write_text("what was there before\n")
    done = run(PORTS, logs, "--output", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert file.read_text(encoding="utf-8").startswith(start)
    assert [each.name for each in tmp_path.iterdir() if each.name != "logs"] == [file.name]


def test_output_through_a_link(logs: Path, tmp_path: Path) -> None:
    """A link given to --output stays a link; the result goes to its target."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    assert run(PORTS, logs, "--output", link).returncode == 0
    assert link.is_symlink()
    assert json.loads(target.read_text()) == BOTH


def test_output_to_standard_output(logs: Path) -> None:
    """A dash is standard output."""
    assert objects(run(PORTS, logs, "--output", "-")) == BOTH


def test_name_that_is_no_text(tmp_path: Path) -> None:
    """A file name may have bytes that are not UTF-8."""
    file = tmp_path / os.fsdecode(b"a\xff.log")
    file.write_text(f"{LINE}\nodd\n")
    done = run("fields @message", tmp_path, "-o", "aws")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["results"]) == 2


@pytest.mark.parametrize(("redirection", "code"), [("<&-", 0), (">&-", 0), ("2>&-", 0), ("> /dev/full", 2)])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_streams_that_are_closed_or_full(logs: Path, redirection: str, code: int) -> None:
    """Standard streams that are closed or full make no traceback."""
    command = f"{shlex.join([*COMMAND, PORTS, str(logs)])} {redirection}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_parquet_to_file_and_pipe(logs: Path, tmp_path: Path) -> None:
    """Parquet goes to a file or a redirected standard output."""
    file = tmp_path / "result.parquet"
    assert run(PORTS, logs, "--output", file).returncode == 0
    done = subprocess.run([*COMMAND, PORTS, logs, "-o", "parquet"], capture_output=True, check=True)
    assert pl.read_parquet(done.stdout).equals(pl.read_parquet(file))
    assert pl.read_parquet(file)["dstPort"].to_list() == [22, 3389]


def test_output_that_cannot_be_written(logs: Path, tmp_path: Path) -> None:
    """A file that cannot be written is wrong usage, with a message."""
    done = run(PORTS, logs, "--output", tmp_path / "nowhere" / "x.json")
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "No such file or directory" in done.stderr


def test_parameters(logs: Path, tmp_path: Path) -> None:
    """-p gives {{name}} its value; a comment at the top of a query file gives it a default."""
    assert objects(run("filter dstPort = {{port}} | display dstPort", logs, "-p", "port=22")) == BOTH[:1]
    file = tmp_path / "one.insights"
    file.write_text("# {{port}} = 3389\nfilter dstPort = {{port}} | display dstPort\n")
    assert objects(run("-f", file, logs)) == BOTH[1:]
    assert objects(run("-f", file, logs, "--param", "port=22")) == BOTH[:1]


def test_parameter_without_a_place(logs: Path) -> None:
    """A misspelt parameter is refused, not passed over."""
    done = run("filter dstPort = {{port}}", logs, "-p", "port=22", "-p", "prot=6")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the query has no {{prot}}" in done.stderr


def test_saved_queries_beside_the_query(logs: Path, tmp_path: Path) -> None:
    """A query file may name the queries that lie beside it."""
    (tmp_path / "onPort.insights").write_text("# {{port}} = 22\nfilter dstPort = {{port}}\n")
    file = tmp_path / "main.insights"
    file.write_text("$onPort(port = 3389) | display dstPort\n")
    assert objects(run("-f", file, logs)) == BOTH[1:]


@pytest.mark.parametrize("given", [["--table", "{}/names.csv"], ["--table", "names={}/names.csv"], []])
def test_lookup_tables(logs: Path, tmp_path: Path, given: list[str]) -> None:
    """A lookup table is given by an option, or lies beside the query file."""
    (tmp_path / "names.csv").write_text("port,service\n22,ssh\n")
    file = tmp_path / "services.insights"
    file.write_text("lookup names port as dstPort OUTPUT service | filter ispresent(service) | display service\n")
    query = ["-f", file] if not given else [file.read_text()]
    assert objects(run(*query, logs, *(text.format(tmp_path) for text in given))) == [{"service": "ssh"}]


def test_malformed_query(logs: Path) -> None:
    """A malformed query is exit code 2, with its place and a caret."""
    done = run("fields @message\n| filter dstPort = ", logs)
    assert (done.returncode, done.stdout) == (2, "")
    assert "query:2:" in done.stderr
    assert "^" in done.stderr


def test_malformed_query_file(logs: Path, tmp_path: Path) -> None:
    """A malformed query file is named."""
    file = tmp_path / "broken.insights"
    file.write_text("limit ten\n")
    done = run("-f", file, logs)
    assert done.returncode == 2
    assert f"{file}:1:7" in done.stderr


def test_path_in_place_of_the_query(logs: Path) -> None:
    """The error for a forgotten query says so."""
    done = run(logs)
    assert done.returncode == 2
    assert "is a path; the query comes before the paths" in done.stderr


def test_missing_path(tmp_path: Path) -> None:
    """A path that is not there is exit code 3, and is named."""
    done = run(PORTS, tmp_path / "nowhere.log")
    assert (done.returncode, done.stdout) == (3, "")
    assert "nowhere.log" in done.stderr


def test_odd_lines_are_shown(tmp_path: Path) -> None:
    """Lines that are not records stay as events and are shown on standard error."""
    file = tmp_path / "odd.log"
    file.write_text(f"{LINE}\nwhat is this\n")
    done = run("stats count(*) as n", file)
    assert (done.returncode, done.stdout) == (0, '{"n": "2"}\n')
    assert "1 line is not a flow log record" in done.stderr
    assert f"{file}:2: " in done.stderr


def test_strict_refuses_odd_lines(tmp_path: Path) -> None:
    """--strict makes the first odd line an error, with its place."""
    file = tmp_path / "odd.log"
    file.write_text(f"{LINE}\nwhat is this\n{LINE}\nnor this\n")
    done = run("stats count(*) as n", file, "--strict")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{file}:2" in done.stderr


def test_strict_content_with_records(logs: Path) -> None:
    """--strict prints nothing if every line is a record."""
    assert objects(run(PORTS, logs, "--strict")) == BOTH


def test_rows_cut_off(tmp_path: Path) -> None:
    """More rows than the default limit are announced."""
    file = tmp_path / "many.log"
    file.write_text(f"{LINE}\n" * 10_003)
    done = run("fields dstPort", file)
    assert len(done.stdout.splitlines()) == 10_000
    assert "the answer is the first 10,000 of 10,003 rows" in done.stderr


def test_reader_that_leaves(tmp_path: Path) -> None:
    """A closed pipe ends the work quietly."""
    file = tmp_path / "many.log"
    file.write_text(f"{LINE}\n" * 9_000)
    with subprocess.Popen(
        [*COMMAND, "fields @message", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_interrupt() -> None:
    """Ctrl-C ends the work quietly with exit code 130."""
    with subprocess.Popen(
        [*COMMAND, "stats count(*)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(f"{LINE}\n".encode() * 5_000)
        process.stdin.flush()
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=30)
    assert (process.returncode, out, error) == (130, b"", b"")


def test_defect_is_one_line(monkeypatch: pytest.MonkeyPatch, logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception becomes one line that asks for a report, with exit code 70."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.delenv("FLOWLOCAL_DEBUG", raising=False)
    monkeypatch.setattr("flowlocal.engine.run", fail)
    assert _guard.run(["query", "limit 1", str(logs)]) == 70
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "please report it" in message
    assert "ZeroDivisionError: two lines" in message
    monkeypatch.setenv("FLOWLOCAL_DEBUG", "1")
    assert _guard.run(["query", "limit 1", str(logs)]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_many_stray_files(tmp_path: Path) -> None:
    """Of many files that are not logs, the first few are named and the others counted."""
    for number in range(9):
        (tmp_path / f"{number}.md").write_text("# Words\n", encoding="utf-8")
    (tmp_path / "flow.log").write_text(f"{LINE}\n", encoding="utf-8")
    done = run("stats count(*) as n", tmp_path)
    assert done.stdout == '{"n": "1"}\n'
    assert len(done.stderr.splitlines()) == 6
    assert "4 more files: skipped: it does not look like" in done.stderr
