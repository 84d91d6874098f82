"""Views of a result, links to them, and downloads, in a browser."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest
from playwright import sync_api as playwright

from flowlocal.charts.model import Chart, Series
from flowlocal.console.code_text import parts
from flowlocal.console.echarts import options_of
from flowlocal.console.link_page import link_page
from flowlocal.console.links import PageLink
from flowlocal.console.patterns_view import patterns_query
from flowlocal.console.queries import AskedQuery
from tests.console.conftest import OpenTab, Show, ask, ended, expect_cells, query_of

OVER_TIME = "stats sum(bytes) as total by bin(1h), action"
BY_PAIR = "stats sum(bytes) as total by srcAddr, dstAddr | sort total desc | limit 20"
SERIES = "() => getElement(document.querySelector('.fl-chart')?.id.slice(1))?.chart?.getOption()?.series"

CORNER = """async (picture) => {
    const image = new Image();
    image.src = "data:image/png;base64," + picture;
    await image.decode();
    const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""
"""Returns the colour of the first pixel of a picture."""


def open_view(page: playwright.Page, name: str) -> None:
    """Open a view of the result."""
    page.locator(".fl-views").get_by_role("tab", name=name).click()


def choose_chart(page: playwright.Page, name: str) -> None:
    """Choose a kind of chart."""
    page.get_by_label("Chart", exact=True).click()
    option = page.get_by_role("option", name=name, exact=True)
    option.click()
    option.wait_for(state="hidden")  # the list takes the keyboard until then


def test_charts(show: Show) -> None:
    """Each kind of chart is drawn from the result; one that cannot be says what to write instead."""
    page = show(OVER_TIME)
    open_view(page, "Chart")
    for label, kind in {"Automatic": "line", "Stacked area": "line", "Bar": "bar", "Pie": "pie"}.items():
        choose_chart(page, label)
        page.wait_for_function(f"() => ({SERIES})()?.[0]?.type === '{kind}'")
    choose_chart(page, "Line")
    ask(page, "stats count(*) as n by action")
    page.get_by_text("A line chart shows values over time").wait_for()
    ask(page, "fields action")
    page.get_by_text("Only results of stats can be drawn").wait_for()


@pytest.mark.parametrize("label", ["Heat map", "Sankey"])
def test_charts_of_two_keys(show: Show, label: str) -> None:
    """Two group keys make a heat map, or a Sankey diagram."""
    kind = label.replace(" ", "").lower()
    page = show(BY_PAIR, view="chart")
    choose_chart(page, label)
    page.wait_for_function(f"() => ({SERIES})()?.[0]?.type === '{kind}'")


def test_png(show: Show) -> None:
    """The chart is downloaded as a picture."""
    page = show(OVER_TIME, view="chart")
    page.wait_for_function(f"() => ({SERIES})()?.length > 0")
    with page.expect_download() as found:
        page.get_by_role("button", name="Download PNG").click()
    assert found.value.suggested_filename == "chart.png"
    assert Path(found.value.path()).read_bytes().startswith(b"\x89PNG")


def test_png_in_the_dark(show: Show) -> None:
    """The picture has the background that the page has."""
    page = show(OVER_TIME, view="chart", width=390, scheme="dark")
    page.wait_for_function(f"() => ({SERIES})()?.length > 0")
    with page.expect_download() as found:
        page.get_by_role("button", name="Download PNG").click()
    shown = page.evaluate(CORNER, b64encode(Path(found.value.path()).read_bytes()).decode())
    assert shown == [0x1A, 0x21, 0x29]


def test_rows_after_another_view(show: Show) -> None:
    """A link to another view has the rows, too, and those of the next answer after it."""
    page = show("stats count(*) as n by action | sort n desc", view="statistics")
    open_view(page, "Rows")
    expect_cells(page, "n", ["2225", "373"])
    open_view(page, "Statistics")
    ask(page, "stats count(*) as n")
    open_view(page, "Rows")
    expect_cells(page, "n", ["2751"])


def test_downloads(show: Show) -> None:
    """The result is downloaded in each format, as `--output` writes it."""
    page = show("stats count(*) as n by action | sort n desc")
    content = {}
    for label in ("CSV", "JSON", "Markdown", "Parquet"):
        page.get_by_role("button", name="Download", exact=True).click()
        with page.expect_download() as found:
            page.locator(".q-menu").get_by_text(label, exact=True).click()
        content[found.value.suggested_filename] = Path(found.value.path())
    assert content["result.csv"].read_text().splitlines()[:2] == ["action,n", "ACCEPT,2225"]
    assert json.loads(content["result.json"].read_text())[0] == {"action": "ACCEPT", "n": "2225"}
    assert "| ACCEPT | 2225 |" in content["result.md"].read_text()
    assert pl.read_parquet(content["result.parquet"]).rows()[0] == ("ACCEPT", 2225)


def test_patterns(show: Show) -> None:
    """The patterns are those of the query's events, and new ones with a new answer."""
    page = show("filter action = 'REJECT' | stats count(*)")
    open_view(page, "Patterns")
    page.get_by_text("1 pattern of 373 events").wait_for()
    assert "REJECT" in page.locator(".ag-row").first.inner_text()
    ask(page, "filter action = 'ACCEPT'")
    page.get_by_text("1 pattern of 2,225 events").wait_for()
    page.get_by_role("button", name="To the editor").click()
    playwright.expect(page.locator(".cm-line").last).to_have_text("| pattern @message")


@pytest.mark.parametrize(
    ("query", "patterns"),
    [
        ("", "pattern @message"),
        ("SOURCE 'a' | filter x = 1 | stats count(*)", "SOURCE 'a'\n| filter x = 1\n| pattern @message"),
        ("fields a | sort a | limit 2 | filter b = 1", "fields a\n| pattern @message"),
        ("filter a like /|/ # or |\n| display a", "filter a like /|/ # or |\n| pattern @message"),
    ],
)
def test_query_for_patterns(query: str, patterns: str) -> None:
    """Patterns are those of the events before the first aggregation or limit."""
    assert patterns_query(query) == patterns


def test_statistics(show: Show) -> None:
    """The statistics say what was read, and what matched."""
    page = show("filter action = 'REJECT'", view="statistics")
    text = page.locator(".fl-statistics").inner_text()
    assert "373 (13.6%)" in text
    assert "2,751" in text


def test_link(page: playwright.Page, address: str) -> None:
    """A link without the token shows query, range and view again; so does reloading the page."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".fl-range").click()
    page.get_by_label("From (UTC)").fill("2026-05-01T12:00")
    with ended(page):
        page.get_by_label("From (UTC)").press("Enter")
    ask(page, "stats count(*) as n by action | sort n desc")
    open_view(page, "Chart")
    choose_chart(page, "Pie")
    page.wait_for_function("() => location.search.includes('chart=pie')")
    page.get_by_role("button", name="Link").click()
    page.get_by_text("The link is in the clipboard").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    token = urlsplit(address).path.strip("/")
    assert token not in link
    count = page.locator(".fl-status").inner_text()
    for again in (False, True):
        page.reload() if again else page.goto(link)
        page.wait_for_url(f"**/{token}/?*")
        page.wait_for_selector(".fl-status[data-ended]")
        assert query_of(page) == "stats count(*) as n by action | sort n desc"
        assert "2026-05-01 12:00" in page.locator(".fl-range").inner_text()
        assert page.locator(".fl-status").inner_text().split(" in ")[0] == count.split(" in ")[0]
        page.wait_for_function(f"() => ({SERIES})()?.[0]?.type === 'pie'")


def test_link_of_another_page(open_tab: OpenTab, address: str) -> None:
    """A page on the web cannot run a query by leading to a link: it is shown first, as text."""
    page = open_tab(address)
    page.route("http://example.test/", lambda route: route.fulfill(content_type="text/html", body="<p>elsewhere</p>"))
    link = f"http://{urlsplit(address).netloc}/open?query=fields+%27%3Cimg+src%3Dx%3E%27+as+x"
    open_tab.problems.clear()
    page.goto("http://example.test/")
    page.evaluate("(link) => { location.href = link; }", link)
    page.get_by_text("fields '<img src=x>' as x").wait_for()
    page.get_by_role("button", name="Open").click()
    page.wait_for_selector(".fl-status[data-ended]")
    expect_cells(page, "x", ["<img src=x>"])
    open_tab.problems[:] = [each for each in open_tab.problems if "example.test" not in each]


def test_link_in_another_browser(browser: playwright.Browser, address: str) -> None:
    """A browser that has not opened the console does not get in by a link."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://{urlsplit(address).netloc}/open?query=limit+1")
    page.get_by_text("This browser has not opened the console yet").wait_for()
    context.close()


