"""Rows, fields and values in a browser: what a click or a key does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright import sync_api as playwright

from tests.console.conftest import Show, ask, console, ended, expect_cells, query_of, type_query

RECORD = "2 123456789010 eni-1 10.0.{}.{} 10.0.0.9 {} 22 6 20 {} 1777600000 1777600060 ACCEPT OK\n"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a console over 200,000 different records."""
    folder = tmp_path_factory.mktemp("many")
    lines = (RECORD.format(n // 250 % 250, n % 250, n % 60_000, n) for n in range(200_000))
    (folder / "flow.log").write_text("".join(lines))
    with console(folder) as address:
        yield address


def cell(page: playwright.Page, row: int, column: int) -> playwright.Locator:
    """Return a cell of the grid."""
    return page.locator(f".ag-row[row-index='{row}'] [col-id='c{column}']")


def test_include_and_exclude(show: Show) -> None:
    """A click on a value offers to include or exclude it; both change the query and run it."""
    page = show("fields action, dstPort | sort @timestamp desc")
    expect_cells(page, "dstPort", ["443", "50633"])
    cell(page, 0, 1).click()
    with ended(page):
        page.get_by_text("Include dstPort = 443").click()
    assert query_of(page) == "filter dstPort = 443\n| fields action, dstPort\n| sort @timestamp desc"
    expect_cells(page, "dstPort", ["443", "443"])
    cell(page, 0, 1).click()
    with ended(page):
        page.get_by_text("Exclude dstPort = 443").click()
    assert query_of(page).startswith("filter dstPort != 443\n| fields")
    expect_cells(page, "dstPort", ["50633"])


def test_include_a_computed_value(show: Show) -> None:
    """A condition on a value that the query computes comes where it is known."""
    page = show("stats count(*) as n by action | sort n desc")
    expect_cells(page, "n", ["2225"])
    cell(page, 0, 1).click()
    with ended(page):
        page.get_by_text("Exclude n = 2225").click()
    expect_cells(page, "n", ["373", "153"])


def test_row(show: Show) -> None:
    """Enter opens a row: all fields of its event, the whole line, and where it is; its values filter, too."""
    page = show("fields dstPort | filter srcAddr = '203.0.113.66' | limit 1")
    cell(page, 0, 0).click()
    page.keyboard.press("Escape")
    cell(page, 0, 0).focus()
    page.keyboard.press("Enter")
    line = page.get_by_label("Whole line")
    line.wait_for()
    assert "203.0.113.66" in line.inner_text()
    assert ".log.gz:" in page.locator(".fl-row").inner_text()
    with ended(page):
        page.get_by_role("button", name="Include interfaceId").click()
    assert "filter interfaceId = " in query_of(page)


def test_value_menu(show: Show) -> None:
    """The menu of a value copies it, and opens its row."""
    page = show("fields action | sort @timestamp desc | limit 1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell(page, 0, 0).click()
    page.get_by_text("Copy the value").click()
    page.wait_for_function("async () => await navigator.clipboard.readText() === 'ACCEPT'")
    cell(page, 0, 0).click()
    page.get_by_text("Open the row").click()
    page.get_by_label("Whole line").wait_for()


def test_fields(page: playwright.Page) -> None:
    """The panel has each field's coverage and values with shares, which filter the query."""
    page.get_by_label("Find a field").fill("act")
    field = page.locator(".fl-field:visible")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.fl-field')].filter((e) => e.offsetParent).length === 1"
    )
    assert "94%" in field.inner_text()
    field.get_by_text("action").click()
    field.get_by_text("REJECT").wait_for()
    assert "14%" in field.inner_text()
    with ended(page):
        page.get_by_role("button", name="Include action REJECT").click()
    assert query_of(page).startswith('filter action = "REJECT"\n| fields')
    assert "373 of 2,751" in page.locator(".fl-status").inner_text()
    with ended(page):
        page.get_by_role("button", name="Exclude action REJECT").click()
    assert query_of(page).startswith('filter action != "REJECT"\n| fields')


def test_frequent_values_complete(page: playwright.Page) -> None:
    """After a comparison, the values that the field has are offered, the most frequent first."""
    page.locator(".fl-field").first.wait_for()
    type_query(page, "filter action = ")
    page.keyboard.press("Control+Space")
    options = page.locator(".cm-tooltip-autocomplete li")
    options.first.wait_for()
    assert [each.split("\n")[0] for each in options.all_inner_texts()] == ['"ACCEPT"81%', '"REJECT"14%']


def test_columns(show: Show) -> None:
    """Columns are chosen, sorted as numbers, and made wider."""
    page = show("fields srcAddr, bytes | limit 200")
    heads = page.locator(".ag-header-cell:visible")
    page.locator(".ag-header-cell", has_text="bytes").click()
    page.wait_for_function("() => document.querySelector('.ag-header-cell[aria-sort=ascending]')")
    shown = [int(each) for each in page.locator(".ag-row [col-id='c1']").all_inner_texts() if each != "-"]
    assert len(shown) > 5
    edge = page.locator(".ag-header-cell[col-id='c0'] .ag-header-cell-resize").bounding_box()
    before = heads.first.bounding_box()
    assert edge
    assert before
    page.mouse.move(edge["x"] + 3, edge["y"] + 10)
    page.mouse.down()
    page.mouse.move(edge["x"] + 120, edge["y"] + 10, steps=5)
    page.mouse.up()
    after = heads.first.bounding_box()
    assert after
    assert after["width"] > before["width"] + 50
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="srcAddr").click()
    page.wait_for_function("() => !document.querySelector('.ag-header-cell[col-id=c0]')")


def test_ten_thousand_rows(show: Show, many: str) -> None:
    """Ten thousand rows scroll to their end by keys; a note says that there are more."""
    query = "fields bytes, srcAddr, dstAddr, dstPort, action, @message | sort bytes desc"
    page = show(query, at=many)
    expect_cells(page, "bytes", ["199999"])
    cell(page, 0, 0).click()
    page.keyboard.press("Escape")
    cell(page, 0, 0).focus()
    page.keyboard.press("Control+End")
    page.locator(".ag-row[row-index='9999']").wait_for()
    page.get_by_role("button", name="Notes").click()
    page.locator(".fl-note", has_text="The first 10,000 of 200,000 rows").wait_for()


def test_stop(show: Show, many: str) -> None:
    """A query says how far it is, is stopped, and another one is answered."""
    page = show("limit 1", at=many)
    type_query(page, "pattern @message")
    page.keyboard.press("Escape")
    with ended(page):
        page.keyboard.press("Control+Enter")
        page.get_by_text(re.compile(r"^Running: \d+% read, ")).wait_for()
        page.get_by_role("button", name="Stop").click()
    assert "Stopped" in page.locator(".fl-status").inner_text()
    ask(page, "stats count(*) as n")
    expect_cells(page, "n", ["200000"])


def test_help(editor: playwright.Page) -> None:
    """Pointing at a word shows its page."""
    type_query(editor, "sort bytes")
    editor.keyboard.press("Escape")
    editor.locator(".q-command", has_text="sort").hover()
    editor.locator(".q-page", has_text="sort").wait_for()


def test_keys(editor: playwright.Page) -> None:
    """The editor can be left by keys, and the keys are listed."""
    editor.locator(".cm-content").click()
    editor.keyboard.press("Escape")
    editor.keyboard.press("Tab")
    assert editor.evaluate("!document.activeElement.closest('.cm-editor')")
    editor.get_by_role("button", name="Keys").click()
    editor.get_by_text("leave the editor").wait_for()
    editor.keyboard.press("Escape")


def test_keys_reach_everything(page: playwright.Page) -> None:
    """Tab leads to every part of the page, and past the rows; Enter opens a menu, and Esc closes it."""
    name = "() => (document.activeElement.ariaLabel || document.activeElement.innerText).trim().split('\\n').at(-1)"
    wanted = {"Query", "Rows", "Columns", "Download", "Link", "bytes", "Fields", "Queries", "Keys", "Light or dark"}
    wanted |= {"Find a field", "action, 94% of events", "Time range", "Limit", "Save", "Format", "Run"}
    page.locator(".fl-field").first.wait_for()
    page.locator(".cm-content").click()
    page.keyboard.press("Escape")
    reached: list[str] = []
    while not reached or (reached[-1] != "Time range" and len(reached) < 100):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(name))
    page.keyboard.press("Enter")
    page.get_by_label("From (UTC)").wait_for()
    page.keyboard.press("Escape")
    page.get_by_label("From (UTC)").wait_for(state="hidden")
    while reached[-1] != "Query" and len(reached) < 200:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(name))
    assert wanted - set(reached) == set()


def test_everything_has_a_name(page: playwright.Page) -> None:
    """Screen readers have a name for every button, input, and region."""
    script = """() => [...document.querySelectorAll('button, input, [role=button], [role=combobox]')]
        .filter((e) => e.offsetParent && !e.closest('.ag-root-wrapper'))
        .filter((e) => !(e.ariaLabel || e.innerText.trim() || e.labels?.length || e.closest('label')))
        .map((e) => e.outerHTML.slice(0, 200))"""
    assert page.evaluate(script) == []
    assert page.get_by_label("Query").count()
    assert page.get_by_role("img", name="2,751 events").count()
