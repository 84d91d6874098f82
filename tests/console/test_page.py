"""The page in a browser: typing, clicking, and what is shown."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest
from playwright import sync_api as playwright

from tests.console.conftest import (
    SAMPLES,
    OpenTab,
    Scheme,
    Show,
    ask,
    console,
    ended,
    entries,
    expect_cells,
    finding,
    open_library,
    open_row,
    query_of,
    running,
    type_query,
)
from tests.console.test_guard import status

BY_ACTION = "stats count(*) as n by action | sort n desc"
EVIL = "<img src=x onerror=alert(1)>"
RECORD = "2 123456789010 eni-1 10.0.0.1 10.0.0.9 49152 22 6 20 4249 1777600000 1777600060 ACCEPT OK"


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a console for other machines, too, over two log groups with hostile names and values."""
    folder = tmp_path_factory.mktemp("groups")
    event = {"timestamp": 1777600000000, "message": json.dumps({EVIL: EVIL, ":onclick": "alert(1)", "n": 1})}
    (folder / "a.log").write_text(f"{RECORD}\n2 {EVIL} {{{{7*7}}}} </script>\n")
    (folder / "a.json").write_text(json.dumps({"events": [event]}))
    paths = (f"--log-group=lines={folder / 'a.log'}", f"--log-group=json={folder / 'a.json'}")
    with console("--host", "0.0.0.0", *paths) as address:
        yield address.replace("0.0.0.0", "127.0.0.1")


def test_first_page(page: playwright.Page) -> None:
    """The first page shows the newest events, the histogram and the statistics."""
    assert "2,751 of 2,751 records matched" in page.locator(".fl-status").inner_text()
    assert "2,751 events" in page.locator(".fl-timeline").inner_text()
    page.locator(".ag-row").first.wait_for()


def test_run_with_keys(editor: playwright.Page) -> None:
    """Ctrl-Enter runs the typed query."""
    ask(editor, BY_ACTION)
    expect_cells(editor, "n", ["2225", "373", "153"])
    assert "3 rows" in editor.locator(".fl-status").inner_text()


def test_run_with_button(editor: playwright.Page) -> None:
    """So does the button."""
    type_query(editor, "stats count(*) as n")
    editor.keyboard.press("Escape")
    with ended(editor):
        editor.get_by_role("button", name="Run").click()
    expect_cells(editor, "n", ["2751"])


def test_typing_fast_loses_nothing(editor: playwright.Page) -> None:
    """Twenty keys a second arrive, in order, in the browser and at the server."""
    text = "# " + "abcdefghij" * 12
    type_query(editor, "")
    editor.keyboard.type(text, delay=50)
    assert query_of(editor) == text
    editor.keyboard.press("Control+Enter")
    editor.locator(".fl-error:visible").wait_for()
    assert query_of(editor) == text


@pytest.mark.parametrize(
    ("typed", "offered", "whole"),
    [
        ("fil", "filter", "filter"),
        ("filter dstP", "dstPort", "filter dstPort"),
        ("stats cou", "count", "stats count("),
        ("filter isIpv4", "isIpv4InSubnet", "filter isIpv4InSubnet("),
        ("stats count(*) as flows by action | sort flo", "flows", "stats count(*) as flows by action | sort flows"),
    ],
)
def test_completion(editor: playwright.Page, typed: str, offered: str, whole: str) -> None:
    """Commands, fields, functions and names are offered in the browser; Tab takes one."""
    type_query(editor, typed)
    option = editor.locator(".cm-tooltip-autocomplete li", has_text=offered).first
    option.wait_for()
    time.sleep(0.1)  # CodeMirror ignores keys right after the list appears
    while not option.get_attribute("aria-selected"):
        editor.keyboard.press("ArrowDown")
    editor.keyboard.press("Tab")
    assert query_of(editor).startswith(whole)


def test_completion_in_haste(editor: playwright.Page) -> None:
    """Tab begins no line if the list has just appeared; it takes the first completion, or none if it came too early."""
    type_query(editor, "fil")
    editor.locator(".cm-tooltip-autocomplete li").first.wait_for()
    editor.keyboard.press("Tab")
    editor.keyboard.type("x")
    editor.wait_for_function("() => document.querySelector('.cm-content').innerText.endsWith('x')")
    assert query_of(editor) in {"filx", "filldownx"}


