"""Fold addresses to few address blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_network

from flowlocal.values.addresses import IPV4, IPV6, PRIVATE

Network = IPv4Network | IPv6Network
_MOST_EXACT = 65_536
"""Addresses beyond which it is not tried whether they fill blocks."""


def fold(addresses: Iterable[str], most: int) -> Mapping[str, str]:
    """Return the block that each address falls into, as text in CIDR notation.

    Addresses that fill a block become that block, which adds no address. If more than ``most`` blocks are left, all
    public addresses become ``0.0.0.0/0`` or ``::/0``, and private ones blocks with as long a common prefix as leaves
    ``most`` of them; each block is the smallest that contains its own addresses.

    >>> fold(["10.0.0.4", "10.0.0.5", "192.0.2.1"], 2)
    {'10.0.0.4': '10.0.0.4/31', '10.0.0.5': '10.0.0.4/31', '192.0.2.1': '192.0.2.1/32'}
    >>> set(fold(["8.8.8.8", "9.9.9.9", "10.0.0.4"], 1).values())
    {'0.0.0.0/0'}
    """
    known = {text: ip_address(text) for text in addresses}
    found: dict[str, str] = {}
    for version in (4, 6):
        own = {text: address for text, address in known.items() if address.version == version}
        blocks = _blocks(set(own.values()), most)
        found |= {text: str(blocks[address]) for text, address in own.items()}
    return found


def _blocks(addresses: set[IPv4Address | IPv6Address], most: int) -> Mapping[IPv4Address | IPv6Address, Network]:
    exact = _filled(addresses) if len(addresses) <= _MOST_EXACT else None
    if exact is not None and len(set(exact.values())) <= most:
        return exact
    private = {each for each in addresses if any(each in network for network in PRIVATE)}
    public = addresses - private
    if len(public) > most or (public and not private):
        whole = IPV4 if next(iter(public)).version == 4 else IPV6
        return dict.fromkeys(addresses, whole)
    return {**{each: ip_network(each) for each in public}, **_joined(private, max(most - len(public), 1))}


def _filled(addresses: set[IPv4Address | IPv6Address]) -> Mapping[IPv4Address | IPv6Address, Network]:
    """Return the blocks that contain the addresses and no other."""
    found: dict[IPv4Address | IPv6Address, Network] = {}
    blocks = iter(list(collapse_addresses(map(ip_network, sorted(addresses, key=int)))))  # type: ignore[type-var]
    block = next(blocks, None)
    for each in sorted(addresses, key=int):
        while block is not None and each not in block:
            block = next(blocks, None)
        assert block is not None  # noqa: S101 - the blocks are made of the addresses
        found[each] = block
    return found


def _joined(addresses: set[IPv4Address | IPv6Address], most: int) -> Mapping[IPv4Address | IPv6Address, Network]:
    """Return blocks with a common length of prefix, the longest that leaves ``most`` of them, each made smaller."""
    bits = next(iter(addresses)).max_prefixlen
    length = next(
        length for length in range(bits, -1, -1) if len({int(each) >> (bits - length) for each in addresses}) <= most
    )
    parts: dict[int, list[IPv4Address | IPv6Address]] = {}
    for each in addresses:
        parts.setdefault(int(each) >> (bits - length), []).append(each)
    return {each: _smallest(part) for part in parts.values() for each in part}


def _smallest(addresses: list[IPv4Address | IPv6Address]) -> Network:
    """Return the smallest block that contains some addresses."""
    first, last = min(addresses, key=int), max(addresses, key=int)
    spare = (int(first) ^ int(last)).bit_length()
    return ip_network((int(first) >> spare << spare, first.max_prefixlen - spare))
