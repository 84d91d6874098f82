"""Any bytes are lines, any line is an event, and nothing beside an odd line shifts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import and_
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.events import RECORD, ROW
from flowlocal.sources.reading import lines as line_files
from flowlocal.sources.reading import tables
from flowlocal.sources.records import catalog
from flowlocal.sources.records import layout as layouts
from tests.properties import examples
from tests.sources.conftest import ACCEPTED, HEADER, NO_DATA, REJECTED, Read, read

FORMATS = [
    catalog.DEFAULT,
    ("srcaddr", "dstport", "action"),
    ("interface-id", "bytes", "tcp-flags"),
    ("version",),
    ("action",),
]
VALUES = [
    "2",
    "-",
    "22",
    "65535",
    "65536",
    "256",
    "9007199254740992",
    "9007199254740993",
    "x",
    "-1",
    "OK",
    "1.0",
    "",
    "Ω",
]
_words = st.lists(st.sampled_from(VALUES), max_size=16).map(" ".join)
_noise = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"\r"))


def _read_bytes(data: bytes, format_: tuple[str, ...]) -> Read:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.log"
        path.write_bytes(data)
        return read(path, log_format=" ".join(format_))


@contextmanager
def tiny_blocks() -> Iterator[None]:
    """Files are read in blocks of a line or two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_files, "BLOCK_BYTES", 150)
        patch.setattr(line_files, "SMALL", 0)
        patch.setattr(tables, "_PIECE", 70)
        yield


def _record(format_: tuple[str, ...]) -> bytes:
    return " ".join("2" if name in catalog.INTEGERS else "-" for name in format_).encode() + b"\n"


def _lines(data: bytes) -> list[str]:
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _is_record(line: str, format_: tuple[str, ...]) -> bool:
    """Return True if a line is a record by the documented definition."""
    values = [value for value in line.split(" ") if value]
    integers = [(name, value) for name, value in zip(format_, values, strict=False) if name in catalog.INTEGERS]
    return len(values) == len(format_) and all(layouts.is_integer(name, value) for name, value in integers)


@given(st.lists(_noise | _words.map(str.encode), max_size=8).map(b"\n".join), st.sampled_from(FORMATS))
@examples(3)
def test_every_line_is_an_event(data: bytes, format_: tuple[str, ...]) -> None:
    """As many events as lines, with the lines for messages, numbered one by one."""
    data = _record(format_) + data
    found, lines = _read_bytes(data, format_), _lines(data)
    kept = [(i, line) for i, line in enumerate(lines) if not layouts.from_header(line.strip(" \t"))]
    assert found.column("@message") == [line for _, line in kept]
    assert found.column(ROW) == [i for i, _ in kept]
    assert found.report.records == len(kept)


@given(st.lists(_words, min_size=1, max_size=8), st.sampled_from(FORMATS))
@examples(3)
def test_records_are_told_from_odd_lines(lines: list[str], format_: tuple[str, ...]) -> None:
    """A line is a record by the documented definition, whatever the lines around it contain."""
    found = _read_bytes("\n".join(lines).encode() + b"\n", format_)
    assert found.column(RECORD) == [_is_record(line, format_) for line in lines]
    assert found.report.odd_count == found.column(RECORD).count(False)


@given(st.lists(st.sampled_from([ACCEPTED, NO_DATA, "odd", "", HEADER, ACCEPTED + " more"]), max_size=60))
@examples(1)
def test_blocks_do_not_matter(lines: list[str]) -> None:
    """A file cut into tiny blocks reads as in one."""
    data = "".join(f"{line}\n" for line in [HEADER, *lines]).encode()
    whole = _read_bytes(data, catalog.DEFAULT)
    with tiny_blocks():
        parts = _read_bytes(data, catalog.DEFAULT)
    assert parts.frame.equals(whole.frame)
    assert [(o.line, o.reason) for o in parts.report.odd_lines] == [(o.line, o.reason) for o in whole.report.odd_lines]
    assert parts.report.odd_count == whole.report.odd_count


CONDITIONS = [
    pl.col("dstPort") == 22,
    pl.col("srcAddr") == "172.31.9.69",
    pl.col("@message").str.contains("REJECT"),
    pl.col("@logStream").str.contains("eni-1235b8ca"),
    pl.col("@log").str.starts_with("123456789010"),
    pl.col("@timestamp") >= pl.lit(1418530011000, pl.Datetime("ms")),
    pl.col("action").is_null(),
    pl.col(ROW) % 2 == 0,
    pl.col(RECORD),
]
TIMELESS = ACCEPTED.replace("1418530010", "-")
STREAMLESS = ACCEPTED.replace("eni-1235b8ca", "-")
KINDS = [ACCEPTED, REJECTED, NO_DATA, TIMELESS, STREAMLESS, "odd", ACCEPTED + " more"]


@given(
    st.lists(st.sampled_from(KINDS), max_size=30),
    st.lists(st.sampled_from(range(len(CONDITIONS))), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["@message", "@logStream", "@log", "@timestamp", "bytes", ROW]), min_size=1, unique=True),
)
@examples(2)
def test_conditions_are_asked_of_what_is_read(lines: list[str], asked: list[int], columns: list[str]) -> None:
    """What is left out while reading is what is left out afterwards, wherever a block ends."""
    condition = reduce(and_, (CONDITIONS[i] for i in asked))
    with tempfile.TemporaryDirectory() as folder, tiny_blocks():
        path = Path(folder) / "x.log"
        path.write_text("".join(f"{line}\n" for line in [HEADER, *lines]))
        found = read(path)
        lazy = found.events.read(found.report).filter(condition).select(columns)
        assert lazy.collect(engine="streaming").equals(found.frame.filter(condition).select(columns))
