"""Pages out of windows, which have few events here: both ways, every event comes once and in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.windows import Cursor, Page, Place, Selection, Window, find_page, read_window
from tests.aws.conftest import GROUP, LINES, record

COUNT = 23


@pytest.fixture
def group(tmp_path: Path) -> FileGroup:
    """Return a group with several events at each time, and one without a time of its own."""
    path = tmp_path / "flow.log"
    lines = [record("10.0.0.1", 1, n, "ACCEPT", 1_777_600_000 + n // 4) for n in range(COUNT - 1)]
    path.write_text("\n".join([*lines, LINES[4]]) + "\n")
    return FileGroup(GROUP, [str(path)])


def messages(page: Page) -> list[str]:
    """Return the messages of a page."""
    return page.events["message"].to_list()


@pytest.mark.parametrize("rows", [1, 3, 5, COUNT, 100])
@pytest.mark.parametrize("size", [1, 2, 4, 100])
@pytest.mark.parametrize("backward", [False, True])
def test_pages(group: FileGroup, monkeypatch: pytest.MonkeyPatch, rows: int, size: int, backward: bool) -> None:
    """Pages of any size out of windows of any size are all events; the last one says so."""
    monkeypatch.setattr("flowlocal.aws.windows.MOST_ROWS", rows)
    events = group.events()

    def read(anchor: Place | None) -> Window:
        return read_window(events, Selection(), anchor, backward)

    found: list[str] = []
    page = find_page(read, Cursor(), size, backward=backward)
    while messages(page):
        assert len(messages(page)) <= size
        found = [*messages(page), *found] if backward else [*found, *messages(page)]
        assert page.complete is (len(found) == COUNT)
        page = find_page(read, page.cursor, size, backward=backward)
    monkeypatch.undo()
    assert found == read_window(events, Selection(), None, backward=False).events["message"].to_list()
    assert len(found) == COUNT
