"""Texts as numbers of distinct texts: equal numbers are equal texts, and conditions hold as they do of the texts."""

from __future__ import annotations

from ipaddress import ip_network

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.native.distinct import distinct_texts
from flowlocal.sources.reading.conditions import conditions_of
from flowlocal.values.addresses import inside
from tests.native.test_addresses import dotted

MOST = 4096
texts = st.one_of(
    st.none(),
    st.sampled_from(["", "-", "ACCEPT", "REJECT", "x" * 12, "x" * 13, "x" * 20 + "y", "y" + "x" * 20, "é" * 8]),
    st.text(max_size=30),
    dotted,
)
networks = st.lists(st.tuples(st.ip_addresses(v=4), st.integers(0, 32)), max_size=3)


@given(rows=st.lists(texts, min_size=4, max_size=60), offset=st.integers(0, 3))
def test_numbers_of_any_texts(rows: list[str | None], offset: int) -> None:
    """Any texts and nulls, from anywhere in their memory."""
    series = pl.concat([pl.Series(rows[:5], dtype=pl.String), pl.Series(rows, dtype=pl.String)])[offset:]
    found = distinct_texts(series)
    assert found is not None
    numbers, distinct = found
    assert distinct.gather(numbers).to_list() == series.to_list()
    assert distinct.to_list() == series.unique(maintain_order=True).to_list()


@pytest.mark.parametrize("count", [MOST - 1, MOST, MOST + 1])
@pytest.mark.parametrize("null", [False, True])
def test_too_many(count: int, null: bool) -> None:
    """There are numbers for a limited number of texts, of which null is one."""
    series = pl.Series(map(str, range(count))).extend(pl.Series(["0", None if null else "1"]))
    assert (distinct_texts(series) is None) == (count + null > MOST)


def test_texts_of_other_lengths_in_the_same_place() -> None:
    """A text is where it is, and as long as it is: views may share a beginning."""
    data, lengths = b"x" * 64, [13, 30, 13, 64, 30, 14]
    views = b"".join(length.to_bytes(4, "little") + b"xxxx" + bytes(8) for length in lengths)
    shared = pa.Array.from_buffers(pa.string_view(), len(lengths), [None, pa.py_buffer(views), pa.py_buffer(data)])
    found = distinct_texts(pl.Series(pl.from_arrow(shared)))
    assert found is not None
    assert found[0].to_list() == [0, 1, 0, 2, 1, 3]
    assert found[1].str.len_bytes().to_list() == [13, 30, 64, 14]


def test_no_texts() -> None:
    """Nothing has no numbers."""
    assert distinct_texts(pl.Series([], dtype=pl.String)) is None


column = pl.col("text")
PREDICATES = {
    "regular expression": column.str.contains(r"1.\d").fill_null(value=False),
    "literal": column.str.contains("ACC", literal=True),
    "negated": ~column.str.contains("x").fill_null(value=False),
    "nulls": column.str.len_chars().is_null() | column.str.starts_with("1"),
    "comparison": column == "REJECT",
}


@pytest.mark.parametrize("name", PREDICATES)
@given(rows=st.lists(texts, max_size=40))
def test_conditions(name: str, rows: list[str | None]) -> None:
    """A condition on texts holds for the rows for which Polars says so; null is not True either."""
    frame = pl.DataFrame({"text": pl.Series(rows, dtype=pl.String)})
    (condition,) = conditions_of(PREDICATES[name], frame.schema)
    expected = frame.select(PREDICATES[name].fill_null(value=False)).to_series().to_list()
    assert condition.holds(frame).fill_null(value=False).to_list() == expected


@given(rows=st.lists(texts, max_size=40), asked=networks)
def test_networks(rows: list[str | None], asked: list[tuple[object, int]]) -> None:
    """Conditions on IPv4 networks are found to be such, and hold where the regular expression matches."""
    wanted = [ip_network(f"{address}/{bits}", strict=False) for address, bits in asked]
    frame = pl.DataFrame({"text": pl.Series([*rows, *(str(address) for address, _ in asked)], dtype=pl.String)})
    predicate = inside(column, wanted)
    conditions = conditions_of(predicate, frame.schema) if asked else ()
    assert [list(condition.networks) for condition in conditions] == [wanted] * bool(asked)
    for condition in conditions:
        assert condition.holds(frame).to_list() == frame.select(predicate).to_series().to_list()
