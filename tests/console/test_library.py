"""Queries to take up again, and queries that are saved, in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright import sync_api as playwright

import flowlocal
from flowlocal.charts.histogram import TimeCounter
from flowlocal.console.case_writer import write_case
from flowlocal.console.library import LibraryQuery, QueryHistory, with_parameters
from flowlocal.console.queries import AnsweredQuery, AskedQuery, OpenedLogs
from flowlocal.shell.saved import SavedQueries
from tests.console.conftest import (
    ROOT,
    SAMPLES,
    Show,
    ask,
    console,
    ended,
    entries,
    expect_cells,
    open_library,
    query_of,
    type_query,
)

BY_ACTION = "stats count(*) as n by action | sort n desc"


@dataclass(frozen=True)
class Work:
    """A console with a folder of saved queries and a history of its own."""

    address: str
    queries: Path
    history: Path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Return a console over the sample logs, with a saved query."""
    folder = tmp_path_factory.mktemp("work")
    queries, history = folder / "queries", folder / "state" / "history"
    queries.mkdir()
    text = "# Flows to a port\n# group: network\n# {{port}} = 22\nfilter dstPort = {{port}} | stats count(*) as n\n"
    (queries / "to-port.insights").write_text(text)
    (queries / "<b>bad name.insights").write_text("stats count(*)\n")
    with console(SAMPLES, "--queries", queries, "--history", history) as address:
        yield Work(address, queries, history)


