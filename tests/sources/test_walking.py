"""Walks and patterns: regular files, each once; every skipped path has a reason."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from flowlocal.events import SkippedFile, SkipReason, UnreadableInput
from flowlocal.sources.files.paths import expand
from flowlocal.walking import Walk
from tests.sources.conftest import ACCEPTED, HEADER, read


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.close()


def _link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _text(path: Path) -> None:
    path.write_text("text\n", encoding="utf-8")


def _long_text(path: Path) -> None:
    path.write_text(f"{ACCEPTED}\n", encoding="utf-8")


SKIPPED: list[tuple[str, Callable[[Path], None], SkipReason]] = [
    ("pipe.log", _pipe, SkipReason.PIPE),
    ("linked-pipe.log", _link_to("pipe.log"), SkipReason.PIPE),
    ("socket.log", _socket, SkipReason.SOCKET),
    ("zeros.log", _link_to("/dev/zero"), SkipReason.DEVICE),
    ("latest", _link_to("."), SkipReason.LINKED_FOLDER),
    ("nowhere.log", _link_to("nothing"), SkipReason.DANGLING_LINK),
    ("loop.log", _link_to("loop.log"), SkipReason.UNREADABLE),
    (".hidden.log", _text, SkipReason.HIDDEN),
    (".git", Path.mkdir, SkipReason.HIDDEN),
    ("flow.log.part", _text, SkipReason.TEMPORARY),
    ("flow.log.tmp", _text, SkipReason.TEMPORARY),
    ("ports.insights.toml", _text, SkipReason.CASES),
    ("_SUCCESS", _text, SkipReason.MARKER),
    ("aws-logs-write-test", _long_text, SkipReason.EXPORT_TEST),
    ("flow.log.md5", _text, SkipReason.NOT_A_LOG),
    ("again.log", _link_to("flow.log"), SkipReason.SAME_FILE),
]


def test_a_folder_says_what_it_skips(tmp_path: Path, write: Callable[..., Path]) -> None:
    """Whatever gives no events is named with its reason, and warned of; the rest is read."""
    write("flow.log", [ACCEPTED])
    write("x/flow.log", [ACCEPTED])
    for name, make, _ in SKIPPED:
        make(tmp_path / name)
    report = read(tmp_path).report
    assert report.records == 2
    # Of two names of a file the first is read.
    expected = {(name.replace("again", "flow"), reason) for name, _, reason in SKIPPED}
    assert {(Path(each.path).name, each.reason) for each in report.skipped} == expected
    assert sorted(map(str, report.skipped)) == sorted(report.warnings)


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, _, reason in SKIPPED[:7]])
def test_a_pattern_says_what_it_skips(
    name: str, reason: SkipReason, tmp_path: Path, write: Callable[..., Path]
) -> None:
    """So does a pattern of what matches it; only a link to a folder is followed where it is named."""
    write("flow.log", [ACCEPTED])
    for each, make, _ in SKIPPED:
        make(tmp_path / each)
    found = expand([tmp_path / f"{name[:4]}*"])
    if reason is SkipReason.LINKED_FOLDER:
        assert {Path(file.path).parent for file in found.files} == {tmp_path / name}
    else:
        assert (str(tmp_path / name), reason) in {(each.path, each.reason) for each in found.skipped}


def test_files_without_records(tmp_path: Path, write: Callable[..., Path]) -> None:
    """Empty files and files with a header alone are named; empty markers and the test of an export task are not."""
    for name in ("_SUCCESS", ".hidden", "x.part", "x.log"):
        write(name, b"")
    write("aws-logs-write-test", "Permission Check Successful\n")
    write("header.log", [HEADER])
    write("header.log.gz", HEADER)
    report = read(tmp_path).report
    assert sorted(map(str, report.skipped)) == sorted(report.warnings)
    assert {(Path(each.path).name, each.reason) for each in report.skipped} == {
        ("x.log", SkipReason.EMPTY),
        ("header.log", SkipReason.HEADER_ONLY),
        ("header.log.gz", SkipReason.HEADER_ONLY),
    }


def test_one_file_of_many_names(tmp_path: Path, write: Callable[..., Path]) -> None:
    """A file is read once, whatever links lead to it and however it is written."""
    for number in range(10):
        write(f"s/{number}.log", [ACCEPTED])
    (tmp_path / "s" / "latest").symlink_to(".")
    (tmp_path / "s" / "0-again.log").hardlink_to(tmp_path / "s" / "0.log")
    (tmp_path / "t").symlink_to("s")
    for paths in (["s/**/*.log"], ["s"], ["s", "t", "s/../s"], ["s/*", "t/*.log"], ["./s/latest", "s"]):
        report = read(*(f"{tmp_path}/{path}" for path in paths)).report
        assert report.records == 10, paths
        assert [each.reason for each in report.skipped].count(SkipReason.SAME_FILE) >= 1, paths
    found = read(f"{tmp_path}/s/1.log", f"{tmp_path}/s/./1.log", f"{tmp_path}/s/1.log")
    assert (found.report.records, found.report.skipped) == (1, [])


def test_a_file_that_is_named_is_read(tmp_path: Path, write: Callable[..., Path]) -> None:
    """What a folder would skip is read if it is named beside the folder."""
    write("flow.log", [ACCEPTED])
    write(".hidden.log", [ACCEPTED])
    write("readme.txt", ["words"])
    found = read(tmp_path, tmp_path / ".hidden.log", tmp_path / "readme.txt")
    assert (found.report.records, found.report.skipped) == (3, [])


@pytest.mark.parametrize("path", ["", "/*/*.log", "/**/*.log", "/locked/../locked/*.log"])
def test_a_locked_folder(
    path: str, tmp_path: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that cannot be listed is named, and the others are read; if it was named itself, the run is refused."""
    write("open/1.log", [ACCEPTED])
    write("locked/2.log", [ACCEPTED])
    _lock(tmp_path / "locked", monkeypatch)
    if "locked" in path:
        with pytest.raises(UnreadableInput, match="no file matches") as error:
            read(f"{tmp_path}{path}")
        assert "Permission denied" in error.value.hint
        return
    report = read(f"{tmp_path}{path}").report
    assert report.records == 1
    assert report.skipped == [SkippedFile(str(tmp_path / "locked"), SkipReason.UNREADABLE, "Permission denied")]
    with pytest.raises(UnreadableInput, match="Permission denied"):
        read(tmp_path / "locked")


