"""How results and charts show themselves in notebooks."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

import flowlocal
from flowlocal.charts.model import ChartError
from flowlocal.namespace import logs_of

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"
VOID = {"meta", "br", "hr"}


class Page(HTMLParser):
    """Reads HTML: the texts of cells by row, the classes of cells, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.classes: list[str | None] = []
        self.notes: list[str] = []
        self.texts: dict[str, list[str]] = {"summary": [], "div": []}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Follow a tag."""
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")
            self.classes.append(dict(attrs).get("class"))
        if tag == "p":
            self.notes.append("")

    def handle_endtag(self, tag: str) -> None:
        """Every tag that ends is the one opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if self.open[-1:] in (["th"], ["td"]):
            self.rows[-1][-1] += data
        if self.open[-1:] in (["summary"], ["div"]) and "td" in self.open:
            self.texts[self.open[-1]].append(data)
        if self.open[-1:] == ["p"]:
            self.notes[-1] += data


def page(result: flowlocal.Result) -> Page:
    """Return what a notebook shows of a result."""
    read = Page(result._repr_html_())
    assert read.open == []
    return read


def test_table() -> None:
    """A result is a table with a head, numbers to the right, known words marked, and a line of counts."""
    shown = page(flowlocal.query("stats count(*) as n by action | sort n", SAMPLES / "s3"))
    assert shown.rows == [["action", "n"], ["-", "153"], ["REJECT", "373"], ["ACCEPT", "2225"]]
    assert shown.classes == [None, "number", "none", "number", "no", "number", "yes", "number"]
    assert shown.notes == ["3 rows; 2,751 of 2,751 records matched"]


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", "a & b", '"><img src=x>', "</td></table>", "\x1b[31m\u202e"]
)
def test_nothing_escapes(evil: str) -> None:
    """Whatever a log or a name of a column holds is shown, not obeyed."""
    frame = pl.DataFrame({"text": [evil], "<b>&": [evil]})
    shown = page(logs_of(frame).query("fields text, `<b>&`"))
    assert [row[1] for row in shown.rows][:1] == ["<b>&"]
    printable = evil.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    assert shown.rows[1] == [printable, printable]


def test_long_results_are_cut() -> None:
    """Of many rows the first are shown, and how many there are; a giant cell does not fill the page."""
    frame = pl.DataFrame({"n": range(12_345), "text": "x" * 5_000})
    shown = page(logs_of(frame).query("fields n, text"))
    assert len(shown.rows) == 101
    assert shown.texts["summary"][0] == "x" * 160 + "…"
    assert shown.texts["div"][0] == "x" * 2_000 + "… (5,000 characters)"
    assert shown.notes[0].startswith("10,000 rows, the first 100 of them shown; to_polars() has them all")
    assert "2,345 more rows were cut off" in shown.notes[1]


def test_missing_and_nothing() -> None:
    """Missing cells are blank; a result without rows still has its head."""
    frame = pl.DataFrame({"a": [None, "x"], "b": [1, None]})
    assert page(logs_of(frame).query("fields a, b")).rows == [["a", "b"], ["", "1"], ["x", ""]]
    assert page(logs_of(frame).query("fields a | filter a = 'none'")).rows == [["a"]]


def test_odd_lines_are_named(tmp_path: Path) -> None:
    """Lines that are not records are counted below the table, with the place of the first."""
    log = tmp_path / "flow.log"
    log.write_bytes((SAMPLES / "article" / "flow.log").read_bytes() + b"oops\n")
    assert "1 line is not a flow log record" in page(flowlocal.query("limit 9", log)).notes[1]


def test_chart() -> None:
    """A chart shows itself as SVG and as text, and is saved by suffix."""
    pytest.importorskip("vl_convert")
    picture = flowlocal.query("stats count(*) as n by bin(1h)", SAMPLES / "s3").chart()
    shown = picture._repr_mimebundle_()
    assert shown["image/svg+xml"].startswith("<svg")
    assert "n by bin(1h)" in shown["text/plain"]


def test_chart_is_saved(tmp_path: Path) -> None:
    """A chart is written to a file in the form that its suffix names."""
    pytest.importorskip("vl_convert")
    picture = flowlocal.query("stats count(*) as n by action", SAMPLES / "s3").chart("bar")
    picture.save(tmp_path / "x.svg")
    assert (tmp_path / "x.svg").read_text(encoding="utf-8").startswith("<svg")
    with pytest.raises(ChartError, match="does not end with one of"):
        picture.save(tmp_path / "x.txt")


def test_chart_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra a chart is text, with how to install it."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    shown = flowlocal.query("stats count(*) as n by action", SAMPLES / "s3").chart()._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "pip install 'flowlocal[charts]'" in shown["text/plain"]


def test_single_events_are_no_chart() -> None:
    """What cannot be drawn is refused with what to write."""
    with pytest.raises(ChartError, match="only results of `stats` can be drawn"):
        flowlocal.query("limit 1", SAMPLES / "s3").chart()
