"""Folding of addresses to blocks."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.rules.folding import fold
from tests.properties import examples

CASES = [
    (["10.0.0.4", "10.0.0.5"], 1, {"10.0.0.4/31"}),
    (["10.0.0.4", "10.0.0.6"], 2, {"10.0.0.4/32", "10.0.0.6/32"}),
    (["10.0.0.4", "10.0.0.6"], 1, {"10.0.0.4/30"}),
    (["10.0.0.4", "10.0.0.9", "10.7.0.1"], 2, {"10.0.0.0/28", "10.7.0.1/32"}),
    ([f"10.1.2.{host}" for host in range(256)], 1, {"10.1.2.0/24"}),
    (["8.8.8.8", "9.9.9.9"], 2, {"8.8.8.8/32", "9.9.9.9/32"}),
    (["8.8.8.8", "9.9.9.9"], 1, {"0.0.0.0/0"}),
    (["8.8.8.8", "10.0.0.4", "10.0.0.9"], 2, {"8.8.8.8/32", "10.0.0.0/28"}),
    (["2001:db8::1", "fd00::1", "10.0.0.1"], 2, {"2001:db8::1/128", "fd00::1/128", "10.0.0.1/32"}),
    (["2600::1", "2600::2"], 1, {"::/0"}),
    ([], 3, set()),
]


@pytest.mark.parametrize(("addresses", "most", "blocks"), CASES)
def test_cases(addresses: list[str], most: int, blocks: set[str]) -> None:
    """Blocks are exact while there are few enough; then private ones are joined, and public ones become all."""
    assert set(fold(addresses, most).values()) == blocks


_private = st.integers(int(IPv4Address("10.0.0.0")), int(IPv4Address("10.0.3.255"))).map(lambda n: str(IPv4Address(n)))
_public = st.integers(int(IPv4Address("20.0.0.0")), int(IPv4Address("20.0.0.63"))).map(lambda n: str(IPv4Address(n)))
_six = st.integers(int(IPv6Address("fd00::")), int(IPv6Address("fd00::ff"))).map(lambda n: str(IPv6Address(n)))


@examples(1)
@given(st.sets(_private | _public | _six, max_size=60), st.integers(1, 12))
def test_random(addresses: set[str], most: int) -> None:
    """Every address is in its block, no block is within another, and no more than the allowed number is left."""
    found = fold(addresses, most)
    assert found.keys() == addresses
    assert all(ip_address(text) in ip_network(block) for text, block in found.items())
    for version in (4, 6):
        blocks = {ip_network(block) for block in found.values() if ip_network(block).version == version}
        assert len(blocks) <= most + 1  # private and public ones have a block each at least
        assert not [(one, other) for one in blocks for other in blocks - {one} if one.subnet_of(other)]  # type: ignore[arg-type]
        own = {ip_address(text) for text in addresses if ip_address(text).version == version}
        if len(own) <= most:
            assert sum(block.num_addresses for block in blocks) == len(own)
