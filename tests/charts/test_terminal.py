"""Charts as text."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from flowlocal.charts.build import chart_of
from flowlocal.charts.model import Chart, Series
from flowlocal.charts.terminal import draw
from tests.charts.samples import ask

STYLE = re.compile(r"\x1b\[[0-9;]*m")
CHARTS = [
    ("stats count(*) as n by bin(1h)", "line"),
    ("stats count(*) as n by bin(1h)", "bar"),
    ("stats count(*) as n by bin(1h), action", "line"),
    ("stats count(*) as n by bin(1h), action", "area"),
    ("stats count(*) as n by bin(1h), action", "bar"),
    ("stats count(*) as n by bin(1h), dstPort", "area"),
    ("stats count(*) as n by bin(1d)", "line"),
    ("stats count(*) as n by bin(1d)", "bar"),
    ("stats count(*) as n by action", "bar"),
    ("stats count(*) as n, sum(packets) as p by action", "bar"),
    ("stats count(*) as n by action", "pie"),
    ("stats count(*) as n by action, dstPort", "heatmap"),
    ("stats count(*) as n by srcAddr, dstAddr", "heatmap"),
    ("stats count(*) as n by bin(1h), action", "heatmap"),
    ("stats count(*) as n by bin(5m), dstPort", "heatmap"),
    ("stats count(*) as n by action, logStatus", "sankey"),
    ("stats count(*) as n by srcAddr, dstAddr", "sankey"),
    ("stats 0 - count(*) as n by action", "bar"),
    ("stats 0 - count(*) as n by bin(1h)", "bar"),
]


@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(("query", "kind"), CHARTS)
def test_fits(query: str, kind: str, width: int, color: bool) -> None:
    """No line is wider than the terminal, and there are colours only if they are wanted."""
    text = draw(chart_of(ask(query), kind), width=width, color=color)
    assert ("\x1b" in text) == color
    assert max(cell_len(line) for line in STYLE.sub("", text).splitlines()) <= width
    assert re.search(r"[█▓▒░*+━▏▚▄▀●▖▗▘▝]", text)


def test_bars() -> None:
    """Each bar has its label and its value, and its length shows the value."""
    text = draw(chart_of(ask("stats count(*) as n by action | sort n desc")), width=40)
    assert text == ("n by action\nACCEPT │██████████████████████████ 2,225\nREJECT │████▍ 373\n-      │█▊ 153\n")


def test_shares() -> None:
    """A pie is shown as shares."""
    text = draw(chart_of(ask("stats count(*) as n by action"), "pie"))
    assert re.findall(r"[\d.]+%  [\d,]+", text) == ["80.9%  2,225", "13.6%  373", "5.6%  153"]


def test_line() -> None:
    """A plot has a legend, and axes with times and values."""
    text = draw(chart_of(ask("stats count(*) as n by bin(1h), action")))
    assert "** ACCEPT  ++ REJECT  xx -\n" in text
    assert all(f"{value}┤" in text for value in (0, 50, 100, 150, 200))
    assert all(time in text for time in ("05-01 00:00", "06:00", "12:00", "18:00"))


def test_known_colors() -> None:
    """ACCEPT is green and REJECT is red in every chart."""
    text = draw(chart_of(ask("stats count(*) as n by bin(1h), action")), color=True)
    assert "\x1b[38;5;2m━━\x1b[0m ACCEPT  \x1b[38;5;1m━━\x1b[0m REJECT" in text


VALUES = [(0.0, 0.0), (1e290, 1.0), (1e-300, 1e-310), (-1e290, 5.0), (None, None), (None, 1.0)]
TIMES = [(0, 1), (0, 60_000), (0, 4_000_000_000_000), (-(10**15), 10**15)]


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("values", VALUES)
def test_extremes(values: tuple[float | None, float | None], times: tuple[int, int], kind: str) -> None:
    """There is a chart for all numbers and times that a log may contain."""
    both = (Series("a", values), Series("b", values))
    assert draw(Chart(kind, "t", "x", ("0", "1"), times, both), width=60).count("\n") >= 20


@pytest.mark.parametrize("times", [None, (0, 60_000)])
def test_hostile_names(times: tuple[int, int] | None) -> None:
    """Control characters of a log never reach the terminal, and very long names are cut."""
    name = "\x1b]0;x\x07" + "long" * 99
    series = (Series(name, (1.0, 2.0)), Series("日本", (2.0, None)))
    text = draw(Chart("bar", "t", "", (name, "b"), times, series), width=80)
    assert "\x1b" not in text
    assert "\x07" not in text
    if times is None:
        assert max(cell_len(line) for line in text.splitlines()[2:]) <= 80