def run_case(case: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a case with the command, in a folder."""
    command = [sys.executable, "-m", "flowlocal", "test", str(case)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_history(show: Show, work: Work) -> None:
    """What was run is listed, the latest first, can be searched, is put into the editor, and is kept for the shell."""
    page = show(at=work.address)
    ask(page, BY_ACTION)
    ask(page, "filter bytes > 1000\n| stats count(*) as large")
    ask(page, "stats sum(nothing.x) y")
    open_library(page, "History")
    playwright.expect(entries(page)).to_have_count(3)
    playwright.expect(entries(page).first).to_contain_text("stats sum(nothing.x) y")
    page.get_by_label("Search queries").fill("LARGE count")
    playwright.expect(entries(page)).to_have_count(1)
    entries(page).locator("button").first.click()
    playwright.expect(page.locator(".cm-line").first).to_have_text("filter bytes > 1000")
    assert query_of(page) == "filter bytes > 1000\n| stats count(*) as large"
    page.locator(".fl-editor .cm-focused").wait_for()
    with ended(page):
        page.keyboard.press("Control+Enter")
    kept = work.history.read_text()
    assert "+filter bytes > 1000\n+| stats count(*) as large\n" in kept
    assert "fields @timestamp" not in kept


def test_history_is_kept(show: Show, work: Work) -> None:
    """A new tab lists it; the commands of the shell, which keeps them in the same file, are left out."""
    work.history.parent.mkdir(exist_ok=True)
    with work.history.open("a") as file:
        file.write("\n# 2026-05-01 00:00:00\n+limit 3\n\n# 2026-05-01 00:00:01\n+load to-port\n")
    page = show(at=work.address)
    open_library(page, "History")
    playwright.expect(entries(page).first).to_contain_text("limit 3")


def test_cookbook(show: Show, work: Work) -> None:
    """The shipped queries are grouped by task, and run with other values of their parameters."""
    page = show(at=work.address)
    open_library(page, "Cookbook")
    groups = ["network", "security", "cost", "platform", "compliance"]
    playwright.expect(page.locator(".fl-group-name")).to_have_text(groups)
    page.get_by_label("Search queries").fill("traffic-of-host")
    playwright.expect(entries(page)).to_have_count(1)
    page.get_by_label("host", exact=True).fill("10.0.1.10")
    with ended(page):
        page.get_by_role("button", name=re.compile("^Run With whom")).click()
    assert "# {{host}} = 10.0.1.10" in query_of(page)
    assert not page.locator(".fl-error").is_visible()
    page.locator(".ag-row").first.wait_for()


def test_saved(show: Show, work: Work) -> None:
    """A saved query runs with its parameters; files whose names are not those of queries are not listed."""
    page = show(at=work.address)
    open_library(page, "Saved")
    playwright.expect(entries(page).first).to_contain_text("Flows to a port")
    assert "bad name" not in page.locator(".fl-library").inner_text()
    page.get_by_label("port", exact=True).fill("443")
    with ended(page):
        page.get_by_label("port", exact=True).press("Enter")
    expect_cells(page, "n", ["342"])


def test_save(show: Show, work: Work) -> None:
    """A query is saved under a name, replaced, used by others, and never written outside of the folder."""
    page = show(at=work.address)
    type_query(page, BY_ACTION)
    page.keyboard.press("Escape")
    page.locator(".fl-toolbar").get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Save query …").click()
    page.get_by_label("Name").fill("../outside")
    page.get_by_label("Name").press("Enter")
    page.get_by_text("'../outside' is not a valid name").wait_for()
    assert not (work.queries.parent / "outside.insights").exists()
    for word in ("Save", "Replace"):
        if not page.get_by_label("Name").is_visible():
            page.locator(".fl-toolbar").get_by_role("button", name="Save", exact=True).click()
            page.get_by_text("Save query …").click()
        page.get_by_label("Name").fill("by_action")
        page.get_by_role("dialog").get_by_role("button", name=word, exact=True).click()
        page.get_by_text("other queries can use it as $by_action()").first.wait_for()
        page.get_by_role("dialog").wait_for(state="hidden")
    assert (work.queries / "by_action.insights").read_text() == BY_ACTION + "\n"
    ask(page, "$by_action() | limit 1")
    expect_cells(page, "n", ["2225"])


def test_save_case(show: Show, work: Work) -> None:
    """One click saves the query and its answer as a case, which passes, and says where it is."""
    page = show(at=work.address)
    page.locator(".fl-range").click()
    page.get_by_label("To (UTC)").fill("2026-05-01T12:00")
    with ended(page):
        page.get_by_label("To (UTC)").press("Enter")
    ask(page, "# Flows, by action\n" + BY_ACTION)
    page.locator(".fl-toolbar").get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Save as regression case").click()
    case = work.queries / "flows-by-action.insights.toml"
    page.get_by_text(f"flowlocal test {case}").wait_for()
    assert 'end = "2026-05-01T12:00:00.999Z"' in case.read_text()
    tested = run_case(case, ROOT)
    assert (tested.returncode, tested.stderr) == (0, "")


def test_matches() -> None:
    """Every word is searched in all parts of a query, in any case."""
    query = LibraryQuery("Rejected", "by host", "security", "filter action = 'REJECT'", "rejected-by-host")
    assert query.matches("HOST reject")
    assert not query.matches("host accept")


def test_values_of_parameters_stay_in_their_line() -> None:
    """A value with a line break cannot end the comment that contains it."""
    assert with_parameters("limit {{n}}", {"n": "1\n| limit 2"}) == "# {{n}} = 1 | limit 2\nlimit {{n}}"


def test_history_without_repetitions(tmp_path: Path) -> None:
    """A query that is run again is listed once; the file is its owner's alone."""
    history = QueryHistory(tmp_path / "new" / "history")
    for text in ("limit 1", "limit 2", "limit 2", "limit 1", " "):
        history.add(text)
    assert [each.query for each in history.queries()] == ["limit 1", "limit 2"]
    assert (tmp_path / "new" / "history").stat().st_mode & 0o077 == 0


def test_case_in_a_new_folder(tmp_path: Path) -> None:
    """The first case makes the folder, and names the logs from there."""
    opened = OpenedLogs(flowlocal.scan(str(SAMPLES)), (str(SAMPLES),), SavedQueries(tmp_path / "new" / "queries"))
    answer = AnsweredQuery(AskedQuery(BY_ACTION), opened.logs.query(BY_ACTION), TimeCounter(), 1.0)
    paths = [write_case(opened, answer) for _ in range(2)]
    assert [path.name for path in paths] == [
        f"stats-count-as-n-by-action-sort-n-desc{n}.insights.toml" for n in ("", "-2")
    ]


def test_case_with_logs_elsewhere(tmp_path: Path) -> None:
    """A case whose logs are outside of its folder finds them from any folder."""
    logs = tmp_path / "far" / "logs"
    shutil.copytree(SAMPLES, logs)
    opened = OpenedLogs(flowlocal.scan(str(logs)), (str(logs),), SavedQueries(tmp_path / "work" / "queries"))
    answer = AnsweredQuery(AskedQuery(BY_ACTION), opened.logs.query(BY_ACTION), TimeCounter(), 1.0)
    case = write_case(opened, answer)
    assert '"../../far/logs"' in case.read_text()
    tested = run_case(case, logs)
    assert (tested.returncode, tested.stderr) == (0, "")
