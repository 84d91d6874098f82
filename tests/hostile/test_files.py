"""Hostile files: pipes and devices in folders, links in circles, folders without end, names that are no text."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowlocal.sources.records import catalog
from tests.hostile.command import RECORD, flowlocal, here

COUNT = "stats count(*) as n"
HEADER = " ".join(catalog.DEFAULT)
ONE = '{"n": "1"}\n'
_DEEP = 1_500
_NO_CASES = 5


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Return a folder with one log of one record."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "flow.log").write_text(f"{RECORD}\n", encoding="utf-8")
    return folder


@pytest.fixture
def special(logs: Path) -> Path:
    """Return the folder with pipes and devices beside the log, by names that every command looks for."""
    for name in ("pipe.log", "table.csv", "saved.insights", "case.insights.toml", "main.tf"):
        os.mkfifo(logs / name)
    (logs / "zeros.log").symlink_to("/dev/zero")
    (logs / "zeros.insights").symlink_to("/dev/zero")
    return logs


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("query", "logs"),
        ("query", "logs/*"),
        ("query", "logs/**/*.log"),
        ("fields", "logs"),
        ("import", "logs"),
        ("report", "logs"),
        ("explain", "logs"),
    ],
)
def test_pipes_in_folders(command: str, path: str, special: Path) -> None:
    """Commands that read logs name pipes and devices, and read the rest."""
    arguments = {"query": [COUNT], "explain": [COUNT], "import": ["-o", "dataset"]}.get(command, [])
    done = flowlocal(command, *arguments, path, folder=special.parent)
    assert done.code == 0
    if command == "query":
        assert done.out == ONE
    if command != "explain":
        assert "logs/pipe.log: skipped: a pipe" in done.err
        assert "logs/zeros.log: skipped: a device" in done.err


@pytest.mark.parametrize("command", ["check", "test"])
def test_pipes_beside_queries(command: str, special: Path) -> None:
    """So do those that look for queries and cases."""
    (special / "sound.insights").write_text("fields dstPort\n", encoding="utf-8")
    done = flowlocal(command, "logs", folder=special.parent)
    assert done.code == (0 if command == "check" else _NO_CASES)
    assert "logs/saved.insights: skipped: a pipe" in done.err
    assert "logs/zeros.insights: skipped: a device" in done.err


@pytest.mark.parametrize("text", [COUNT, f"{COUNT} | lookup table x as srcAddr", "$nothing() | limit 1", "$saved()"])
def test_pipes_beside_a_query_file(text: str, special: Path) -> None:
    """A query file is read without waiting for pipes beside it."""
    (special / "asked.insights").write_text(text, encoding="utf-8")
    done = flowlocal("query", "-f", "logs/asked.insights", "logs/flow.log", folder=special.parent)
    assert done.code == (0 if text == COUNT else 2)


def test_pipes_and_the_endpoint(special: Path) -> None:
    """The endpoint opens such a folder before it listens, here in vain: the port is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = flowlocal("serve", special, "--port", str(taken.getsockname()[1]))
    assert (done.code, "cannot listen" in done.err) == (2, True)


