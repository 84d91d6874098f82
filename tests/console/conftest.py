"""A console over the sample logs, and a browser that fails for errors and for requests to elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import urlencode

import pytest
from playwright import sync_api as playwright

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_logs" / "s3"
Scheme = Literal["light", "dark"]
BROWSERS = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
"""The first one has no windows at all, and takes a quarter less of the processor's time for the same tests."""
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def console(*arguments: str | Path, keep: bool = True) -> Iterator[str]:
    """Run the command and yield the address that it prints."""
    with running(*arguments, *(["--keep"] if keep else [])) as (process, address):
        yield address
        assert process.poll() is None


@contextmanager
def running(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield its process and the address that it prints."""
    command = [sys.executable, "-m", "flowlocal", "console", "--no-browser", "--port", "0", *map(str, arguments)]
    with TemporaryDirectory() as state, _started(command, {**os.environ, "XDG_STATE_HOME": state}) as process:
        assert process.stdout
        found = re.search(r"http://\S+/", process.stdout.readline())
        try:
            assert found
            yield process, found[0]
        finally:
            process.terminate()


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Return the address of a console over the sample logs."""
    with console(SAMPLES) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[playwright.Browser]:
    """Return a browser without a window."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="package")
def context(browser: playwright.Browser) -> playwright.BrowserContext:
    """Return what the tabs of one user share: the browser loads scripts once for all of them."""
    return browser.new_context()


@pytest.fixture
def open_tab(context: playwright.BrowserContext) -> Iterator[OpenTab]:
    """Return what opens tabs; at the end, none of them has reported an error or asked elsewhere."""
    opener = OpenTab(context)
    yield opener
    opener.close()
    assert opener.problems == []


@pytest.fixture(scope="package")
def shared_tab(context: playwright.BrowserContext) -> Iterator[SharedTab]:
    """Return the tab that most tests use, one after the other."""
    opener = OpenTab(context)
    yield SharedTab(opener)
    opener.close()


@pytest.fixture
def show(shared_tab: SharedTab, address: str) -> Iterator[Show]:
    """Return what loads the page anew with a query; at the end, it has reported no error and asked nowhere else."""
    shared_tab.opener.problems.clear()
    yield partial(shared_tab.show, at=address)
    assert shared_tab.opener.problems == []
    shared_tab.leave_other(address)


@pytest.fixture
def page(show: Show) -> playwright.Page:
    """Return a tab that shows the answer to its first query."""
    return show()


@pytest.fixture
def editor(shared_tab: SharedTab, address: str) -> Iterator[playwright.Page]:
    """Return a tab for tests that change no more than the query, so that it is not loaded anew for each of them."""
    shared_tab.opener.problems.clear()
    yield shared_tab.type(address)
    assert shared_tab.opener.problems == []


class OpenTab:
    """Opens tabs of one user."""

    def __init__(self, context: playwright.BrowserContext) -> None:
        self.problems: list[str] = []
        self._context = context
        self._pages: list[playwright.Page] = []
        self._own: set[str] = set()

    def __call__(self, address: str) -> playwright.Page:
        """Return a tab with the page at an address, after its first answer."""
        page = self.blank()
        self.load(page, address)
        return page

    def blank(self) -> playwright.Page:
        """Return a tab with nothing in it."""
        page = self._context.new_page()
        self._pages.append(page)
        page.set_default_timeout(30_000)
        page.on("console", lambda message: self._note(message.type == "error", message.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on("request", lambda each: self._note(not self._is_own(each.url), f"request to {each.url}"))
        page.on("websocket", lambda each: self._note(not self._is_own(each.url), f"socket to {each.url}"))
        return page

    def load(self, page: playwright.Page, address: str) -> None:
        """Load the page at an address in a tab; return when it has its first answer."""
        self._own.add(address.split("/")[2])
        page.goto(address)
        page.wait_for_selector(".fl-status[data-ended]")

    def close(self) -> None:
        """Close all tabs."""
        for page in self._pages:
            page.close()

    def _note(self, is_problem: bool, text: str) -> None:
        if is_problem and "ERR_CONNECTION_REFUSED" not in text:  # of a console that has ended before its tabs
            self.problems.append(text)

    def _is_own(self, url: str) -> bool:
        return url.startswith(("data:", "blob:")) or url.split("/")[2] in self._own


class SharedTab:
    """A tab that is loaded anew for each test, or that goes on if the tests before changed no more than the query."""

    def __init__(self, opener: OpenTab) -> None:
        self.opener = opener
        self._page: playwright.Page | None = None
        self._is_new = False

    def type(self, address: str) -> playwright.Page:
        """Return the tab, in which nothing else than the query has changed."""
        if self._page is None or not self._is_new:
            self.show(at=address)
            self._is_new = True
        assert self._page
        self._page.mouse.move(0, 0)
        return self._page

    def show(
        self, query: str = "", *, at: str, width: int = 1280, scheme: Scheme = "light", **parameters: str
    ) -> playwright.Page:
        """Load the page with a query, or with its usual one; return when it is answered.

        Args:
            query: the query.
            at: the address of the console.
            width: the width of the window.
            scheme: light or dark.
            **parameters: those of a link.
        """
        wanted = f"{at}?{urlencode({'query': query, **parameters})}" if query else at
        self._is_new = False
        if self._page is None:
            self._page = self.opener.blank()
        self._page.set_viewport_size({"width": width, "height": 844})
        self._page.emulate_media(color_scheme=scheme)
        self._page.mouse.move(0, 0)
        self.opener.load(self._page, wanted)
        return self._page

    def leave_other(self, address: str) -> None:
        """Leave the page of another console, which may end before the tab is used again."""
        if self._page and not self._page.url.startswith(address):
            self._page.goto("about:blank")


Show = Callable[..., playwright.Page]
"""Shows a query, as ``SharedTab.show`` does at the address of the console."""


def type_query(page: playwright.Page, text: str) -> None:
    """Replace the query in the editor by typing."""
    page.bring_to_front()  # clicks in another tab than the shown one take seconds
    editor = page.locator(".cm-content")
    editor.click()
    for key in ("Control+a", "Delete"):
        editor.press(key)  # which gives it the keyboard: a list that was closed may have taken it back
    editor.press_sequentially(text)


def finding(page: playwright.Page, underlined: playwright.Locator) -> playwright.Locator:
    """Point at an underlined text until what is wrong is shown: a text that is drawn anew just then shows nothing."""
    found = page.locator(".q-hover .q-finding")

    def point() -> None:
        page.mouse.move(0, 0)
        underlined.hover()

    _until_shown(found, point)
    return found


def open_row(page: playwright.Page, cell: playwright.Locator) -> None:
    """Double-click a cell until its row is shown: columns that get their widths just then move it away."""
    _until_shown(page.get_by_label("Whole line"), cell.dblclick)


def _until_shown(found: playwright.Locator, act: Callable[[], None]) -> None:
    """Do something again until what it is to show is there."""
    for _ in range(10):
        act()
        with suppress(playwright.TimeoutError):
            found.wait_for(timeout=3_000)
            break
    assert found.is_visible()


def ask(page: playwright.Page, text: str) -> None:
    """Paste a query, and run it with Ctrl-Enter; return when it is answered."""
    editor = page.locator(".cm-content")
    type_query(page, "")
    for _ in range(5):
        editor.focus()
        page.keyboard.insert_text(text)
        until = time.monotonic() + 2
        while not query_of(page).strip() and time.monotonic() < until:
            time.sleep(0.01)
        if query_of(page).strip():
            break
    with ended(page):
        editor.press("Control+Enter")


@contextmanager
def ended(page: playwright.Page) -> Iterator[None]:
    """Wait until a query that is started in the block has ended."""
    script = "() => document.querySelector('.fl-status').dataset.ended"
    before = page.evaluate(script)
    yield
    page.wait_for_function(f"(before) => ({script})() !== before", arg=before)


def query_of(page: playwright.Page) -> str:
    """Return the text in the editor."""
    return "\n".join(page.locator(".cm-line").all_inner_texts())


def cells(page: playwright.Page, column: str) -> list[str]:
    """Return the cells of a column that are shown."""
    head = page.locator(".ag-header-cell").filter(has=page.get_by_text(column, exact=True)).first
    at = head.get_attribute("col-id")
    return page.locator(f".ag-row [col-id='{at}']").all_inner_texts()


def expect_cells(page: playwright.Page, column: str, first: list[str]) -> None:
    """Wait until a column begins with some cells."""
    until = time.monotonic() + 20
    while cells(page, column)[: len(first)] != first:
        assert time.monotonic() < until, (column, cells(page, column), first)
        time.sleep(0.05)


def entries(page: playwright.Page) -> playwright.Locator:
    """Return the queries that are listed."""
    return page.locator(".fl-library .fl-entry")


def open_library(page: playwright.Page, kind: str) -> None:
    """Open the list of queries of a kind."""
    page.bring_to_front()
    page.get_by_role("button", name="Queries", exact=True).click()
    page.locator(".fl-library").get_by_role("button", name=kind, exact=True).click()
