"""Addresses replaced by those of documentation (RFC 5737, RFC 3849), private ones by private ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from itertools import chain

Interface = IPv4Interface | IPv6Interface

_DOCUMENTED = ("192.0.2.0", "198.51.100.0", "203.0.113.0")
_OVERFLOW = IPv4Network("198.18.0.0/15"), IPv4Network("240.0.0.0/4")
"""Of benchmarks (RFC 2544) and reserved: for more public addresses than the documentation's networks have."""
_KEPT: list[IPv4Network | IPv6Network] = [
    *map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")),
    *map(IPv6Network, ("::/127", "fe80::/10", "ff00::/8")),
]
"""Networks whose addresses mean the same everywhere."""
_UNIQUE_LOCAL = IPv6Network("fc00::/7")


@dataclass(frozen=True)
class _Private:
    """A private network: the octet of its addresses that is replaced, and what may take its place.

    The labels have as many digits each, so that addresses are sorted as before; hosts and smaller subnets stay.
    """

    network: IPv4Network
    octet: int
    labels: range
    all: range


_PRIVATE = [
    _Private(IPv4Network("10.0.0.0/8"), 1, range(100, 256), range(256)),
    _Private(IPv4Network("172.16.0.0/12"), 1, range(16, 32), range(16, 32)),
    _Private(IPv4Network("192.168.0.0/16"), 2, range(100, 256), range(256)),
    _Private(IPv4Network("100.64.0.0/10"), 1, range(100, 128), range(64, 128)),
]


def masked_addresses(found: Iterable[Interface]) -> dict[Interface, str]:
    """Return what replaces addresses and networks (those with a prefix length)."""
    public, names = list[IPv4Interface](), dict[Interface, str]()
    groups: dict[int, list[IPv4Interface]] = {}
    local, global_ = list[IPv6Interface](), list[IPv6Interface]()
    for each in sorted(set(found), key=lambda each: (each.version, int(each.ip), each.network.prefixlen)):
        if any(each.ip in network for network in _KEPT):
            continue
        if isinstance(each, IPv6Interface):
            (local if each.ip in _UNIQUE_LOCAL else global_).append(each)
        else:
            number = next((n for n, kind in enumerate(_PRIVATE) if each.ip in kind.network), None)
            (public if number is None else groups.setdefault(number, [])).append(each)
    for number, own in groups.items():
        names |= _renumbered(own, _PRIVATE[number])
    return names | _public(public) | _version6(local, "fd00::") | _version6(global_, "2001:db8::")


def _renumbered(found: Sequence[IPv4Interface], kind: _Private) -> dict[Interface, str]:
    narrow = [each for each in found if each.network.prefixlen >= 8 * (kind.octet + 1)]
    new = _labels(sorted({each.ip.packed[kind.octet] for each in narrow}), kind)
    return {each: _printed(each, _with_octet(each.ip, kind.octet, new), each.network.prefixlen) for each in narrow}


def _labels(used: Sequence[int], kind: _Private) -> dict[int, int]:
    """Return a new value for each value of an octet, in the same order as long as there are enough."""
    free = [label for label in kind.labels if label not in used]
    if len(free) >= len(used):
        return dict(zip(used, free, strict=False))
    return {label: kind.all[(label - kind.all[0] + 1) % len(kind.all)] for label in used}


def _with_octet(address: IPv4Address, octet: int, new: dict[int, int]) -> IPv4Address:
    packed = bytearray(address.packed)
    packed[octet] = new[packed[octet]]
    return IPv4Address(bytes(packed))


def _printed(each: Interface, address: object, prefix: int) -> str:
    """Return an address; a network with its prefix length."""
    return str(address) if each.network.prefixlen == each.max_prefixlen else f"{address}/{prefix}"


def _public(found: Sequence[IPv4Interface]) -> dict[Interface, str]:
    """Return documentation's addresses: a network of them for each of the first two networks that are named."""
    networks = [each for each in found if each.network.prefixlen < each.max_prefixlen]
    names: dict[Interface, str] = {each: f"{_DOCUMENTED[-1 - min(n, 2)]}/24" for n, each in enumerate(networks)}
    rest = [each for each in found if each not in names]
    for number, network in enumerate(networks[:2]):
        inside = [each for each in rest if each.ip in network.network]
        rest = [each for each in rest if each not in inside]
        names |= _hosts(inside, _DOCUMENTED[-1 - number :][:1])
    return names | _hosts(rest, _DOCUMENTED[: 3 - min(len(networks), 2)])


def _hosts(found: Sequence[IPv4Interface], networks: Sequence[str]) -> dict[Interface, str]:
    """Return an address of the networks for each; hosts of three digits as long as there are enough."""
    for hosts in (range(100, 255), range(1, 255)):
        if len(found) <= len(networks) * len(hosts):
            new = (str(IPv4Address(network) + host) for network in networks for host in hosts)
            return dict(zip(found, new, strict=False))
    return {
        each: str(address)
        for each, address in zip(found, chain.from_iterable(map(IPv4Network.hosts, _OVERFLOW)), strict=False)
    }


def _version6(found: Sequence[IPv6Interface], block: str) -> dict[Interface, str]:
    """Return addresses of a block: one network of 64 bits for each, hosts counted."""
    names, networks, hosts = dict[Interface, str](), dict[IPv6Network, int](), dict[int, int]()
    for each in found:
        network = IPv6Network((each.ip, 64), strict=False)
        base = int(IPv6Address(block)) + (networks.setdefault(network, len(networks) + 1) << 64)
        if each.network.prefixlen < each.max_prefixlen:
            whole = each.network.prefixlen < 64
            names[each] = f"{block}/48" if whole else f"{IPv6Address(base)}/{each.network.prefixlen}"
        else:
            hosts[base] = hosts.get(base, 0) + 1
            names[each] = str(IPv6Address(base + hosts[base]))
    return names
