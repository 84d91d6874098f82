"""Files that change while they are read: the answer says so; one that grows is read up to its size at opening."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from flowlocal.events import ScanReport, UnreadableInput
from flowlocal.sources import open_events
from tests.sources.conftest import ACCEPTED, HEADER, REJECTED

LINES = [HEADER, *[ACCEPTED] * 5_000]
OTHER = [HEADER, *[REJECTED] * 5_000]


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _events(lines: list[str]) -> bytes:
    events = [{"timestamp": 1418530010000, "message": line} for line in lines[1:]]
    return json.dumps({"events": events}).encode()


def _download(lines: list[str]) -> bytes:
    return _text(["timestamp,message", *(f"1418530010000,{line}" for line in lines[1:])])


def _parquet(lines: list[str]) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"message": lines[1:], "timestamp": 1418530010000}).write_parquet(buffer)
    return buffer.getvalue()


MAKERS: dict[str, Callable[[list[str]], bytes]] = {
    "plain": _text,
    "gzip": lambda lines: gzip.compress(_text(lines)),
    "JSON": _events,
    "CSV": _download,
    "Parquet": _parquet,
}


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _overwrite(path: Path) -> None:
    """Write something else over a file, as ``cp`` does; it may be longer than before."""
    path.write_bytes(b"#" + path.read_bytes())


def _write_into(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"X")


def _replace(path: Path) -> None:
    """Move another file to its place, as a log rotation does."""
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes())
    fresh.replace(path)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(_text([REJECTED] * 100))


def _remove(path: Path) -> None:
    path.unlink()


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut": (_cut, "it was cut from"),
    "overwritten": (_overwrite, "it was written over"),
    "other bytes": (_write_into, "it was written over"),
    "replaced": (_replace, "another file took its place"),
    "grown": (_grow, ""),
    "removed": (_remove, ""),
}


@pytest.fixture(autouse=True, params=[True, False], ids=["in blocks", "whole"])
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in many small blocks, or whole."""
    if request.param:
        monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
        monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 10_000)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("maker", MAKERS)
def test_a_file_that_changes(maker: str, change: str, tmp_path: Path) -> None:
    """Whatever a file is, and whenever it changes: the answer is that of the file as it was, or the change is named."""
    act, words = CHANGES[change]
    for moment in ("opened", "first block"):
        path = tmp_path / f"{moment}.log"
        path.write_bytes(MAKERS[maker](LINES))
        events, report = open_events([str(path)]), ScanReport()
        if moment == "first block":
            report.on_bytes = _once(partial(act, path))
        elif change != "removed":  # which is an error
            act(path)
        actions = _actions(events.read(report))
        if actions is None:
            assert maker == "Parquet"
        elif words:
            assert [each for each in report.warnings if words in each] == [f"{path}: {report.changed[str(path)]}"]
        else:
            assert actions[:5_000] == ["ACCEPT"] * 5_000
            assert maker != "plain" or len(actions) == 5_000
            assert report.changed == {}


def _once(act: Callable[[], None]) -> Callable[[int], None]:
    left = [act]
    return lambda _bytes: left.pop()() if left else None


def _actions(lazy: pl.LazyFrame) -> list[str | None] | None:
    """Return what was read, or None if it could not be, which is a loud answer, too."""
    try:
        return lazy.select("action").collect(engine="streaming")["action"].to_list()
    except UnreadableInput:
        return None


def test_one_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose place another one takes while it is read answers as it was."""
    path = tmp_path / "x.log"
    path.write_bytes(_text(LINES))
    events, report = open_events([str(path)]), ScanReport()

    def swap(_bytes: int) -> None:
        fresh = tmp_path / "fresh"
        fresh.write_bytes(_text(OTHER))
        fresh.replace(path)

    report.on_bytes = swap
    assert _actions(events.read(report)) == ["ACCEPT"] * 5_000


def test_standard_input_that_is_cut(tmp_path: Path) -> None:
    """A file redirected to standard input is checked for changes like a named one."""
    path = tmp_path / "x.log"
    path.write_bytes(_text(LINES))
    with path.open("rb") as stdin:
        events, report = open_events(["-"], stdin=stdin), ScanReport()
        _cut(path)
        _actions(events.read(report))
    assert "-: it was cut from" in report.warnings[0]


def test_a_file_that_stays(tmp_path: Path) -> None:
    """Files that stay as they are, are only linked to or get other permissions, are not warned of."""
    for number in range(3):
        (tmp_path / f"{number}.log").write_bytes(_text(LINES[:10]))
    events, report = open_events([str(tmp_path)]), ScanReport()
    (tmp_path / "0.log").chmod(0o600)
    (tmp_path / "another").hardlink_to(tmp_path / "1.log")
    assert _actions(events.read(report)) == ["ACCEPT"] * 27
    assert report.warnings == []