def test_a_pipe_that_is_named(tmp_path: Path) -> None:
    """A pipe named outright is read as a stream, as standard input is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    if os.fork() == 0:  # a thread would have to be waited for if the command never opened the pipe
        try:
            pipe.write_text(f"{RECORD}\n" * 3, encoding="utf-8")
        finally:
            os._exit(0)
    done = flowlocal("query", COUNT, pipe)
    os.wait()
    assert (done.code, done.out, done.err) == (0, '{"n": "3"}\n', "")


def test_links_in_circles(logs: Path) -> None:
    """Links that lead back are not followed over and over: each file is read once, in little time."""
    for name in "abcdefgh":
        (logs / name).symlink_to(".")
    done = flowlocal("query", COUNT, f"{logs}/**/*.log")
    assert (done.code, done.out) == (0, ONE)
    assert done.err.count("a link to a folder") == 6  # five of them, and the number of the others


@pytest.fixture
def deep(logs: Path) -> Iterator[Path]:
    """Yield the folder with a log far below it, in more folders than Python would recurse into."""
    start = Path.cwd()
    os.chdir(logs)
    for _ in range(_DEEP):
        os.mkdir("d")
        os.chdir("d")
    Path("deep.log").write_text(f"{RECORD}\n", encoding="utf-8")
    Path("deep.insights").write_text(f"{COUNT}\n", encoding="utf-8")
    os.chdir(start)
    yield logs
    _remove(logs / "d")


def _remove(folder: Path) -> None:
    """Remove nested folders; ``shutil.rmtree`` recurses."""
    below = folder
    while (below / "d").is_dir():
        below = below / "d"
    for name in ("deep.log", "deep.insights"):
        (below / name).unlink(missing_ok=True)
    while below != folder.parent:
        shutil.rmtree(below)
        below = below.parent


def test_deep_folders(deep: Path) -> None:
    """Folders are walked as deeply as the system lets paths be."""
    for path in ("logs", "logs/**/*.log"):
        assert here("query", COUNT, path, folder=deep.parent).out == '{"n": "2"}\n'
    assert "1 query in 1 file" in here("check", "logs", folder=deep.parent).err
    assert "1 query in 1 file" in here("check", "logs/**/*.insights", folder=deep.parent).err
    assert "1 query file" in here("test", "logs", folder=deep.parent).err
    assert "2 events" in here("import", "logs", "-o", "dataset", folder=deep.parent).err


def test_paths_too_long_for_the_system(tmp_path: Path) -> None:
    """What lies deeper than the system lets paths be is named, and the rest is read."""
    folder, name = tmp_path / "logs", "n" * 250
    folder.mkdir()
    start = Path.cwd()
    os.chdir(folder)
    Path("flow.log").write_text(f"{RECORD}\n", encoding="utf-8")
    for _ in range(20):
        os.mkdir(name)
        os.chdir(name)
    Path("deep.log").write_text(f"{RECORD}\n", encoding="utf-8")
    os.chdir(start)
    for path in ("logs", "logs/**/*.log"):
        done = here("query", COUNT, path, folder=tmp_path)
        assert (done.code, done.out) == (0, ONE)
        assert "skipped: File name too long" in done.err


@pytest.mark.parametrize("command", [["query", "-f", "/dev/zero"], ["check", "/dev/zero"], ["test", "/dev/zero"]])
def test_query_files_without_end(command: list[str], logs: Path) -> None:
    """A query file that never ends is refused."""
    done = flowlocal(*command, logs)
    assert done.code in {2, 3}
    assert re.search("larger than|not a regular file", done.err + done.out)


def test_a_deleted_working_directory(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute paths work without a working directory; what needs one says that it is gone."""
    monkeypatch.chdir(tmp_path)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    log = logs / "flow.log"
    for command in (["query", COUNT, log], ["fields", log], ["import", log, "-o", tmp_path / "dataset"], ["config"]):
        assert flowlocal(*command).code == 0, command
    assert flowlocal("query", COUNT, stdin=f"{RECORD}\n".encode()).out == ONE
    assert flowlocal("check", "-q", COUNT, "--format", "sarif").code == 0
    for command in (["query", COUNT, "flow.log"], ["query", COUNT, "*.log"], ["import", log, "-o", "dataset"]):
        done = flowlocal(*command)
        assert (done.code, "the working directory does not exist any more" in done.err) == (3, True), command


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system of little more than a hundred kilobytes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], check=False).returncode:
        pytest.skip("only the superuser can mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk(tiny: Path, tmp_path: Path) -> None:
    """A full disk is reported as such, not as an unreadable input."""
    log = tmp_path / "flow.log"
    log.write_text("".join(f"{RECORD.replace(' 40 ', f' {n} ')}\n" for n in range(500_000)), encoding="utf-8")
    done = flowlocal("import", log, "-o", tiny / "dataset")
    assert (done.code, "disk full: No space left on device" in done.err) == (3, True), done.err
    done = flowlocal("query", COUNT, stdin=log.read_bytes(), variables={"TMPDIR": str(tiny)})
    assert (done.code, "disk full: No space left on device" in done.err) == (3, True), done.err
    assert "unreadable" not in done.err
    for file in ("rows.csv", "rows.parquet"):
        done = flowlocal("query", "fields @message", log, "--limit", "400000", "--output", tiny / file)
        assert (done.code, "cannot write" in done.err, "No space left" in done.err) == (2, True, True), done.err
    assert [path.name for path in tiny.iterdir() if path.suffix] == []


_NOT_TEXT = os.fsdecode(b"a\xff\xfe.log")


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    """A file or folder whose name is not UTF-8 is read by every command."""
    stream = tmp_path / "logs" / os.fsdecode(b"eni-\xff")
    stream.mkdir(parents=True)
    for path in (tmp_path / "logs" / _NOT_TEXT, stream / "000000"):
        path.write_text(f"{RECORD}\nodd\n", encoding="utf-8")
    done = here("query", "stats count(*) as n by @logStream | sort n", "logs", folder=tmp_path)
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"@logStream": "eni-1-all", "n": "2"},
        {"@logStream": "eni-\ufffd", "n": "2"},
    ]
    for command in (["fields"], ["fields", "-o", "json"], ["report"], ["explain", COUNT]):
        assert here(*command, "logs", folder=tmp_path).code == 0, command
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / os.fsdecode(b"q\xff.insights")).write_text(COUNT, encoding="utf-8")
    for command in (
        ["check"],
        ["check", "--format", "json"],
        ["check", "--format", "sarif"],
        ["test", "--logs", f"logs/{_NOT_TEXT}", "--update", "--junit-xml", "report.xml"],
    ):
        assert here(*command, "queries", folder=tmp_path).code == 0, command
    assert here("query", "-o", "aws", "fields @ptr", "logs", folder=tmp_path).code == 0
    assert here("query", "--strict", COUNT, "logs", folder=tmp_path).code == 3
    assert here("query", COUNT, f"logs/{_NOT_TEXT}/x", folder=tmp_path).code == 3
    assert here("import", "logs", "-o", "dataset", folder=tmp_path).code == 0
    assert here("import", "logs", "-o", "dataset", folder=tmp_path).code == 0
    done = here("query", COUNT, "dataset", folder=tmp_path)
    assert (done.code, done.out) == (0, '{"n": "4"}\n')


