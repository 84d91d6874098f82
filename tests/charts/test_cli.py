"""Charts on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import in_process
from tests.charts.samples import SAMPLES
from tests.terminal import on_terminal

ACTIONS = "stats count(*) as n by action | sort n desc"
COMMAND = [sys.executable, "-m", "flowlocal", "query"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal query`` over the sample logs."""
    return in_process.flowlocal("query", *arguments, SAMPLES / "lines")


def test_chart_in_place_of_rows() -> None:
    """The chart is written to standard output; without colours in a pipe."""
    done = run(ACTIONS, "--chart", "auto")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("n by action\nACCEPT │█")


def test_chart_beside_rows() -> None:
    """With a format only the rows are on standard output."""
    done = run(ACTIONS, "--chart", "pie", "-o", "csv")
    assert done.stdout == "action,n\nACCEPT,2225\nREJECT,373\n-,153\n"
    assert "80.9%" in done.stderr


def test_rows_in_a_file(tmp_path: Path) -> None:
    """With ``--output`` the rows go there, and the chart to standard output."""
    done = run(ACTIONS, "--chart", "bar", "--output", tmp_path / "rows.csv")
    assert done.stdout.startswith("n by action\n")
    assert (tmp_path / "rows.csv").read_text().startswith("action,n\n")


def test_rows_of_a_comparison_in_a_file(tmp_path: Path) -> None:
    """Both sides are drawn on standard output."""
    sides = ("--before-logs", SAMPLES / "lines", "--after-logs", SAMPLES / "s3")
    done = in_process.flowlocal("compare", ACTIONS, *sides, "--chart", "bar", "--output", tmp_path / "rows.csv")
    assert done.stdout.startswith("n_before, n_after by action\n")
    assert (tmp_path / "rows.csv").read_text().startswith("action,status,n_before,n_after,")


def test_chart_file(tmp_path: Path) -> None:
    """``--chart-file`` writes a picture in addition to the rows."""
    pytest.importorskip("vl_convert")
    done = run(ACTIONS, "--chart-file", tmp_path / "chart.svg")
    assert done.stdout.startswith('{"action": "ACCEPT", "n": "2225"}\n')
    assert "<svg" in (tmp_path / "chart.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fields srcAddr", "--chart", "bar"], "end the query with `| stats count(*) by bin(1h)`"),
        ([ACTIONS, "--chart", "line"], "group by time"),
        ([ACTIONS, "--chart", "donut"], "'donut' is not one of"),
        ([ACTIONS, "--chart-file", "chart.gif"], "chart.gif does not end with one of"),
        ([ACTIONS, "--chart-file", "/nowhere/chart.svg"], "cannot write /nowhere/chart.svg"),
    ],
)
def test_refused(arguments: list[str], message: str) -> None:
    """A result that cannot be drawn is wrong usage; the message is a sentence."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_to_draw() -> None:
    """A result without rows is not an error."""
    done = run("filter srcAddr = 'x' | stats count(*) by action", "--chart", "bar")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to draw" in done.stderr


def test_histogram_for_people() -> None:
    """On a terminal a histogram is above single events, but not above groups, in pipes, or if it is disabled."""
    on = [*COMMAND, "fields srcAddr | limit 2", str(SAMPLES / "lines")]
    _, shown = on_terminal(on)
    assert "2,751 events by " in shown
    assert shown.index("2,751 events by ") < shown.index("srcAddr")
    _, shown = on_terminal([*on, "--no-histogram"])
    assert "events by" not in shown
    _, shown = on_terminal([*COMMAND, ACTIONS, str(SAMPLES / "lines")])
    assert "events by" not in shown
    assert run("fields srcAddr | limit 2").stderr == ""
    assert "2,751 events by " in run("fields srcAddr | limit 2", "--histogram").stderr