def _lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder unreadable, for the superuser, too."""
    scandir = os.scandir

    def locked(path: str) -> object:
        if os.path.samefile(path, folder):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)


def test_a_file_that_cannot_be_opened(tmp_path: Path, write: Callable[..., Path]) -> None:
    """Of a folder's files those that can be read are, and the others are named; if none can be, the run is refused."""
    write("1.parquet", b"PAR1 damaged PAR1")
    with pytest.raises(UnreadableInput, match="damaged"):
        read(tmp_path)
    write("2.log", [ACCEPTED])
    report = read(tmp_path).report
    assert report.records == 1
    assert [each.reason for each in report.skipped] == [SkipReason.UNREADABLE]
    assert "damaged" in report.warnings[0]
    with pytest.raises(UnreadableInput, match="damaged"):
        read(tmp_path / "1.parquet", tmp_path / "2.log")


def test_order(write: Callable[..., Path], tmp_path: Path) -> None:
    """Files come by name, numbers by size, those of a folder before those of its subfolders."""
    names = ["2.log", "10.log", "b.log", "a/3.log", "a/b/1.log", "c/0.log"]
    for name in names:
        write(name, [ACCEPTED])
    assert [os.path.relpath(entry.path, tmp_path) for entry in Walk().files(str(tmp_path))] == names


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.log", ["1.log", "2.log"]),
        ("[!1]*.log", ["2.log"]),
        ("?/*", ["a/3.log", "a/b"]),
        ("**/*.log", ["1.log", "2.log", "a/3.log", "a/b/4.log"]),
        ("a/**", ["a/"]),
        ("*/", ["a/"]),
        ("**/b/4.log", ["a/b/4.log"]),
        ("./*/../1*", ["./a/../1.log"]),
        (".*", [".5.log", ".c"]),
        ("1.log/*", []),
        ("*/nothing/x", []),
    ],
)
def test_patterns(
    pattern: str, names: list[str], write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patterns mean what they mean in a shell, from the working directory and from the root."""
    for name in ("1.log", "2.log", "a/3.log", "a/b/4.log", ".5.log", ".c/6.log"):
        write(name, [ACCEPTED])
    monkeypatch.chdir(tmp_path)
    for start in ("", f"{tmp_path}/"):
        found = [os.path.normpath(match) for match in Walk().matches(f"{start}{pattern}")]
        assert found == [os.path.normpath(f"{start}{name}") for name in names]
