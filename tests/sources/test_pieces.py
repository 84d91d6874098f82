"""Files of records are read in pieces of which nothing is kept; whatever else is in a file, the answer is the same."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.sources.containers import members
from flowlocal.sources.reading import blocks, lines, tables
from flowlocal.sources.reading.tables import Lines, PartedLines

RECORD = "2 123456789012 eni-1235b8ca123456789 10.0.0.{0} 10.0.1.7 49152 {1} 6 10 {0} {2} 1620140699 {3} OK"
NUMBERS = "stats count(*), sum(bytes) by dstPort, bin(5m)"
SEARCH = "filter @message like /REJECT/ | fields @timestamp, @message, @logStream, bytes"


def _records(count: int, first: int = 0) -> list[str]:
    actions = ["ACCEPT", "ACCEPT", "ACCEPT", "REJECT"]
    return [
        RECORD.format(each % 250, 20 + each % 5, 1620140000 + 60 * each, actions[each % 4])
        for each in range(first, first + count)
    ]


TEXTS: dict[str, tuple[bool, Callable[[], str]]] = {
    "records": (True, lambda: "\n".join(_records(100)) + "\n"),
    "no newline at the end": (True, lambda: "\n".join(_records(100))),
    "carriage returns": (True, lambda: "\r\n".join(_records(100)) + "\r\n"),
    "a header line at the beginning": (True, lambda: f"{HEADER}\n" + "\n".join(_records(100)) + "\n"),
    "times that are missing": (
        True,
        lambda: "\n".join([*_records(50), *[RECORD.format(9, 22, "-", "ACCEPT")] * 20, *_records(50, 50)]) + "\n",
    ),
    "times before the records": (
        True,
        lambda: "".join(f"2021-05-04T15:{n % 60:02}:00.000Z {each}\n" for n, each in enumerate(_records(100))),
    ),
    "a header line in the middle": (False, lambda: "\n".join([*_records(50), HEADER, *_records(50, 50)]) + "\n"),
    "a line that is no record": (False, lambda: "\n".join([*_records(90), "oddity", *_records(10, 90)]) + "\n"),
    "another layout": (
        False,
        lambda: "\n".join([*_records(90), "version action", "2 REJECT", *_records(9, 90)]) + "\n",
    ),
    "a text that is not ASCII": (False, lambda: "\n".join([*_records(90), _records(1)[0].replace("OK", "ÖK")]) + "\n"),
    "a very long line": (
        False,
        lambda: "\n".join([*_records(60), _records(1)[0].replace(" OK", " " + "x" * 9000), *_records(40)]) + "\n",
    ),
}
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)


@pytest.mark.parametrize("stored", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("query", [NUMBERS, SEARCH])
@pytest.mark.parametrize(("is_plain", "text"), TEXTS.values(), ids=TEXTS)
def test_answers_do_not_depend_on_pieces(  # noqa: PLR0917 - pytest passes them by name
    is_plain: bool,
    text: Callable[[], str],
    query: str,
    stored: Callable[[bytes], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same rows, counts, odd lines and warnings; lines that are no records are read whole, once one was seen."""
    path, found = tmp_path / "flow.log", list[bool]()
    path.write_bytes(stored(text().encode()))

    def noted(reader: blocks.BlockReader, block: blocks.LineBlock, given: Lines) -> blocks.Chunk | None:
        chunk = original(reader, block, given)
        found.append(chunk is not None)
        return chunk

    def answer() -> object:
        result = flowlocal.query(query, path)
        report = result.report
        return result.rows, report.records, report.bytes, report.odd_lines, report.odd_count, report.warnings

    original = blocks.BlockReader.read_in_pieces
    monkeypatch.setattr(lines, "SMALL", 0)
    monkeypatch.setattr(members, "STEP_BYTES", 900)
    monkeypatch.setattr(blocks.BlockReader, "read_in_pieces", lambda *_: None)
    whole = answer()
    monkeypatch.setattr(lines, "BLOCK_BYTES", 2500)
    monkeypatch.setattr(tables, "_PIECE", 700)
    monkeypatch.setattr(tables, "_LONGEST", 200)
    monkeypatch.setattr(blocks.BlockReader, "read_in_pieces", noted)
    assert answer() == whole
    assert found
    assert all(found) == is_plain


def test_a_file_that_shrinks_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of it before counts, and the loss is reported."""
    path = tmp_path / "flow.log"
    path.write_text("\n".join(_records(100)) + "\n")
    logs = flowlocal.scan(path)
    path.write_text("\n".join(_records(40)) + "\n")
    monkeypatch.setattr(lines, "SMALL", 0)
    monkeypatch.setattr(tables, "_PIECE", 700)
    result = logs.query("stats count(*) as n")
    assert result.rows[0]["n"] == "40"
    assert result.report.changed


def test_columns_that_keep_texts_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their views refer to the lines."""
    path, asked = tmp_path / "flow.log", list[object]()
    path.write_text("\n".join(_records(100)) + "\n")
    monkeypatch.setattr(blocks, "read_in_pieces", lambda *arguments: asked.append(arguments))
    monkeypatch.setattr(lines, "SMALL", 0)
    assert len(flowlocal.query("stats count(*) by srcAddr", path).rows) == 100
    assert not asked


@given(st.lists(st.binary(max_size=9), max_size=6), st.integers(0, 12), st.integers(0, 30), st.integers(0, 30))
def test_lines_in_parts(parts: list[bytes], skip: int, at: int, size: int) -> None:
    """Any range of them is that of the joined bytes, without those that are skipped."""
    text, memory = b"".join(parts)[skip:], bytearray(size)
    lines = PartedLines(parts, skip)
    filled = lines.fill(memoryview(memory), at)
    assert lines.size == len(text)
    assert memory[:filled] == text[at : at + size]
    assert filled == len(text[at : at + size])


@pytest.mark.parametrize(
    ("tried", "failed", "are_plain"), [(0, 0, True), (1, 1, False), (8, 1, True), (100, 12, True), (100, 13, False)]
)
def test_reading_in_vain_is_given_up(tried: int, failed: int, *, are_plain: bool) -> None:
    """Pieces are no longer tried if they are in vain for the first block, or for many; one among many is no matter."""
    assert blocks.SeenLines(tried=tried, failed=failed).are_plain is are_plain
