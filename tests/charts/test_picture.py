"""Charts as files."""

from __future__ import annotations

import re
import sys
from xml.etree import ElementTree as ET

import pytest

from flowlocal.charts.build import chart_of
from flowlocal.charts.model import Chart, ChartError, Series
from flowlocal.charts.picture import draw_picture, specify, suffix_of
from tests.charts.samples import ask
from tests.charts.test_terminal import CHARTS

pytest.importorskip("vl_convert")
HOUR = "stats count(*) as n by bin(1h), action"


@pytest.mark.parametrize(("query", "kind"), CHARTS)
def test_svg(query: str, kind: str) -> None:
    """Every chart becomes an SVG that parses and shows the chart's title."""
    chart = chart_of(ask(query), kind)
    drawn = ET.fromstring(draw_picture(chart, ".svg"))
    assert chart.title in "".join(drawn.itertext())


def test_png() -> None:
    """A PNG has the signature of one."""
    assert draw_picture(chart_of(ask(HOUR)), ".png").startswith(b"\x89PNG")


def test_html_loads_nothing() -> None:
    """An HTML page is self-contained."""
    page = draw_picture(chart_of(ask(HOUR)), ".html").decode()
    assert not re.search(r"<(script|link|img)[^>]+(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "vega" in page


def test_stacks() -> None:
    """Areas and bars over time are stacked: each begins at the end of the one below."""
    chart = Chart("bar", "t", "x", ("0", "1"), (0, 60_000), (Series("a", (1.0, 2.0)), Series("b", (3.0, None))))
    (layers,) = specify(chart)["datasets"].values()
    assert [(row["series"], row["below"], row["above"]) for row in layers] == [("a", 0, 1), ("a", 0, 2), ("b", 1, 4)]


@pytest.mark.parametrize("kind", ["bar", "heatmap", "sankey"])
def test_names_are_escaped(kind: str) -> None:
    """Text of a log is text in the picture, not markup."""
    chart = Chart(kind, "<b>", "", ("<script>alert(1)</script>",), None, (Series("n", (1.0,)),))
    assert b"<script>" not in draw_picture(chart, ".svg")
    page = draw_picture(chart, ".html")
    assert b"<script>alert" not in page
    assert rb"\u003cscript>alert(1)\u003c/script>" in page


@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
@pytest.mark.parametrize("kind", ["bar", "heatmap", "sankey", "pie"])
def test_characters_that_no_picture_has(kind: str, suffix: str) -> None:
    """Control characters, half characters and non-characters have a mark; the converter would abort the process."""
    name = "\x1b[31mred\x00 \u202eevil \ud800 \ufffe\uffff\nline"
    chart = Chart(kind, name, name, (name, "b"), None, (Series(name, (1.0, 2.0)),), (name,))
    drawn = draw_picture(chart, suffix)
    assert suffix == ".png" or b"\x1b[31m" not in drawn


@pytest.mark.parametrize(("path", "suffix"), [("a.PNG", ".png"), ("x/b.svg", ".svg"), ("c.d.html", ".html")])
def test_suffix(path: str, suffix: str) -> None:
    """The suffix of the file determines the format."""
    assert suffix_of(path) == suffix


def test_unknown_suffix() -> None:
    """Another suffix raises an error that lists the valid ones."""
    with pytest.raises(ChartError, match=r"\.png, \.svg, \.html"):
        suffix_of("chart.gif")


def test_extra_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says how to install it."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ChartError, match="vl_convert") as caught:
        draw_picture(chart_of(ask(HOUR)), ".svg")
    assert "pip install 'flowlocal[charts]'" in caught.value.hint
