"""Texts as numbers: exactly the IPv4 addresses in their usual spelling become theirs."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.native.addresses import DASH, MISSING, OTHER, address_numbers

OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
SPELLED = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}")
parts = st.sampled_from(
    ["", "0", "00", "9", "10", "010", "99", "100", "239", "240", "255", "256", "300", "999", "1000"]
)
dotted = st.lists(parts, min_size=1, max_size=6).map(".".join)
texts = st.one_of(st.none(), st.just("-"), dotted, st.ip_addresses().map(str), st.text("0123456789.:-/ é", max_size=20))


def number_of(text: str | None) -> int:
    """Return the number of a text by the definition in plain Python."""
    if text is None:
        return MISSING
    if text == "-":
        return DASH
    return min(int(IPv4Address(text)), OTHER) if SPELLED.fullmatch(text) else OTHER


@pytest.mark.usefixtures("reader")
@given(chunks=st.lists(st.lists(texts, max_size=20), min_size=1, max_size=4), offset=st.integers(0, 3))
def test_numbers_of_any_texts(chunks: list[list[str | None]], offset: int) -> None:
    """Any texts, in chunks that may begin anywhere in their memory."""
    series = pl.concat([pl.Series(chunk, dtype=pl.String)[offset:] for chunk in chunks], rechunk=False)
    numbers, others = address_numbers(series)
    assert numbers.to_list() == [number_of(text) for text in series]
    assert numbers.dtype == pl.UInt32
    assert others == (numbers == OTHER).sum()
