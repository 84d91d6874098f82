"""``flowlocal fmt``, as a process would see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlocal.formatting.cases import format_cases
from tests.hostile.command import here

CASES = """\
# The cases of our ports.
[[case]]
title = "ports"  # short
query = 'filter dstPort=22|stats count(*)  AS n' # in one line
rows = [ {n = 2} ]

[[case]]
title = "in lines"
query = '''
filter action="REJECT" | limit 5
'''
rows = []

[[case]]
title = "an error keeps its text"
query = "filter  dstPort =22 |"
error = "unexpected"
"""
FORMATTED = (
    CASES.replace("dstPort=22|stats count(*)  AS n", "dstPort = 22 | stats count(*) as n")
    .replace('action="REJECT" | limit', 'action = "REJECT"\n| limit')
    .replace("n' # in", "n' # in")
)


def test_cases() -> None:
    """Queries of cases are formatted in place; everything else stays as written."""
    assert format_cases(CASES) == FORMATTED
    assert format_cases(FORMATTED) == FORMATTED


def test_files(tmp_path: Path) -> None:
    """Files are written in place; with --check or --diff none is written, and the exit code is 1."""
    query, cases, other = tmp_path / "a.insights", tmp_path / "b.insights.toml", tmp_path / "c.txt"
    query.write_text("fields a|limit 5")
    cases.write_text(CASES)
    other.write_text("fields a|limit 5")
    done = here("fmt", "--check", ".", folder=tmp_path)
    assert (done.code, query.read_text()) == (1, "fields a|limit 5")
    assert "not formatted: a.insights" in done.err
    done = here("fmt", "--diff", ".", folder=tmp_path)
    assert (done.code, "+| limit 5" in done.out) == (1, True)
    done = here("fmt", ".", folder=tmp_path)
    assert (done.code, "2 files: 2 formatted" in done.err) == (0, True)
    assert query.read_text() == "fields a\n| limit 5\n"
    assert cases.read_text() == FORMATTED
    assert other.read_text() == "fields a|limit 5"
    assert here("fmt", "--check", ".", folder=tmp_path).code == 0


def test_standard_input(tmp_path: Path) -> None:
    """A query on standard input is printed formatted."""
    done = here("fmt", "-", folder=tmp_path, stdin=b"fields a|limit 5")
    assert (done.code, done.out, done.err) == (0, "fields a\n| limit 5\n", "")


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("a.insights", b"fields a | sttas count(*)", 2, "did you mean"),
        ("a.insights", b"fields \xff", 3, "not UTF-8"),
        ("a.insights.toml", b"[[case]\n", 2, "not TOML"),
        ("a.insights.toml", b"a = " + b"[" * 5000, 2, "not TOML"),
        ("a.insights", b"filter " + b"(" * 5000, 2, "nested too deeply"),
    ],
)
def test_ugly_files(tmp_path: Path, name: str, content: bytes, code: int, message: str) -> None:
    """A file that cannot be formatted is named and kept; the others are formatted."""
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.insights").write_text("fields a|limit 5")
    done = here("fmt", ".", folder=tmp_path)
    assert (done.code, message in done.err, name in done.err) == (code, True, True), done.err
    assert (tmp_path / name).read_bytes() == content
    assert (tmp_path / "good.insights").read_text() == "fields a\n| limit 5\n"


def test_links(tmp_path: Path) -> None:
    """A link that a folder contains is not followed to a file outside of it."""
    outside = tmp_path / "outside.insights"
    outside.write_text("fields a|limit 5")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.insights").symlink_to(outside)
    here("fmt", "inside", folder=tmp_path)
    assert outside.read_text() == "fields a|limit 5"
