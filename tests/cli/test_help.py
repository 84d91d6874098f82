"""``flowlocal help``, as a process would see it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flowlocal.handbook import pages as handbook
from flowlocal.handbook.fields import flow_log_fields
from flowlocal.sources.records import catalog
from flowlocal.terminal import markdown
from tests import in_process


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal help``, its output in a file."""
    return in_process.flowlocal("help", *arguments)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("stats", ["Aggregate the events", "    stats AGGREGATE", "Examples"]),
        ("WHERE", ["filter\n", "Also written where."]),
        ("isipv4insubnet", ["isIpv4InSubnet(", "Family: IP"]),
        ("count_distinct", ["countDistinct("]),
        ("query", ["Usage: flowlocal query"]),
        ("stats", ["Examples", "dstPort"]),
        ("not", ["and, or, not", "binds"]),
        ("=~", ["like, not like"]),
        ("in", ["not in", "dstPort  records"]),
        ("@timestamp", ["start of the flow"]),
        ("@log", ["log group"]),
        ("tcpFlags", ["TCP flags", "SYN 2", "version 3", "custom format"]),
        ("srcaddr", ["srcAddr", "default format"]),
        ("pkt_src_aws_service", ["pktSrcAwsService"]),
        ("tgw-id", ["Transit gateway", "version 6"]),
        ("subnet", ["isIpv4InSubnet"]),
        ("top", ["sort n desc | limit 10"]),
        ("time", ["@timestamp", "UTC"]),
        ("group by", ["Groups are written after"]),
        ("encrypt", ["Pages that mention encrypt", "encryptionStatus"]),
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
    assert "tcpFlags" in done.stdout
    assert "- limits: Limits" in done.stdout


def test_unknown_name() -> None:
    """An unknown name is refused, with the nearest one."""
    done = run("sttas")
    assert done.returncode == 2
    assert "sttas" in done.stderr
    assert "did you mean stats" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("word", ["zzz", "xyzzy", "qqstats"])
def test_no_absurd_neighbour(word: str) -> None:
    """A word that is like no name gets no suggestion."""
    assert "did you mean" not in run(word).stderr


def test_own_help() -> None:
    """Its own help shows its examples line by line."""
    shown = run("--help").stdout
    assert "\n    flowlocal help tcpFlags\n" in shown.replace("  flowlocal", "    flowlocal").replace("      ", "    ")
    assert "\\b" not in shown
    assert "\b" not in shown


@pytest.mark.parametrize("name", [page.name for page in handbook.pages()])
def test_every_page_is_found(name: str) -> None:
    """A page is found by its name and other words, and what it refers to exists."""
    for page in handbook.find(name):
        assert page.summary
        for other in page.others:
            assert page in handbook.find(other)
        for line in page.text.splitlines():
            if line.startswith("See also: "):
                assert all(handbook.find(word) for word in line[10:].rstrip(".").split(", ")), line


def test_every_field_has_a_page() -> None:
    """Every field of flow logs is explained, and no other."""
    assert {each.name for each in flow_log_fields()} == catalog.KNOWN


def test_completion() -> None:
    """The shell completes names of pages."""
    variables = {
        **os.environ,
        "_FLOWLOCAL_COMPLETE": "bash_complete",
        "COMP_WORDS": "flowlocal help tcp",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "flowlocal"], capture_output=True, text=True, check=False, env=variables
    )
    assert "tcpFlags" in done.stdout


def test_plain() -> None:
    """Markup of Markdown is removed; fenced blocks are indented unchanged."""
    page = "# Title\n\nSay `a` and **b**.\n\n```\n# not a title `c`\n```"
    assert markdown.plain(page) == "Title\n\nSay a and b.\n\n    # not a title `c`"
