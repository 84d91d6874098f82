"""Groups with all their values, made by the native library: they are those of plain Python."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.native.groups import Groups, Of, Reduction
from flowlocal.planning import gathering
from tests.test_samples import SAMPLES

PARTS = (
    Fraction(0),
    Fraction(1, 3),
    Fraction(1, 2),
    Fraction(19, 20),
    Fraction(999_999_999_999_999, 10**15),
    Fraction(1),
)
LONG = 2**63
integers = st.integers(-LONG, LONG - 1)
integer = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([-LONG, 1 - LONG, LONG - 1]), integers)
narrow = st.integers(0, 2**32 - 1)
wide = st.none() | st.integers(-(2**127), 2**127 - 1)
row = st.tuples(st.none() | st.integers(0, 2), integer, integer, integer, wide)
SCHEMA = {"a": pl.Int64, "b": pl.Int64, "x": pl.Int64, "y": pl.Int64, "first": pl.Int128}
Row = tuple[int | None, ...]
BATCH = pl.DataFrame([(1, 5, 1)], schema={"key": pl.Int64, "value": pl.Int64, "first": pl.Int128}, orient="row")


def _groups() -> Groups:
    """Return groups without rows of ``SCHEMA``."""
    return Groups(2, 2, has_first=True)


def ranked(values: list[int], part: Fraction) -> int | None:
    """Return the value of the nearest rank."""
    return sorted(values)[max(1, math.ceil(len(values) * part)) - 1] if values else None


def check(groups: Groups, rows: Sequence[Row]) -> None:
    """Compare groups by ``a`` and ``b`` with those of rows."""
    expected: dict[tuple[int | None, ...], list[Row]] = defaultdict(list)
    for each in rows:
        expected[each[:2]].append(each)
    keys = list(zip(groups.column(Of.KEY, 0), groups.column(Of.KEY, 1), strict=True))
    assert sorted(map(repr, keys)) == sorted(map(repr, expected))
    assert groups.column(Of.ROWS).to_list() == [len(expected[key]) for key in keys]
    firsts = [[each[4] for each in expected[key] if each[4] is not None] for key in keys]
    assert groups.column(Of.FIRST).to_list() == [max(found, default=-(2**127)) for found in firsts]
    for place in (2, 3):
        values = [[value for each in expected[key] if (value := each[place]) is not None] for key in keys]
        for part in PARTS:
            assert groups.ranked(place - 2, part).to_list() == [ranked(found, part) for found in values]
        assert groups.total(Of.COUNT, place - 2, Reduction.SUM).to_list() == [len(found) for found in values]
        assert groups.total(Of.TOTAL, place - 2, Reduction.SUM).to_list() == [sum(found) for found in values]
        for reduction, end in ((Reduction.LEAST, min), (Reduction.LARGEST, max)):
            made = groups.total(Of.TOTAL, place - 2, reduction).to_list()
            assert made == [end(found) if found else None for found in values]
        flat = groups.column(Of.VALUES, place - 2, range(len(keys))).to_list()
        again: dict[tuple[int | None, ...], list[int | None]] = defaultdict(list)
        places = (groups.column(Of.KEY, at, range(len(keys))) for at in (0, 1))
        for *key, value in zip(*places, flat, strict=True):
            again[tuple(key)].append(value)
        as_rows = {key: [each[place] for each in expected[key]] for key in keys}
        assert {key: sorted(map(repr, found)) for key, found in again.items()} == {
            key: sorted(map(repr, found)) for key, found in as_rows.items()
        }


@given(batches=st.lists(st.tuples(st.integers(0, 2), st.lists(row, max_size=40)), max_size=6), again=st.lists(row))
def test_any_rows(batches: list[tuple[int, list[Row]]], again: list[Row]) -> None:
    """Nulls, the ends of Int64 and Int128, and batches of any size, in groups that are merged and added to again."""
    groups, *others = (_groups() for _ in range(3))
    for place, batch in batches:
        (groups, *others)[place].add(pl.DataFrame(batch, schema=SCHEMA, orient="row"))
    for each in others:
        groups.merge(each)
    groups.add(pl.DataFrame(again, schema=SCHEMA, orient="row"))
    check(groups, [each for _, batch in batches for each in batch] + again)


@pytest.mark.parametrize("spread", [1, 100, 2**40, 2**62])
@pytest.mark.parametrize("count", [31, 32, 33, 5_000, 20_000])
def test_many_values(spread: int, count: int) -> None:
    """Groups of more values than are sorted one by one, equal, close and far from each other."""
    rows: list[Row] = [(n % 2, 0, (n * 7919 % 1000 - 500) * spread % LONG - LONG // 2, n // 3, n) for n in range(count)]
    groups = _groups()
    groups.add(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    check(groups, rows)
    assert groups.bytes > count * (8 + 4)  # what fits takes 32 bits


def test_many_groups() -> None:
    """The table of groups grows."""
    rows = [(n, -n, n, None, n) for n in range(5_000)] * 2
    groups = _groups()
    groups.add(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    assert len(groups) == 5_000
    check(groups, rows)


def test_merging_many() -> None:
    """Groups and values of which there are many are moved in pieces."""
    rows: list[Row] = [(n % 7, n % 1_000, n * n, -n if n % 5 else None, n) for n in range(60_000)]
    groups, others = _groups(), _groups()
    groups.add(pl.DataFrame(rows[:25_000], schema=SCHEMA, orient="row"))
    others.add(pl.DataFrame(rows[25_000:50_000], schema=SCHEMA, orient="row"))
    groups.merge(others)
    assert len(others) == 0
    del others
    groups.add(pl.DataFrame(rows[50_000:], schema=SCHEMA, orient="row"))
    check(groups, rows)
    with pytest.raises(MemoryError):
        groups.merge(Groups(2, 1, has_first=True))


def test_names_with_nul() -> None:
    """A name that C cannot hold does not reach the library: Polars would end the process."""
    groups = Groups(1, 1, has_first=True)
    groups.add(BATCH.rename({"key": "\0", "value": "a\0b"}))
    assert groups.column(Of.KEY).to_list() == [1]


def test_offsets() -> None:
    """Slices of columns begin anywhere in their memory."""
    rows: list[Row] = [(n % 3 or None, 1, n % 5 or None, n, n) for n in range(100)]
    groups = _groups()
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    for start in range(0, 100, 13):
        groups.add(frame[start : start + 13])
    check(groups, rows)


def test_firsts_of_64_bits() -> None:
    """The column whose largest value counts may be of 64 or of 128 bits, from batch to batch."""
    rows: list[Row] = [(n % 3, 0, n, n, [-LONG, n, None, LONG - 1][n % 4]) for n in range(40)]
    groups = _groups()
    for place, dtype in enumerate((pl.Int64, pl.Int128, pl.Int64)):
        groups.add(pl.DataFrame(rows[place::3], schema={**SCHEMA, "first": dtype}, orient="row"))
    check(groups, rows[::3] + rows[1::3] + rows[2::3])


@given(rows=st.lists(st.tuples(narrow, narrow | st.none(), narrow, narrow | st.none(), wide)), step=st.integers(1, 9))
def test_narrow_columns(rows: list[Row], step: int) -> None:
    """Keys and values may be of 32 bits, from batch to batch."""
    groups = _groups()
    dtypes = {"a": pl.UInt32, "b": pl.UInt32, "x": pl.UInt32, "y": pl.UInt32}
    for place, start in enumerate(range(0, len(rows), step)):
        schema = {**SCHEMA, **dict(list(dtypes.items())[place % 4 :])}
        groups.add(pl.DataFrame(rows[start : start + step], schema=schema, orient="row"))
    check(groups, rows)


@pytest.mark.parametrize("columns", [{"a": pl.Int32}, {"first": pl.UInt32}, {"y": pl.Float64}])
def test_other_types(columns: dict[str, pl.DataType]) -> None:
    """Columns of other types are refused, not read as if they were the right ones."""
    with pytest.raises(MemoryError):
        _groups().add(pl.DataFrame([(1, 1, 1, 1, 1)], schema={**SCHEMA, **columns}, orient="row"))


QUERIES = [
    "stats pct(bytes, 95) as p by interfaceId",
    "stats median(bytes) as m, pct(packets, 10) as p, pct(nothing, 3) as x by dstPort, action",
    "stats pct(bytes, 50) as p by bin(1m), srcAddr, protocol | sort p desc | limit 7",
    "stats median(bytes) as m by srcAddr, dstAddr | filter m > 100 | stats median(m) by srcAddr",
    "filter dstPort = 99999 | stats pct(bytes, 1) by srcAddr",
    "stats count(*) as n, sum(bytes), avg(bytes), pct(bytes, 95) as p, count(bytes) by interfaceId, action",
    "stats pct(bytes, 95) as p, max(bytes), sum(packets), median(packets), stddev(bytes) by srcAddr",
    "stats pct(bytes - 500, 30) as p by 7, dstPort > 100 | limit 1",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("left", ["_PART", "_SURE", "both"])
def test_percentiles_that_are_left_to_polars(query: str, left: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are the same if there are too many values, or too many groups, for the library."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 20_000)
    here = flowlocal.query(query, SAMPLES / "lines")
    if left != "_SURE":
        monkeypatch.setattr(gathering, "_PART", 1e12)
    if left != "_PART":
        monkeypatch.setattr(gathering, "_SURE", 0)
    there = flowlocal.query(query, SAMPLES / "lines")
    assert there.rows == here.rows