def test_an_unrelated_file_beside_a_query(logs: Path) -> None:
    """A `$` in a query, or a saved query that it names, has nothing to do with other files beside it."""
    (logs / "other.insights").write_bytes(b"\xff\xfe")
    (logs / "asked.insights").write_text(f"filter action like /PT$/ | {COUNT}", encoding="utf-8")
    (logs / "saved.insights").write_text("$asked() | filter n = 1", encoding="utf-8")
    for name in ("asked", "saved"):
        done = here("query", "-f", logs / f"{name}.insights", logs / "flow.log")
        assert (done.code, done.out) == (0, ONE), done.err
    (logs / "saved.insights").write_text("$other()", encoding="utf-8")
    done = here("query", "-f", logs / "saved.insights", logs / "flow.log")
    assert (done.code, "other.insights: not UTF-8" in done.err) == (2, True)


NOTHING = {
    "empty.log": (b"", "it is empty"),
    "empty.log.gz": (gzip.compress(b""), "it is empty"),
    "header.log": (HEADER.encode(), "it contains a header line and no record"),
    "header.log.gz": (gzip.compress(HEADER.encode()), "it contains a header line and no record"),
}
"""Files that contain no event, and the reason that is given."""


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", NOTHING)
def test_files_that_give_nothing(name: str, named: bool, tmp_path: Path) -> None:
    """A file without events is named with the reason by every command."""
    content, reason = NOTHING[name]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / name).write_bytes(content)
    (tmp_path / "logs" / "good.log").write_text(f"{RECORD}\n", encoding="utf-8")
    paths = [f"logs/{name}"] if named else ["logs"]
    lines = [["query", "limit 1", *paths], ["fields", *paths], ["import", *paths, "-o", "set"]]
    for line in lines:
        done = here(*line, folder=tmp_path)
        assert f"logs/{name}: skipped: {reason}\n" in done.err, line
