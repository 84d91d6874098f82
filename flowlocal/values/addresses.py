"""Tests on columns of IP addresses: whether a text is an address, and in which ranges it lies."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Network, IPv6Address, IPv6Network, ip_network

import polars as pl

from flowlocal.native.addresses import OTHER, address_numbers
from flowlocal.values.distinct import over_distinct

Network = IPv4Network | IPv6Network
Range = tuple[int, int]

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_QUAD = rf"\A{_OCTET}(?:\.{_OCTET}){{3}}\z"
IPV4 = ip_network("0.0.0.0/0")
IPV6 = ip_network("::/0")

PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""Private ranges: RFC 1918 (documented), and for IPv6 the unique local addresses (decided)."""

_SPECIAL = (
    *("0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24"),
    *("192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/128", "::1/128", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23"),
    *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fe80::/10", "fec0::/10", "ff00::/8"),
)
RESERVED = tuple(map(ip_network, _SPECIAL))
"""Reserved ranges: multicast, and the special-purpose ranges of IANA that are not globally reachable (decided).

Private addresses are a separate class.
"""
_GLOBALLY_REACHABLE = (
    *("192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32"),
    *("2001:4:112::/48", "2001:20::/28", "2001:30::/28"),
)
REACHABLE = tuple(map(ip_network, _GLOBALLY_REACHABLE))
"""Ranges inside ``RESERVED`` that IANA's registries list as globally reachable."""


def inside(text: pl.Expr, networks: Sequence[Network], outside: Sequence[Network] = ()) -> pl.Expr:
    """Return a Boolean expression without nulls: True if the text is an address in ``networks``, not in ``outside``."""
    found = _in_any(text, networks)
    return found & ~_in_any(text, outside) if outside else found


def _in_any(text: pl.Expr, networks: Sequence[Network]) -> pl.Expr:
    four = [each for each in networks if isinstance(each, IPv4Network)]
    six = [each for each in networks if isinstance(each, IPv6Network)]
    found = text.str.contains("|".join(map(_pattern, four))) if four else pl.lit(value=False)
    return (found | _in_any_ipv6(text, six) if six else found).fill_null(value=False)


def _pattern(network: IPv4Network) -> str:
    """Return a regular expression that matches the addresses of a network.

    Polars hands conditions with regular expressions to sources, but none with functions of Python.
    """
    whole, bits = divmod(network.prefixlen, 8)
    fixed = network.network_address.packed
    octets = [str(octet) for octet in fixed[:whole]]
    if bits:
        octets.append(f"(?:{'|'.join(str(fixed[whole] + more) for more in range(256 >> bits))})")
    return r"\A" + r"\.".join(octets + [_OCTET] * (4 - len(octets))) + r"\z"


def networks_of(pattern: str) -> tuple[IPv4Network, ...]:
    r"""Return the networks that a regular expression of ``inside`` asks for; none if it is another one.

    >>> networks_of(r"\A10\.0\.0\.(?:4|5|6|7)\z"), networks_of("10.0")
    ((IPv4Network('10.0.0.4/30'),), ())
    """
    found = [_network_of(each.split(r"\.")) for each in pattern[2:-2].split(r"\z|\A")]
    networks = tuple(each for each in found if each is not None)
    return networks if "|".join(map(_pattern, networks)) == pattern else ()


def _network_of(octets: Sequence[str]) -> IPv4Network | None:
    fixed = [octet for octet in octets if octet.isdigit()]
    some = [octet[3:-1].split("|") for octet in octets if not octet.isdigit() and octet != _OCTET]
    first = [*fixed, *(each[0] for each in some), "0", "0", "0", "0"]
    bits = 8 * len(fixed) + sum(9 - len(each).bit_length() for each in some)
    try:
        return IPv4Network(f"{'.'.join(first[:4])}/{bits}")
    except ValueError:
        return None


def in_networks(texts: pl.Series, networks: Sequence[IPv4Network]) -> pl.Series:
    """Return whether each text is an IPv4 address in a network, in less time than a regular expression takes."""
    number = pl.col("number")
    within = pl.any_horizontal(number.is_between(first, last) for first, last in _ranges(networks))
    return ipv4_numbers(texts).to_frame("number").select(within.fill_null(value=False)).to_series()


def _ranges(networks: Sequence[Network]) -> tuple[Range, ...]:
    return tuple((int(each.network_address), int(each.broadcast_address)) for each in networks)


def _in_any_ipv6(text: pl.Expr, networks: Sequence[IPv6Network]) -> pl.Expr:
    ranges = _ranges(networks)

    def answer(series: pl.Series) -> pl.Series:
        return pl.Series([_is_ipv6_in(text, ranges) for text in series], dtype=pl.Boolean)

    with_colon = pl.when(text.str.contains(":", literal=True)).then(text)
    return over_distinct(with_colon, answer, pl.Boolean).fill_null(value=False)


def ipv4_number(text: pl.Expr) -> pl.Expr:
    """Return the number of an IPv4 address (UInt32); null for any other text."""
    return over_distinct(text, ipv4_numbers, pl.UInt32)


def ipv4_numbers(series: pl.Series) -> pl.Series:
    """Return the numbers of IPv4 addresses (UInt32); null for any other text."""
    numbers, others = address_numbers(series)
    known = numbers.set(numbers >= OTHER, None)
    if not others:
        return known
    is_other = numbers == OTHER
    return known.scatter(is_other.arg_true(), _highest_numbers(series.filter(is_other)))


def _highest_numbers(series: pl.Series) -> pl.Series:
    """Return the numbers of IPv4 addresses from 240.0.0.0 on, which are rare; null for any other text."""
    text = pl.col("text")
    octets = text.str.split_exact(".", 3)
    number = pl.lit(0, pl.UInt32)
    for position in range(4):
        number = number * 256 + octets.struct.field(f"field_{position}").cast(pl.UInt32, strict=False)
    return series.to_frame("text").select(pl.when(text.str.contains(_QUAD)).then(number)).to_series()


def _is_ipv6_in(text: str | None, ranges: Sequence[Range]) -> bool:
    number = ipv6_number(text) if text is not None and ":" in text else None
    return number is not None and any(first <= number <= last for first, last in ranges)


def ipv6_number(text: str) -> int | None:
    """Return the number of an IPv6 address without a zone; None for any other text."""
    try:
        return None if "%" in text else int(IPv6Address(text))
    except AddressValueError:
        return None