def test_highlighting(editor: playwright.Page) -> None:
    """Each kind of word has its class."""
    type_query(editor, "filter action = 'REJECT' and bytes > 10 # why\n| stats count(*) by nothing")
    editor.keyboard.press("Escape")
    for kind, text in {
        "command": "filter",
        "field": "action",
        "text": "'REJECT'",
        "keyword": "and",
        "number": "10",
        "comment": "# why",
        "function": "count",
        "name": "nothing",
    }.items():
        assert text in editor.locator(f".q-{kind}").all_inner_texts()


def test_malformed(editor: playwright.Page) -> None:
    """A malformed query is an error with its place, below the editor and under the text."""
    ask(editor, "stats cuont(*)")
    assert "line 1, column 7" in editor.locator(".fl-error").inner_text()
    editor.locator(".q-underline--error").wait_for()
    assert "cuont" in finding(editor, editor.locator(".q-underline--error")).inner_text()
    ask(editor, "stats count(*)")
    assert not editor.locator(".fl-error").is_visible()


def test_findings_while_typing(editor: playwright.Page) -> None:
    """What `check` finds is underlined before the query runs, and says what to write; code in it has no backticks."""
    type_query(editor, "filter action = REJECT")
    editor.keyboard.press("Escape")
    underlined = editor.locator(".q-underline--warning", has_text="REJECT")
    assert "FL502" in finding(editor, underlined).inner_text()
    playwright.expect(editor.locator(".q-hover .q-fix code")).to_have_text('"REJECT"')


def test_notes(show: Show) -> None:
    """Why an answer is empty is said in a drawer."""
    page = show("filter action = REJECT")
    page.locator(".ag-overlay-no-rows-wrapper").wait_for()
    page.get_by_role("button", name="Notes").click()
    note = page.locator(".fl-note", has_text="FL502")
    note.wait_for()
    assert "shell" not in note.inner_text()
    playwright.expect(note.locator("code", has_text='"REJECT"')).to_have_text('"REJECT"')
    page.get_by_role("button", name="Close notes").click()


def test_odd_lines(show: Show, groups: str) -> None:
    """Lines that are not records are notes with their place, and values are text, not HTML."""
    page = show(at=groups)
    ask(page, f"source 'lines' | fields @message, '{EVIL}' as `:{EVIL}`")
    expect_cells(page, f":{EVIL}", [EVIL, EVIL])
    page.get_by_role("button", name="Notes").click()
    page.locator(".fl-note", has_text="a.log:2").wait_for()
    assert page.locator("img[src='x']").count() == 0


def test_hostile_names(show: Show, groups: str) -> None:
    """Keys and values of JSON logs are text wherever they are shown: never HTML, never code."""
    page = show(at=groups)
    ask(page, f"source 'json' | fields `{EVIL}`, `:onclick`")
    expect_cells(page, ":onclick", ["alert(1)"])
    page.locator(".fl-field", has_text=EVIL).click()
    page.locator(".fl-value", has_text=EVIL).wait_for()
    open_row(page, page.locator(".ag-row .ag-cell").first)
    page.get_by_role("button", name="Close row").click()
    type_query(page, "filter `<i")
    page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    assert page.locator("img[src='x']").count() == 0


@pytest.mark.parametrize("chart", ["pie", "bar", "heatmap"])
def test_hostile_names_in_charts(show: Show, groups: str, chart: str) -> None:
    """So are they in titles, labels and tooltips of charts, in the choice of columns, and in the history."""
    keys = f"`{EVIL}`, `:onclick`" if chart == "heatmap" else f"`{EVIL}`"
    query = f"source 'json' | stats count(*) as `n{EVIL}` by {keys}"
    page = show(query, at=groups, view="chart", chart=chart)
    page.locator(".fl-views", has_text="Chart").wait_for()
    page.get_by_text(f"n{EVIL} by {EVIL}").wait_for()
    page.locator(".fl-chart canvas").last.hover()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name=f"n{EVIL}").wait_for()
    page.keyboard.press("Escape")
    ask(page, f"limit 1 # {EVIL}")
    page.get_by_role("button", name="Queries", exact=True).click()
    page.locator(".fl-library .fl-entry", has_text=EVIL).first.wait_for()
    assert page.locator("img[src='x']").count() == 0


def test_drag_over_the_histogram(page: playwright.Page) -> None:
    """Dragging over the histogram narrows the time range."""
    box = page.locator(".fl-timeline-chart canvas").bounding_box()
    assert box
    with ended(page):
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 30)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40, steps=8)
        page.mouse.up()
    assert "2026-05-01" in page.locator(".fl-range").inner_text()
    assert "2,751 of" not in page.locator(".fl-status").inner_text()


