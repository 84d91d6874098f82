"""Groups with totals, made by the native library: they are those of plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from threading import Thread
from threading import enumerate as enumerate_threads

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import flowlocal
from flowlocal.native import totals
from flowlocal.native.groups import Of, Reduction
from flowlocal.native.totals import Totals, TotalsTable
from flowlocal.spilling import SpillFile
from tests.test_samples import SAMPLES

LONG, NARROW = 2**63, 2**32
integer = st.none() | st.integers(-3, 3) | st.sampled_from([-LONG, 1 - LONG, LONG - 1]) | st.integers(-LONG, LONG - 1)
narrow = st.none() | st.integers(0, 3) | st.integers(0, NARROW - 1)
near = st.integers(-5, 5).map(lambda n: (1_777_000_000_000 + n << 64) - n)
wide = st.none() | near | st.integers(-(2**127), 2**127 - 1)
row = st.tuples(narrow, integer, integer, narrow, integer, wide)
SCHEMA = {"a": pl.UInt32, "b": pl.Int64, "x": pl.Int64, "y": pl.UInt32, "z": pl.Int64, "first": pl.Int128}
KINDS = [Reduction.SUM, Reduction.LEAST, Reduction.LARGEST]
COLUMNS = [(Of.KEY, 0), (Of.KEY, 1), (Of.ROWS, 0), (Of.FIRST, 0)]
COLUMNS += [(of, place) for place in range(3) for of in (Of.COUNT, Of.TOTAL)]
Row = tuple[int | None, ...]


def frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Return rows in the columns that the library takes."""
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def made(groups: Iterator[list[pl.Series]]) -> dict[tuple[int | None, ...], Row]:
    """Return what is said of each group, by its keys; no group comes twice."""
    rows = [row for columns in groups for row in zip(*columns, strict=True)]
    found = {row[:2]: row[2:] for row in rows}
    assert len(found) == len(rows)
    return found


def expected(rows: Sequence[Row]) -> dict[tuple[int | None, ...], Row]:
    """Return the same in plain Python."""
    groups: dict[tuple[int | None, ...], list[Row]] = defaultdict(list)
    for each in rows:
        groups[each[:2]].append(each)
    return {keys: _expected(found) for keys, found in groups.items()}


def _expected(rows: list[Row]) -> Row:
    x, y, z, firsts = ([value for each in rows if (value := each[at]) is not None] for at in range(2, 6))
    first = max(firsts, default=-(2**127))
    return len(rows), first, len(x), sum(x), len(y), min(y, default=None), len(z), max(z, default=None)


def total(batches: Sequence[Sequence[Row]], table: Sequence[Row] = ()) -> dict[tuple[int | None, ...], Row]:
    """Return the groups of all rows by the library; some of them are grouped in a table of their own."""
    with SpillFile() as file:
        groups = Totals(2, KINDS, has_first=True, file=file, most=10**9)
        for batch in batches:
            groups.add(frame(batch))
        groups.merge(tabled(frame(table)))
        return made(groups.groups(COLUMNS))


def tabled(rows: pl.DataFrame) -> TotalsTable:
    """Return a table of rows."""
    table = TotalsTable(2, KINDS, has_first=True)
    table.add(rows)
    return table


def many(count: int, groups: int) -> pl.DataFrame:
    """Return rows in so many groups and a few more; of some rows, values or ``first`` do not fit into 32 bits."""
    n = pl.int_range(count)
    place = n.cast(pl.Int128) * pl.when(n % 19 == 0).then(2**40).otherwise(1)
    return pl.select(
        a=(n * 7919 % groups).cast(pl.UInt32),
        b=pl.when(n % 11 > 0).then(pl.lit(5, pl.Int64)),
        x=pl.when(n % 5 > 0).then(pl.when(n % 13 > 0).then(n * 2).otherwise(n * 2**40)),
        y=(n % 1000).cast(pl.UInt32),
        z=pl.when(n % 17 > 0).then(n).otherwise(-n),
        first=(n % 1000 + 1_777_000_000_000).cast(pl.Int128) * 2**64 - place,
    )


