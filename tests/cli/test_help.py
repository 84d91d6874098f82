"""``flowlocal help``, as a process would see it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from flowlocal.terminal import markdown


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, its output in a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "flowlocal", "help", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("stats", ["Aggregate the events", "    stats AGGREGATE", "Examples"]),
        ("WHERE", ["filter\n", "Also written where."]),
        ("isipv4insubnet", ["isIpv4InSubnet(", "Family: IP"]),
        ("count_distinct", ["countDistinct("]),
        ("query", ["Usage: flowlocal query"]),
    ],
)
def test_page(name: str, parts: list[str]) -> None:
    """A page is found by any name in any letter case, and is plain text in a pipe."""
    done = run(name)
    assert done.returncode == 0
    assert done.stderr == ""
    for part in parts:
        assert part in done.stdout
    assert "```" not in done.stdout
    assert "\x1b" not in done.stdout


def test_overview() -> None:
    """Without a name, commands and functions are listed."""
    done = run()
    assert done.returncode == 0
    assert "- stats: Aggregate" in done.stdout
    assert "isIpv4InSubnet" in done.stdout


def test_unknown_name() -> None:
    """An unknown name is refused, with the nearest one."""
    done = run("sttas")
    assert done.returncode == 2
    assert "sttas" in done.stderr
    assert "did you mean stats" in done.stderr
    assert "Traceback" not in done.stderr


def test_plain() -> None:
    """Markup of Markdown is removed; fenced blocks are indented unchanged."""
    page = "# Title\n\nSay `a` and **b**.\n\n```\n# not a title `c`\n```"
    assert markdown.plain(page) == "Title\n\nSay a and b.\n\n    # not a title `c`"