def test_time_range(page: playwright.Page) -> None:
    """A range is typed or chosen."""
    page.locator(".fl-range").click()
    page.get_by_label("From (UTC)").fill("2026-05-01T12:00")
    page.get_by_label("To (UTC)").fill("2026-05-01T12:59:59")
    with ended(page):
        page.get_by_label("To (UTC)").press("Enter")
    assert "2026-05-01 12:00" in page.locator(".fl-range").inner_text()
    assert "of 2,751 records" in page.locator(".fl-status").inner_text()
    page.locator(".fl-range").click()
    with ended(page):
        page.get_by_role("button", name="All of the logs").last.click()
    assert "2,751 of 2,751" in page.locator(".fl-status").inner_text()
    page.locator(".fl-range").click()
    with ended(page):
        page.get_by_role("button", name="Last 3 hours").click()
    assert "Last 3 hours" in page.locator(".fl-range").inner_text()
    page.get_by_role("button", name="Notes").click()
    page.locator(".fl-note", has_text="Choose another time range").wait_for()


def test_limit(page: playwright.Page) -> None:
    """The limit bounds the rows, and a note says so."""
    type_query(page, "fields @timestamp")
    page.keyboard.press("Escape")
    page.get_by_label("Limit").fill("5")
    page.get_by_label("Limit").press("Tab")
    with ended(page):
        page.get_by_role("button", name="Run").click()
    assert "5 rows" in page.locator(".fl-status").inner_text()


def test_log_groups(show: Show, groups: str) -> None:
    """Chosen log groups are read, and others are not."""
    page = show(at=groups)
    ask(page, "stats count(*) as n")
    expect_cells(page, "n", ["3"])
    page.get_by_label("Log groups").click()
    page.get_by_role("option", name="lines").click()
    page.keyboard.press("Escape")
    with ended(page):
        page.get_by_role("button", name="Run").click()
    expect_cells(page, "n", ["2"])


@pytest.mark.parametrize("by_key", [False, True])
def test_format(editor: playwright.Page, by_key: bool) -> None:
    """The button lays the query out, and so do keys."""
    type_query(editor, "stats count(*)  by action|sort action")
    editor.keyboard.press("Escape")
    if by_key:
        editor.keyboard.press("Shift+Alt+KeyF")
    else:
        editor.get_by_role("button", name="Format").click()
    editor.wait_for_function("() => document.querySelectorAll('.cm-line').length === 2")
    assert query_of(editor) == "stats count(*) by action\n| sort action"


def test_tabs_are_apart(open_tab: OpenTab, browser: playwright.Browser, address: str) -> None:
    """A second tab, and a second user, do not see the first one's query, result or range."""
    first, *others = open_tab(address), open_tab(address), OpenTab(browser.new_context())(address)
    ask(first, BY_ACTION)
    for each in others:
        assert "fields @timestamp" in query_of(each)
        assert "3 rows" not in each.locator(".fl-status").inner_text()


def test_history_of_others(open_tab: OpenTab, groups: str) -> None:
    """A console that other machines can reach keeps nothing: a tab does not list what another one ran."""
    first, second = open_tab(groups), open_tab(groups)
    ask(first, BY_ACTION)
    open_library(first, "History")
    playwright.expect(entries(first)).to_have_count(1)
    open_library(second, "History")
    second.get_by_text("No query has been run yet.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_layout(show: Show, scheme: Scheme, width: int) -> None:
    """Nothing is wider than the window, in light and in dark, on a phone and on a screen."""
    page = show(width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.classList.contains('body--dark')") is (scheme == "dark")
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function(f"() => document.body.classList.contains('body--dark') === {str(scheme == 'light').lower()}")


def test_ends_with_the_last_tab(open_tab: OpenTab, groups: str) -> None:
    """When the last tab is closed, the console ends, except with `--keep`; loading it again does not end it."""
    with running(SAMPLES) as (process, address):
        open_tab(groups)
        page = open_tab(address)
        page.reload()
        page.wait_for_selector(".ag-row")
        assert process.poll() is None
        open_tab.close()
        assert process.wait(60) == 0
        assert status(groups) == 200


def test_ends_with_ctrl_c() -> None:
    """Ctrl-C ends it without a traceback."""
    with running(SAMPLES) as (process, address):
        assert status(address) == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
