"""Log groups and lookup tables on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_query import LINE, OTHER, objects, run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two files of one record each."""
    (tmp_path / "a.log").write_text(LINE + "\n")
    (tmp_path / "b.log").write_text(OTHER + "\n")
    return tmp_path / "a.log", tmp_path / "b.log"


def test_groups_by_name(files: tuple[Path, Path]) -> None:
    """NAME=PATH loads a log group, which SOURCE and subqueries name; standard input is not read."""
    query = "SOURCE 'a' | filter dstAddr in (SOURCE 'b' | fields dstAddr) | display @log, dstPort"
    rows = objects(run(query, "--log-group", f"a={files[0]}", "--log-group", f"b={files[1]}"))
    assert rows == [{"@log": "123456789010:a", "dstPort": "22"}]


def test_group_of_the_arguments(files: tuple[Path, Path]) -> None:
    """A name without a path is the group of the arguments."""
    query = "join left=x right=y where x.dstAddr = y.dstAddr (SOURCE 'b') | fields x.@log, y.dstPort | sort y.dstPort"
    rows = objects(run(f"SOURCE 'own' | {query}", files[0], "--log-group", "own", "--log-group", f"b={files[1]}"))
    assert rows == [{"x.@log": "123456789010:own", "y.dstPort": "3389"}]


def test_group_of_standard_input(files: tuple[Path, Path]) -> None:
    """Piped logs are read beside other groups if they have a name."""
    done = run(
        "stats count(*) as n by @log | sort @log", "--log-group", "in", "--log-group", f"b={files[1]}", stdin=LINE
    )
    assert objects(done) == [{"@log": "123456789010:b", "n": "1"}, {"@log": "123456789010:in", "n": "1"}]


@pytest.mark.parametrize("given", [["a", "b"], ["=x"], ["a="]])
def test_wrong_groups(files: tuple[Path, Path], given: list[str]) -> None:
    """Two names for the arguments, or half a pair, are wrong usage."""
    done = run("limit 1", files[0], *(part for each in given for part in ("--log-group", each)))
    assert (done.returncode, done.stdout) == (2, "")
    assert "--log-group" in done.stderr


def test_unknown_group(files: tuple[Path, Path]) -> None:
    """A group that was not loaded is shown under the caret, with the option that loads it."""
    done = run("SOURCE 'c'", files[0], "--log-group", "a")
    assert done.returncode == 2
    assert "--log-group c=PATH" in done.stderr
    assert "    ^^^" in done.stderr


def test_lookup_table(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A table is given by its name and file, or by the file alone."""
    (tmp_path / "ports.csv").write_text("port,what\n22,mine\n")
    query = "lookup ports port as dstPort OUTPUT what | display what"
    assert objects(run(query, files[0], "--table", f"ports={tmp_path / 'ports.csv'}")) == [{"what": "mine"}]
    assert objects(run(query, files[0], "--table", tmp_path / "ports.csv")) == [{"what": "mine"}]


def test_unreadable_table(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A table that cannot be read is an input that cannot be read."""
    done = run("lookup t a as dstPort OUTPUT b", files[0], "--table", f"t={tmp_path / 'none.csv'}")
    assert done.returncode == 3
    assert "none.csv" in done.stderr
