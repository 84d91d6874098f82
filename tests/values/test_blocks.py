"""Address blocks, compared with ``ipaddress`` in plain Python."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.values import distinct
from flowlocal.values.blocks import Blocks, NotABlockError, is_column_of_blocks
from tests.properties import examples


def longest(blocks: list[str], address: str) -> int | None:
    """Return the row of the longest block, then the first, that contains an address, by plain Python."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if "%" in address:  # a zone
        return None
    found = [(ip_network(block).prefixlen, -row) for row, block in enumerate(blocks) if parsed in ip_network(block)]
    return -max(found)[1] if found else None


def _block(version: int, number: int, length: int) -> str:
    """Return a block that contains a number."""
    bits, kind = (32, IPv4Address) if version == 4 else (128, IPv6Address)
    return f"{kind(number >> (bits - length) << (bits - length))}/{length}"


_four = st.integers(0, 1023).map(lambda n: (10 << 24) + n) | st.sampled_from([0, 2**32 - 1, 2**31])
_six = st.integers(0, 1023).map(lambda n: (0x2A << 120) + n) | st.sampled_from([0, 2**128 - 1, 2**127])
_blocks = st.builds(_block, st.just(4), _four, st.sampled_from([0, 1, 8, *range(22, 33)])) | st.builds(
    _block, st.just(6), _six, st.sampled_from([0, 1, 64, *range(118, 129)])
)
_addresses = _four.map(lambda n: str(IPv4Address(n))) | _six.map(lambda n: str(IPv6Address(n)))
_texts = _addresses | st.sampled_from(
    ["-", "", "10.0.0", "10.0.0.01", "10.0.0.1/32", "10.0.0.256", "fe80::1%eth0", "::g"]
)


@examples(3)
@given(st.lists(_blocks, max_size=25), st.lists(_texts | st.none(), max_size=40))
def test_rows(blocks: list[str], addresses: list[str | None]) -> None:
    """Nested, repeated and adjacent blocks of both versions give the rows of plain Python."""
    found = Blocks(pl.Series(blocks, dtype=pl.String)).rows_of(pl.Series(addresses, dtype=pl.String)).to_list()
    assert found == [None if address is None else longest(blocks, address) for address in addresses]


@examples(0.2)
@given(st.lists(_blocks, min_size=1, max_size=25), st.lists(_addresses, min_size=1, max_size=60))
def test_cidrlookup(tmp_path_factory: pytest.TempPathFactory, blocks: list[str], addresses: list[str]) -> None:
    """``cidrlookup`` finds for each event what plain Python finds."""
    folder = tmp_path_factory.mktemp("cidrlookup")
    (folder / "t.csv").write_text("\n".join(["block,row", *(f"{block},{row}" for row, block in enumerate(blocks)), ""]))
    lines = [f"{address} {number} 1777600000 1777600060" for number, address in enumerate(addresses)]
    (folder / "flow.log").write_text("\n".join(["srcaddr bytes start end", *lines, ""]))
    query = "cidrlookup t srcAddr OUTPUT row | fields bytes, row | sort bytes asc"
    rows = flowlocal.query(query, folder / "flow.log", tables={"t": folder / "t.csv"}).rows
    expected = [longest(blocks, address) for address in addresses]
    assert [row.get("row") for row in rows] == [None if each is None else str(each) for each in expected]


NOT_BLOCKS = ["10.0.0.1/24", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "x", "", "::1/64"]
NOT_BLOCKS += ["::/129", "10.0.0.0/ 8", "10.0.0.0/0008", "010.0.0.0/8", "fe80::%eth0/64"]


@pytest.mark.parametrize("text", NOT_BLOCKS)
def test_not_a_block(text: str) -> None:
    """What is not a block is refused by its row; ``valid`` leaves it out."""
    cells = pl.Series(["10.0.0.0/8", text])
    with pytest.raises(NotABlockError) as caught:
        Blocks(cells)
    assert caught.value.row == 1
    assert not is_column_of_blocks(cells)
    assert Blocks.valid(cells).rows_of(pl.Series(["10.1.2.3"])).to_list() == [0]


def test_columns_of_blocks() -> None:
    """A column of blocks has cells, and nothing else."""
    assert is_column_of_blocks(pl.Series(["0.0.0.0/0", "::/0", "10.0.0.1"]))
    assert not is_column_of_blocks(pl.Series([], dtype=pl.String))
    assert not is_column_of_blocks(pl.Series(["10.0.0.0/8", None]))


@pytest.mark.parametrize("remembered", [0, 3, 1000])
def test_texts_with_one_hash(remembered: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that share their hash have their own results, in every batch, whatever is remembered."""
    monkeypatch.setattr(distinct, "_hashes", lambda texts: texts.str.len_bytes().cast(pl.UInt64).fill_null(1))
    monkeypatch.setattr(distinct, "_REMEMBERED_TEXTS", remembered)
    answer = pl.col("t")
    column = distinct.over_distinct(answer, lambda series: series + "!")
    for batch in (["a", "b", "a", None] * 3, ["b", "cc", "c", "c"] * 3, [None] * 4, ["dd", "a"] * 4, []):
        frame = pl.DataFrame({"t": batch}, schema={"t": pl.String})
        assert frame.select(column)["t"].to_list() == [None if text is None else f"{text}!" for text in batch]