def test_link_that_is_wrong(show: Show) -> None:
    """A link to what there is not is refused in words, and the page is usable."""
    page = show("limit 1", view="nowhere")
    page.get_by_text("This link cannot be opened: there is no view 'nowhere'").wait_for()
    assert query_of(page).startswith("fields @timestamp")


LINK = PageLink(AskedQuery("filter a = '&=#' \n| limit 2", "-3h", None, ("a&b", "c"), 7), "chart", "pie")


def test_parameters_of_a_link() -> None:
    """A link is read as it was written."""
    assert PageLink.read(parse_qsl(LINK.parameters), ["chart"], ["a&b", "c"]) == LINK


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("view", "x", "there is no view 'x'"),
        ("chart", "../x", "there is no chart"),
        ("group", "x", "there is no log group 'x'"),
        ("limit", "0", "the limit '0' is not a number of rows"),
        ("limit", "9" * 5000, "is not a number of rows"),
        ("start", "yesterday", "invalid time 'yesterday'"),
        ("query", "x" * 10_001, "more than 10,000 characters"),
    ],
)
def test_wrong_parameters(name: str, value: str, message: str) -> None:
    """What a link asks for is checked."""
    with pytest.raises(ValueError, match=re.escape(message)):
        PageLink.read([("query", "limit 1"), (name, value)], [], [])


def test_link_page_is_constant() -> None:
    """The page without a token contains nothing of a request."""
    assert b"data-ask" in link_page(ask=True)
    assert link_page(ask=False) == link_page(ask=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no field `a b` here", [("span", "no field "), ("code", "a b"), ("span", " here")]),
        ("write `` `a-b` ``", [("span", "write "), ("code", "`a-b`")]),
        ("one ` alone, and ``", [("span", "one ` alone, and ``")]),
        ("`a``b`", [("code", "a``b")]),
        ("", []),
    ],
)
def test_code_in_texts(text: str, expected: list[tuple[str, str]]) -> None:
    """What is between backticks is code, as in Markdown."""
    assert parts(text) == expected


@pytest.mark.parametrize("kind", ["line", "bar", "area", "pie", "heatmap", "sankey"])
def test_names_are_no_keys(kind: str) -> None:
    """Names from logs are values of options, never keys, and tooltips are no HTML."""
    evil = ":formatter"
    times = (0, 60_000) if kind in {"line", "area"} else None
    chart = Chart(kind, evil, evil, (evil, "b"), times, (Series(evil, (1.0, None)),))
    options = options_of(chart)
    assert options["tooltip"]["renderMode"] == "richText"
    assert "formatter" not in [key.removeprefix(":") for key in options]
    assert evil in json.dumps(options)
