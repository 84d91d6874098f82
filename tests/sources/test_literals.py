"""Conditions that imply a text in the line are searched for in the bytes of a block; nothing else changes by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import flowlocal
from flowlocal.sources.reading import blocks, lines, tables
from flowlocal.sources.records.line_plan import LinePlan
from flowlocal.sources.records.literals import literal_of, required_text

RECORD = "2 123456789010 eni-1235b8ca123456789 10.0.0.{} 198.18.0.7 443 {} 6 10 840 {} 1620140761 {} OK"
REJECTED = RECORD.format(5, 443, 1620140661, "REJECT").encode()
QUERIES = (
    "filter @message like /REJECT/ | fields @timestamp, @message, @logStream",
    'filter @message like "10.0.0.5" | stats count(*), sum(bytes), min(@timestamp), max(@timestamp) by dstPort',
    'filter action = "REJECT" and dstPort < 100 | stats count(*) by srcAddr, @logStream',
    "filter @logStream =~ /eni-1235b8/ and action =~ /REJ/ | fields @timestamp, @message, @log",
    "filter @message like /oddity/ | fields @timestamp, @message, @logStream, @log",
    "filter @message like /�/ | fields @message",
    "filter @timestamp > 1620140700000 and @message like /REJECT/ | fields @timestamp, @message",
)


@contextmanager
def searched(found: Callable[..., bytes | None], size: int = 300, common: int = 0) -> Iterator[None]:
    """Decide on the literal that blocks of so many bytes are searched for, and when it is common."""
    patch = pytest.MonkeyPatch()
    patch.setattr(blocks, "literal_of", found)
    patch.setattr(blocks, "_COMMON", common)
    patch.setattr(lines, "SMALL", 0)
    patch.setattr(lines, "BLOCK_BYTES", size)
    patch.setattr(tables, "_PIECE", size // 2)
    try:
        yield
    finally:
        patch.undo()


def literals(query: str, path: Path) -> list[bytes | None]:
    """Return the literals that blocks of a file are searched for."""
    found: list[bytes | None] = []

    def noted(*arguments: Any) -> bytes | None:
        found.append(literal_of(*arguments))
        return found[-1]

    with searched(noted):
        flowlocal.query(query, path)
    return found


@pytest.mark.parametrize(
    ("condition", "literal"),
    [
        ("@message like /REJECT/", b"REJECT"),
        ('@message like "10.0.0.5"', b"10.0.0.5"),
        (r"@message like /10\.0\.0\.5/", b"10.0.0.5"),
        ("@message like /(ACC|REJ)ECT OK/", b"ECT OK"),
        ("@message like /ab?cde+/", b"cde"),
        ('action = "REJECT"', b"REJECT"),
        ('action = "REJECT" and srcAddr = "10.0.0.5"', b"10.0.0.5"),
        ('action = "REJECT" | filter srcAddr = "10.0.0.5"', b"10.0.0.5"),
        ("@logStream =~ /eni-1235b8ca123456789-all/", b"eni-1235b8ca123456789"),
        ('@logStream = "eni-1235b8ca123456789-all"', b"eni-1235b8ca123456789"),
        ("@logStream like /-all/", None),
        ("@message like /(?i)reject/", None),
        ("@message like /REJECT|ACCEPT/", None),
        ("@message not like /REJECT/", None),
        ('action != "REJECT"', None),
        ('action = "REJECT" or dstPort = 443', None),
        ('logStatus = "OK"', None),
        ("dstPort = 44321", None),
        ("@message like /[R]EJ[^x]ECT/", b"ECT"),
    ],
)
def test_a_condition_implies_a_literal(condition: str, literal: bytes | None, tmp_path: Path) -> None:
    """The longest one of all conditions that must hold."""
    path = tmp_path / "flow.log"
    path.write_text(RECORD.format(5, 443, 1620140661, "REJECT") + "\n")
    assert literals(f"filter {condition} | stats count(*)", path) == [literal]


def test_json_is_not_searched_for_the_values_of_its_fields(tmp_path: Path) -> None:
    """They can be written in more than one way."""
    path = tmp_path / "app.log"
    path.write_text('{"word": "a\\u0062c"}\n{"word": "x"}\n')
    query = 'filter word = "abc" | stats count(*) as n'
    assert set(literals(query, path)) <= {None}
    assert list(flowlocal.query(query, path).rows[0].values()) == ["1"]


PIECES = r"""a b cd . \. a* b+ c? d{2} a{0,1} ( (?: ) | [ab] [^a] ^ $ \d \b (?i) \x61 []a] [[:alpha:]] [^]a] \p{L} é \Q
(?x) [a&&b] [\]a]"""


@given(st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=8).map("".join), st.text("abcd.é 1", max_size=12))
@example("[^]a]bcd", "bcd")
def test_whatever_a_pattern_finds_contains_its_required_text(pattern: str, text: str) -> None:
    """For patterns of all kinds, also those that are not understood."""
    try:
        holds = pl.Series([text]).str.contains(pattern).item()
    except pl.exceptions.ComputeError:
        return
    assert not holds or required_text(pattern) in text


records = st.builds(
    RECORD.format,
    st.sampled_from([5, 50, 6, 7]),
    st.sampled_from([22, 443, "-"]),
    st.sampled_from([1620140661, 1620140700, "-"]),
    st.sampled_from(["REJECT", "ACCEPT", "-"]),
).map(str.encode)
ODD = """oddity;\udcff oddity;\udcff 10.0.0.5;�;10.0.0.5 REJECT;version account-id interface-id;2 x REJECT"""
odd = st.sampled_from(["", *ODD.split(";"), RECORD, "REJECT" * 60]).map(
    lambda line: line.encode(errors="surrogateescape")
)
texts = st.lists(
    st.tuples(st.one_of(records, records, records, odd), st.sampled_from([b"\n", b"\n", b"\r\n"])), max_size=25
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    query=QUERIES[0], text=[(b"version account-id interface-id", b"\n"), *[(REJECTED, b"\n")] * 2], size=3000, common=0
).via("a header line among records")
@given(query=st.sampled_from(QUERIES), text=texts, size=st.sampled_from([300, 3000]), common=st.sampled_from([0, 2]))
def test_answers_do_not_depend_on_the_search(
    query: str, text: list[tuple[bytes, bytes]], size: int, common: int, tmp_path: Path
) -> None:
    """The same rows, counts, odd lines and span of times, across blocks of a few lines."""
    path = tmp_path / "flow.log"
    first = RECORD.format(5, 443, 1620140600, "ACCEPT").encode() + b"\n"
    path.write_bytes(first + b"".join(line + end for line, end in text))

    def answer() -> object:
        result = flowlocal.query(query, path)
        report = result.report
        odd_lines = [(each.line, each.reason) for each in report.odd_lines]
        return (
            result.rows,
            report.records,
            report.odd_count,
            odd_lines,
            report.first,
            report.last,
            report.warnings,
        )

    with searched(literal_of, size, common):
        found = answer()
    with searched(lambda *_: None, size):
        assert found == answer()


ACCEPTED = RECORD.format(7, 443, 1620140661, "ACCEPT")
ELSEWHERE = {
    "in the time before the record": ([("2021-05-04T15:04:21.000Z " + ACCEPTED + "\n") * 3], "/2021-05/", 0),
    "in the end of the line": ([(ACCEPTED + "\r\n") * 3], "/OK\r/", 0),
    "not in the last line of a file": ([(REJECTED.decode() + "\n") * 2 + ACCEPTED + "\n"] * 3, "/REJECT/", 6),
    "with a literal within it": ([f"{REJECTED.decode()}\n{ACCEPTED}\n"] * 3, "/REJECT/ and @message like /JEC/", 3),
}


@pytest.mark.parametrize("texts", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_literal_that_is_found_elsewhere_in_a_line(texts: tuple[list[str], str, int], tmp_path: Path) -> None:
    """It says nothing about the message; several small files are read as one block."""
    for number, text in enumerate(texts[0]):
        (tmp_path / f"{number}.log").write_bytes(text.encode())
    assert len(flowlocal.query(f"filter @message like {texts[1]} | fields @message", tmp_path).rows) == texts[2]


def test_a_common_literal_is_no_longer_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once most lines of a block have it, the other blocks are read without a search; the rows are the same."""
    path, searches = tmp_path / "flow.log", list[bool]()
    path.write_text(f"{ACCEPTED}\n" * 400 + f"{REJECTED.decode()}\n{ACCEPTED}\n" * 100)

    def noted(reader: blocks.BlockReader, block: blocks.LineBlock, plan: LinePlan, *read: Any) -> blocks.Chunk:
        searches.append(plan.literal is not None)
        return original(reader, block, plan, *read)

    original = blocks.BlockReader._chunk
    monkeypatch.setattr(blocks.BlockReader, "_chunk", noted)
    for common, all_searched in ((0, True), (2, False)):
        searches.clear()
        with searched(literal_of, 2_000, common):
            assert len(flowlocal.query("filter @message like /ACCEPT/ | fields @message", path).rows) == 500
        assert all(searches) == all_searched
        assert any(searches)
