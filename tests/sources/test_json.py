"""JSON in a stream: large objects in parts, cut ones as far as they go, times in every spelling."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowlocal.sources.containers import Piece
from flowlocal.sources.json import stream as json_stream
from flowlocal.sources.records.times import milliseconds
from tests.sources.conftest import ACCEPTED, read

TIMES: dict[object, int | None] = {
    1418530010123: 1418530010123,
    1418530010: 1418530010000,
    1418530010.5: 1418530010500,
    1418530010123456789: 1418530010123,
    "1418530010123456789": 1418530010123,
    "2014-12-14T04:06:50.123456Z": 1418530010123,
    "2014-12-14T13:06:50+09:00": 1418530010000,
    "2014-12-14 04:06:50.123": 1418530010123,
    "yesterday": None,
    "": None,
    True: None,
    None: None,
    float("nan"): None,
    float("inf"): None,
}
EVENTS = [{"timestamp": 1418530010000 + i, "message": ACCEPTED.replace(" 22 ", f" {i} ")} for i in range(2000)]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def _pieces(text: str, size: int) -> Iterator[Piece]:
    data = text.encode()
    return (Piece(data[i : i + size], size) for i in range(0, len(data), size))


@pytest.mark.parametrize("time", TIMES, ids=str)
def test_times(time: object) -> None:
    """Seconds, milliseconds, nanoseconds, and ISO 8601 are distinguished."""
    assert milliseconds(time) == TIMES[time]


@given(
    st.lists(values.filter(lambda value: isinstance(value, dict)), max_size=5), st.sampled_from(["", "\n", ",\n", "  "])
)
@settings(deadline=None)
def test_values_in_a_row(found: list[object], between: str) -> None:
    """Values come out as they went in, however the text is cut."""
    text = between.join(json.dumps(value, ensure_ascii=False) for value in found)
    for size in (1, 7, 1000):
        documents = list(json_stream.documents(_pieces(text, size), []))
        assert [document.value for document in documents] == found
        assert [json.loads(document.text) for document in documents] == found


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("first", [True, False])
def test_large_object(
    indent: int | None, first: bool, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object larger than what is held at once is read in parts."""
    monkeypatch.setattr(json_stream, "_LARGE", 10_000)
    monkeypatch.setattr(json_stream, "_ITEMS", 100)
    page = {"events": EVENTS, "nextToken": "x"} if first else {"nextToken": "x", "events": EVENTS}
    found = read(write("x.json", json.dumps(page, indent=indent)))
    assert found.column("dstPort") == list(range(2000))
    assert found.report.warnings == []


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("size", [300_000, 1000])
def test_cut_object(indent: int | None, size: int, write: Callable[..., Path]) -> None:
    """Of an answer that was cut off the whole events are kept, and the report says so."""
    found = read(write("x.json", json.dumps({"events": EVENTS}, indent=indent)[:size]))
    whole = len(found.frame) - 1
    assert found.column("dstPort") == [*range(whole), None]
    assert size // 300 < whole < 2000
    assert "ends too early" in found.report.warnings[0]
    assert [line.line for line in found.report.odd_lines] == [whole + 1]


def test_messages_of_several_lines(write: Callable[..., Path]) -> None:
    """A message of several lines is one event and no record, and shifts nothing."""
    messages = [ACCEPTED, f"{ACCEPTED}\nmore", "a\n\nb\n", ACCEPTED]
    found = read(write("x.json", json.dumps({"events": [{"timestamp": 1, "message": m} for m in messages]})))
    assert found.column("@message") == messages
    assert found.column("_record") == [True, False, False, True]
    assert found.column("dstPort") == [22, None, None, 22]


def test_odd_items(write: Callable[..., Path]) -> None:
    """Items of an answer that are not events keep their text."""
    found = read(write("x.json", json.dumps([*EVENTS[:1], 5, None, {"a": 1}, "x", *EVENTS[1:2]])))
    assert found.column("_record") == [True, False, False, False, False, True]
    assert found.column("@message")[1:5] == ["5", "null", '{"a": 1}', "x"]