NAMES = ["a", "b", "rows", "first", "x", "x sum", "y", "y least", "z", "z largest"]
"""Of ``COLUMNS``."""


def expect_groups(groups: Iterator[list[pl.Series]], rows: pl.DataFrame) -> None:
    """Assert that groups are those that Polars makes of the rows; no group comes twice."""
    found = pl.concat([pl.DataFrame(dict(zip(NAMES, columns, strict=True))) for columns in groups])
    assert_frame_equal(found, by_polars(rows), check_row_order=False, check_dtypes=False)


def by_polars(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is said of each group."""
    aggregates = [
        pl.len().alias("rows"),
        pl.max("first"),
        pl.count("x"),
        pl.col("x").cast(pl.Int128).sum().alias("x sum"),
    ]
    aggregates += [pl.count("y"), pl.min("y").alias("y least"), pl.count("z"), pl.max("z").alias("z largest")]
    return rows.group_by("a", "b").agg(aggregates)


@given(batches=st.lists(st.lists(row, max_size=40), max_size=4), table=st.lists(row, max_size=40))
def test_any_rows(batches: list[list[Row]], table: list[Row]) -> None:
    """Nulls, the ends of Int64 and Int128, batches of any size, and groups that are merged."""
    assert total(batches, table) == expected([each for batch in [*batches, table] for each in batch])


@pytest.mark.parametrize(("most", "threads"), [(10**9, 1), (1, 3)], ids=["memory", "file"])
@pytest.mark.parametrize("groups", [100, 16_384, 90_000, 700_000])
def test_many_groups(groups: int, most: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups stop being few; rows become groups where these are far fewer, or are written to the file."""
    monkeypatch.setattr(totals, "_SOON", 20_000_000)
    rows = many(1_000_000, groups)
    with SpillFile() as file:
        native = Totals(2, KINDS, has_first=True, file=file, most=most)
        for batch in rows.iter_slices(150_000):
            native.add(batch)
        assert bool(file.read(0, 1)) is (most == 1 and groups > 16_384)
        expect_groups(native.groups(COLUMNS, threads), rows)


def test_rows_become_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where groups are far fewer than rows, their memory does not grow with the rows."""
    monkeypatch.setattr(totals, "_SOON", 24_000_000)
    rows = many(400_000, 30_000)
    with SpillFile() as file:
        native, sizes = Totals(2, KINDS, has_first=True, file=file, most=10**9), []
        for _ in range(8):
            native.add(rows)
            sizes.append(native.bytes)
        assert max(sizes) < 60_000_000
        expect_groups(native.groups(COLUMNS), pl.concat([rows] * 8))


def test_offsets() -> None:
    """Slices of columns begin anywhere in their memory."""
    whole = many(100, 3)
    with SpillFile() as file:
        groups = Totals(2, KINDS, has_first=True, file=file, most=10**9)
        for start in range(0, 100, 13):
            groups.add(whole[start : start + 13])
        expect_groups(groups.groups(COLUMNS), whole)


NULLS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "all": lambda at: at >= 0,
    "even": lambda at: at % 2 == 0,
    "first": lambda at: at % 64 == 0,
    "last": lambda at: at % 64 == 63,
    "but the first": lambda at: at % 64 > 0,
    "but the last": lambda at: at % 64 < 63,
}
"""Which rows are null in all columns, by their place."""


@pytest.mark.parametrize("nulls", NULLS)
@pytest.mark.parametrize("size", [1, 57, 63, 64, 65, 129])
def test_nulls(size: int, nulls: str) -> None:
    """They are found wherever the bits of a column begin and end, also at the ends of the 64 rows taken at a time."""
    n = pl.int_range(9 + size)
    for start in range(9):
        is_null = NULLS[nulls](n - start)
        columns = [pl.when(~is_null).then(n * 31 % 7).cast(dtype).alias(name) for name, dtype in SCHEMA.items()]
        rows = pl.select(columns)[start : start + size]
        with SpillFile() as file:
            groups = Totals(2, KINDS, has_first=True, file=file, most=10**9)
            groups.add(rows)
            assert made(groups.groups(COLUMNS)) == expected(rows.rows())


ENDS = [-LONG, 1 - LONG, -1, 0, 1, LONG - 1]


@pytest.mark.parametrize(("kind", "of"), [(Reduction.LEAST, min), (Reduction.LARGEST, max)], ids=["least", "largest"])
@pytest.mark.parametrize("values", [[], [None], *([one, other] for one in ENDS for other in (*ENDS, None))], ids=repr)
def test_extremes(values: list[int | None], kind: Reduction, of: Callable[..., int | None]) -> None:
    """The least and the largest integers that there are, and none, are kept as they are, also when they are merged."""
    rows = pl.DataFrame({"key": values, "value": values}, schema={"key": pl.Int64, "value": pl.Int64})
    rows = pl.concat([rows, rows.with_columns(key=pl.lit(5, pl.Int64))])
    table = TotalsTable(1, [kind], has_first=False)
    table.add(rows)
    with SpillFile() as file:
        groups = Totals(1, [kind], has_first=False, file=file, most=10**9)
        groups.add(rows[1:])
        groups.merge(table)
        (columns,) = groups.groups([(Of.KEY, 0), (Of.TOTAL, 0)])
    there: dict[int | None, list[int]] = defaultdict(list)
    for key, value in rows.rows():
        there[key] += [] if value is None else [value]
    assert dict(zip(*columns, strict=True)) == {key: of(found, default=None) for key, found in there.items()}


@pytest.mark.parametrize("most", [10**9, 1], ids=["memory", "file"])
@pytest.mark.parametrize("count", [0, 300, 300_000])
@pytest.mark.parametrize("merged", [0, 300, 20_000])
def test_merging(count: int, merged: int, most: int) -> None:
    """Groups of tables are added to none, few and many, before and after rows."""
    rows, further = many(count, 90_000), many(merged, 30_000)
    with SpillFile() as file:
        native = Totals(2, KINDS, has_first=True, file=file, most=most)
        native.merge(tabled(further))
        native.add(rows)
        native.merge(tabled(further.reverse()))
        native.merge(tabled(rows[:100]))
        native.add(further)
        expect_groups(native.groups(COLUMNS), pl.concat([further, rows, further, rows[:100], further]))


def test_tables_stay_tables() -> None:
    """However many groups they have; and their memory grows with them."""
    table, sizes = TotalsTable(2, KINDS, has_first=True), [0]
    for batch in many(200_000, 100_000).iter_slices(50_000):
        table.add(batch)
        sizes.append(table.bytes)
    assert len(table) > 100_000
    assert sizes == sorted(sizes)
    assert sizes[-1] > len(table) * 100
    with SpillFile() as file:
        native = Totals(2, KINDS, has_first=True, file=file, most=10**9)
        native.merge(table)
        assert len(native) == 0  # all of them are in parts
        assert native.bytes > len(table) * 100


OTHER_KINDS = [Reduction.SUM, Reduction.LEAST, Reduction.LEAST]


@pytest.mark.parametrize("kinds", [KINDS[:2], [*KINDS, Reduction.SUM], OTHER_KINDS], ids=["fewer", "more", "others"])
@pytest.mark.parametrize(("keys", "has_first"), [(1, True), (2, False), (3, True)])
def test_unlike_tables(kinds: list[Reduction], keys: int, has_first: bool) -> None:
    """Tables that differ in anything are refused, as are those that are in parts."""
    rows = many(100_000, 60_000)
    with SpillFile() as file:
        native = Totals(2, KINDS, has_first=True, file=file, most=10**9)
        parted = Totals(2, KINDS, has_first=True, file=file, most=10**9)
        parted.add(rows)
        others = TotalsTable(keys, KINDS, has_first=has_first), TotalsTable(2, kinds, has_first=True)
        for each in (*others, parted):
            with pytest.raises(MemoryError):
                native.merge(each)


def test_without_first_and_values() -> None:
    """Groups may have nothing but their keys and numbers of rows."""
    with SpillFile() as file:
        groups = Totals(1, [], has_first=False, file=file, most=10**9)
        groups.add(pl.DataFrame({"a": [1, 1, None]}))
        (columns,) = groups.groups([(Of.KEY, 0), (Of.ROWS, 0)])
        assert dict(zip(*columns, strict=True)) == {1: 2, None: 1}


def test_firsts_of_64_bits() -> None:
    """The column whose largest value counts may be of 64 or of 128 bits, from batch to batch."""
    rows = pl.DataFrame({"a": [1, 1, 2, 2], "first": [-(2**63), None, None, 2**63 - 1]})
    with SpillFile() as file:
        groups = Totals(1, [], has_first=True, file=file, most=10**9)
        for dtype in (pl.Int64, pl.Int128, pl.Int64):
            groups.add(rows.cast({"first": dtype}))
        (columns,) = groups.groups([(Of.KEY, 0), (Of.ROWS, 0), (Of.FIRST, 0)])
        assert sorted(zip(*columns, strict=True)) == [(1, 6, -(2**63)), (2, 6, 2**63 - 1)]


@pytest.mark.parametrize("columns", [{"a": pl.Int32}, {"first": pl.UInt32}, {"z": pl.Float64}])
def test_other_types(columns: dict[str, pl.DataType]) -> None:
    """Columns of other types are refused, not read as if they were the right ones."""
    given_rows = pl.DataFrame([(1, 1, 1, 1, 1, 1)], schema={**SCHEMA, **columns}, orient="row")
    with SpillFile() as file, pytest.raises(MemoryError):
        Totals(2, KINDS, has_first=True, file=file, most=10**9).add(given_rows)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_has_become_shorter(threads: int) -> None:
    """What is missing is not passed over."""

    class Short:
        def append(self, data: memoryview) -> None:
            """Lose a piece."""

        def read(self, at: int, size: int) -> bytes:
            """Return half a piece."""
            return bytes(size // 2)

    groups = Totals(2, KINDS, has_first=True, file=Short(), most=1)
    groups.add(many(1_000_000, 700_000))
    with pytest.raises(OSError, match="shorter"):
        list(groups.groups(COLUMNS, threads))


def test_groups_that_are_not_all_wanted() -> None:
    """The threads that make them end, and what is left is freed with the totals."""
    with SpillFile() as file:
        groups = Totals(2, KINDS, has_first=True, file=file, most=10**9)
        groups.add(many(400_000, 300_000))
        before = ahead()  # those of other tests may wait for a silent stream
        made = groups.groups(COLUMNS, 2)
        assert len(next(made)[0]) >= 50_000
        made.close()
    assert ahead() <= before


def ahead() -> set[Thread]:
    """Return the threads that make items while others are used."""
    return {thread for thread in enumerate_threads() if thread.name == "flowlocal-ahead"}


QUERIES = [
    "stats sum(bytes) as s, count(*) as n by srcAddr, dstAddr",
    "stats sum(bytes), avg(packets), min(bytes), max(srcPort), count(bytes), count(none) by srcAddr, dstPort, action",
    "stats count(*) as n by interfaceId, bin(1m) as t | sort n desc, t | limit 5",
    "stats min(@timestamp) as m, sum(bytes + 0.5) as s by srcAddr, dstAddr | sort s desc, srcAddr | limit 7",
    "stats count(action) as n by srcAddr, dstAddr | filter n > 1 | stats sum(n) by srcAddr",
    "filter dstPort = 99999 | stats sum(bytes) by srcAddr, dstAddr",
    "stats sum(bytes * 1000000000000) as s by srcAddr, protocol > 6, 7 | sort s desc, srcAddr",
    "stats sum(dstPort = 22) as s, max(strlen(action)) as m by action, srcAddr, dstAddr, dstPort | limit 9",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("memory", ["800", "0"])
def test_totals_are_those_of_polars(query: str, memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are the same whether the library or Polars makes them, in memory and in a file."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 20_000)
    monkeypatch.setenv("POLARS_OOC_MEMORY_BUDGET_MB", memory)
    here = flowlocal.query(query, SAMPLES / "lines")
    monkeypatch.setattr("flowlocal.planning.totalling.totalled", lambda *_given: None)
    there = flowlocal.query(query, SAMPLES / "lines")
    assert here.rows == there.rows
