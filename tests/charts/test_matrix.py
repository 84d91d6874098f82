"""Heat maps and Sankey diagrams."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

import pytest

from flowlocal.charts.build import chart_of
from flowlocal.charts.matrix import MOST_CELLS, MOST_NODES, is_wide
from flowlocal.charts.model import Chart, Series
from flowlocal.charts.sankey import lay_out
from flowlocal.charts.shades import shade, thresholds
from flowlocal.charts.terminal import draw
from tests.charts.samples import ask

PAIRS = "stats sum(bytes) as b by srcAddr, dstAddr"


def totals(chart: Chart) -> dict[str, float]:
    """Return the sum of each row."""
    return {series.name: series.total for series in chart.series}


def test_cells() -> None:
    """Rows are the first key and columns the second, the largest first, and every pair has its value."""
    result = ask("stats count(*) as n by action, logStatus")
    chart = chart_of(result, "heatmap")
    found = {
        (series.name, label): value
        for series in chart.series
        for label, value in zip(chart.labels, series.values, strict=True)
        if value is not None
    }
    assert found == {(row["action"], row["logStatus"]): float(row["n"]) for row in result.rows}
    assert [series.name for series in chart.series] == ["ACCEPT", "REJECT", "-"]
    assert (chart.title, chart.axis) == ("n by action, logStatus", "action, logStatus")


def test_largest_cells() -> None:
    """Of many rows and columns the largest are drawn, and a note says so."""
    chart = chart_of(ask(PAIRS), "heatmap")
    assert (len(chart.series), len(chart.labels)) == (MOST_CELLS, MOST_CELLS)
    assert re.fullmatch(r"the largest 30 of \d+ rows and the largest 30 of \d+ columns are drawn", chart.notes[0])


def test_times() -> None:
    """A time is a column, whichever key it is; times without rows are there, and without values."""
    query = "filter srcAddr = '203.0.113.66' or logStatus = 'NODATA' | stats count(*) as n by bin(1h), action"
    chart = chart_of(ask(query), "heatmap")
    assert chart.times is not None
    assert {later - earlier for earlier, later in pairwise(chart.times)} == {3_600_000}
    scanner = next(series for series in chart.series if series.name == "ACCEPT")
    assert scanner.values.count(None) == len(chart.labels) - 1


def test_sankey_keeps_sums() -> None:
    """Small nodes are drawn as one, so that the sum of all links is that of all rows."""
    result = ask(PAIRS)
    chart = chart_of(result, "sankey")
    assert (len(chart.series), len(chart.labels)) == (MOST_NODES, MOST_NODES)
    assert chart.series[-1].name.endswith(" others")
    assert sum(totals(chart).values()) == sum(float(row.get("b", 0)) for row in result.rows)


def test_layout() -> None:
    """Every node is as high as its links, nodes of a side do not overlap, and links lie within their nodes."""
    chart = chart_of(ask("stats count(*) as n by action, logStatus"), "sankey")
    sources, targets, links, height = lay_out(chart)
    for side in (sources, targets):
        assert all(one.top + one.height <= other.top for one, other in pairwise(side))
        assert side[-1].top + side[-1].height <= height
    sums: dict[int, float] = defaultdict(float)
    for link in links:
        sums[link.source] += link.value
        assert link.tops[0] >= sources[link.source].top
        assert link.tops[1] >= targets[link.target].top
        assert link.path(360).startswith("M")
    assert [sums[number] for number in range(len(sources))] == [node.value for node in sources]


SCALES = [((1.0, 2.0, 4.0), False, "░▒█"), ((1.0, 10.0, 100.0), True, "░▒█"), ((5.0, 5.0, 5.0), False, "███")]


@pytest.mark.parametrize(("values", "wide", "shades"), SCALES)
def test_shades(values: tuple[float, ...], wide: bool, shades: str) -> None:
    """Shades are equal steps, or equal ratios for values that differ widely; 0 is a dot, and a missing one a blank."""
    chart = Chart("heatmap", "t", "a, b", ("x", "y", "z"), None, (Series("r", values),))
    assert is_wide(chart) is wide
    assert "".join(shade(value, thresholds(chart)) for value in values) == shades
    assert shade(0.0, thresholds(chart)) == "·"
    assert shade(None, thresholds(chart)) == " "


def test_terminal() -> None:
    """A heat map has names of rows and columns, and says what the shades mean; names that are wide are letters."""
    text = draw(chart_of(ask("stats count(*) as n by action, logStatus"), "heatmap"), width=60)
    assert text.splitlines()[1].split() == ["OK", "NODATA", "SKIPDATA"]
    assert re.search(r"^ACCEPT █+$", text, re.MULTILINE)
    assert "█ to 2.225k" in text
    lettered = draw(chart_of(ask(PAIRS), "heatmap"), width=100)
    assert re.search(r"^a \S+  b \S+", lettered, re.MULTILINE)
    links = draw(chart_of(ask(PAIRS), "sankey"), width=100)
    assert re.search(r"^\S+ → \S+ +│█+", links, re.MULTILINE)
    assert "links; a file has all" in links


@pytest.mark.parametrize("kind", ["heatmap", "sankey"])
@pytest.mark.parametrize("values", [(1e-300, 1e290), (0.0, 1.0), (None, 1.0)])
def test_extremes(kind: str, values: tuple[float | None, ...]) -> None:
    """There is a chart for all numbers and names that a log may contain."""
    name = "\x1b]0;x\x07" + "long\n" * 99
    chart = Chart(kind, "t", "a, b", (name, "日本"), None, (Series(name, values), Series("", (None, None))))
    text = draw(chart, width=60)
    assert "\x1b" not in text
    assert len(text.splitlines()) < 12
