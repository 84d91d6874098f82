"""From results to charts: what is drawn, and what cannot be."""

from __future__ import annotations

import pytest

from flowlocal.charts.build import chart_of
from flowlocal.charts.model import ChartError, NothingToDraw
from tests.charts.samples import ask

KINDS = [
    ("stats count(*) as n by bin(1h)", "auto", "line"),
    ("stats count(*) as n by bin(1h), action", "auto", "line"),
    ("stats count(*) as n by bin(1h) as hour | sort n desc", "auto", "line"),
    ("stats count(*) as n by action", "auto", "bar"),
    ("stats count(*) as n by datefloor(@timestamp, 1h) as t", "auto", "bar"),
    ("stats count(*) as n by datefloor(@timestamp, 1h) as t", "area", "area"),
    ("stats count(*)", "auto", "bar"),
    ("stats count(*) as n by bin(1h), action", "pie", "pie"),
]


@pytest.mark.parametrize(("query", "asked", "drawn"), KINDS)
def test_kind(query: str, asked: str, drawn: str) -> None:
    """A requested kind is drawn; the default is a line for ``bin()`` and bars otherwise."""
    assert chart_of(ask(query), asked).kind == drawn


BARS = [
    ("stats count(*) as n by action | sort n desc", ("ACCEPT", "REJECT", "-"), {"n": (2225.0, 373.0, 153.0)}),
    ("stats count(*) as n by action, logStatus | sort n desc | limit 1", ("ACCEPT · OK",), {"n": (2225.0,)}),
    ("stats count(*) as n, min(dstPort) as p", ("n", "p"), {"": (2751.0, 0.0)}),
    (
        "stats count(*) as n by dstPort, protocol | sort n desc | limit 2 "
        "| lookup ports port as dstPort, protocol OUTPUT service",
        ("443 · 6 · https", "5432 · 6 · postgresql"),
        {"n": (342.0, 284.0)},
    ),
    (
        "stats count(*) as n, count_distinct(srcAddr) as s by logStatus | sort n desc | limit 2",
        ("OK", "NODATA"),
        {"n": (2598.0, 144.0), "s": (118.0, 1.0)},
    ),
]


@pytest.mark.parametrize(("query", "labels", "series"), BARS)
def test_bars(query: str, labels: tuple[str, ...], series: dict[str, tuple[float, ...]]) -> None:
    """Bars are in the order of the rows, named by keys and texts; each column of numbers is a series."""
    chart = chart_of(ask(query))
    assert chart.labels == labels
    assert chart.times is None
    assert {each.name: each.values for each in chart.series} == series


def test_series_over_time() -> None:
    """Times ascend in any order of rows; each further key is a series, the one with the largest total first."""
    chart = chart_of(ask("stats count(*) as n by bin(6h), action | sort n desc"))
    assert chart.times == tuple(1777593600000 + 21_600_000 * quarter for quarter in range(4))
    assert [series.name for series in chart.series] == ["ACCEPT", "REJECT", "-"]
    assert sum(chart.series[0].values[place] or 0 for place in range(4)) == 2225
    assert chart.title == "n by bin(6h), action"


def test_missing_bins_are_missing() -> None:
    """A bin without a row has no value, rather than 0."""
    chart = chart_of(ask("filter srcAddr = '203.0.113.66' or logStatus = 'NODATA' | stats count(*) by bin(1h), action"))
    scanner = next(series for series in chart.series if series.name == "ACCEPT")
    assert scanner.values.count(None) == 23


def test_values_in_columns() -> None:
    """Several values over time are several series, named by the value, after the key if there is one."""
    names = {each.name for each in chart_of(ask("stats count(*) as n, sum(bytes) as b by bin(1h)")).series}
    assert names == {"n", "b"}
    names = {each.name for each in chart_of(ask("stats count(*) as n, sum(bytes) as b by bin(1h), logStatus")).series}
    assert {"OK · n", "OK · b"} <= names


def test_limits() -> None:
    """There are at most a hundred bars and ten series, and a note about the rest."""
    bars = chart_of(ask("stats count(*) as n by srcPort"))
    assert len(bars.labels) == 100
    assert bars.notes[0].startswith("the first 100 of ")
    lines = chart_of(ask("stats count(*) as n by bin(1h), dstPort"))
    assert len(lines.series) == 10
    assert lines.notes[0].startswith("the 10 largest of ")


def test_pie() -> None:
    """A pie adds values over time, and combines small slices."""
    over_time = chart_of(ask("stats count(*) as n by bin(1h), action"), "pie")
    assert dict(zip(over_time.labels, over_time.series[0].values, strict=True)) == {
        "ACCEPT": 2225,
        "REJECT": 373,
        "-": 153,
    }
    many = chart_of(ask("stats count(*) as n by dstPort"), "pie")
    assert len(many.labels) == 13
    assert many.labels[-1].endswith(" others")
    assert many.series[0].total == 2751


REFUSED = [
    ("fields srcAddr", "auto", "only results of `stats`", "stats count(*) by bin(1h)"),
    ("stats count(*) by action", "line", "shows values over time", "bin(1h)"),
    ("stats count(*) by action", "area", "shows values over time", "bar"),
    ("stats earliest(srcAddr) as a by action", "auto", "no column of numbers", "count(*)"),
    ("stats count(*) as n by action | display n", "auto", "no group key", "keep the keys"),
    ("stats count(*) as n by bin(1h) as t, action | display t, n", "auto", "the same time and name", "keep every"),
    ("stats count(*) as n, sum(bytes) as b by action", "pie", "one column of numbers", "n, b"),
    ("stats 0 - count(*) as n by action", "pie", "negative", "bar"),
    ("stats count(*) * 2 ^ 1010 as n by logStatus", "bar", "too large", "divide"),
    ("stats sum(bytes) - sum(bytes) as n by logStatus", "pie", "all values are 0", "bar"),
    ("stats count(*) as n by action", "heatmap", "shows two group keys, and the result has 1", "by srcAddr, dstAddr"),
    ("stats count(*) as n by action, logStatus, dstPort", "sankey", "the result has 3", "by srcAddr, dstAddr"),
    ("stats count(*) as n by action, logStatus | display action, n", "heatmap", "two group keys", "by srcAddr"),
    ("stats earliest(srcAddr) as a by action, logStatus", "sankey", "no column of numbers", "count(*)"),
    ("stats 0 - count(*) as n by action, logStatus", "sankey", "negative", "bar"),
    ("stats count(*) - count(*) as n by action, logStatus", "heatmap", "all values are 0", "bar"),
]


@pytest.mark.parametrize(("query", "kind", "message", "hint"), REFUSED)
def test_refused(query: str, kind: str, message: str, hint: str) -> None:
    """A result that cannot be drawn raises an error that says what to write instead."""
    with pytest.raises(ChartError) as caught:
        chart_of(ask(query), kind)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_nothing() -> None:
    """A result without rows has its own error, because the query is valid."""
    with pytest.raises(NothingToDraw):
        chart_of(ask("filter srcAddr = 'x' | stats count(*) by action"))
