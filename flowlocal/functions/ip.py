"""IP address functions.

A text that is not an address, such as the ``-`` of a flow log record, and a missing value are in no range: the result
is 0.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import polars as pl

from flowlocal.compiler.registry import BadArgument, TextArg, TextLiteral, function
from flowlocal.values import Boolean, Number
from flowlocal.values.addresses import IPV4, IPV6, PRIVATE, REACHABLE, RESERVED, Network, inside, ipv4_number

_PREFIX = re.compile(r"(.*)/[0-9]{1,3}")


@function("isValidIp", examples=[("isValidIp(srcAddr)", "1"), ("isValidIp('10.0.0.256')", "0")])
def is_valid_ip(field: TextArg) -> Boolean:
    """Return 1 if the field is an IPv4 or IPv6 address, else 0."""
    return Boolean(inside(field, (IPV4, IPV6)))


@function("isValidIpV4", examples=[("isValidIpV4(srcAddr)", "1"), ("isValidIpV4('::1')", "0")])
def is_valid_ipv4(field: TextArg) -> Boolean:
    """Return 1 if the field is an IPv4 address, else 0. Octets have no leading zeros (decided)."""
    return Boolean(inside(field, (IPV4,)))


@function("isValidIpV6", examples=[("isValidIpV6('2001:db8::1')", "1"), ("isValidIpV6(srcAddr)", "0")])
def is_valid_ipv6(field: TextArg) -> Boolean:
    """Return 1 if the field is an IPv6 address, else 0. An address with a zone, ``fe80::1%eth0``, is none (decided)."""
    return Boolean(inside(field, (IPV6,)))


@function("isIpInSubnet", examples=[("isIpInSubnet(srcAddr, '172.31.0.0/16')", "1")])
def is_ip_in_subnet(field: TextArg, subnet: TextLiteral) -> Boolean:
    """Return 1 if the field is an address in the IPv4 or IPv6 subnet, else 0.

    The subnet is in CIDR notation and begins with its first address: ``10.0.0.0/16``, not ``10.0.1.0/16``.
    """
    return Boolean(inside(field, (_network(subnet),)))


@function("isIpv4InSubnet", examples=[("isIpv4InSubnet(srcAddr, '172.31.0.0/16')", "1")])
def is_ipv4_in_subnet(field: TextArg, subnet: TextLiteral) -> Boolean:
    """Return 1 if the field is an IPv4 address in the subnet, else 0.

    The subnet is in CIDR notation and begins with its first address: ``10.0.0.0/16``, not ``10.0.1.0/16``.
    """
    return Boolean(inside(field, (_network(subnet, 4),)))


@function("isIpv6InSubnet", examples=[("isIpv6InSubnet('2001:db8:7::1', '2001:db8::/32')", "1")])
def is_ipv6_in_subnet(field: TextArg, subnet: TextLiteral) -> Boolean:
    """Return 1 if the field is an IPv6 address in the subnet, else 0.

    The subnet is in CIDR notation and begins with its first address: ``2001:db8::/32``.
    """
    return Boolean(inside(field, (_network(subnet, 6),)))


@function("ipv4ToNumber", examples=[("ipv4ToNumber('10.0.0.1')", "167772161"), ("ipv4ToNumber('-')", None)])
def ipv4_to_number(field: TextArg) -> Number:
    """Return the IPv4 address as a number; missing for any other text."""
    return Number.whole(ipv4_number(field).cast(pl.Int64), maximum=2**32)


@function("isPrivateIP", examples=[("isPrivateIP(srcAddr)", "1"), ("isPrivateIP('8.8.8.8')", "0")])
def is_private_ip(field: TextArg) -> Boolean:
    """Return 1 if the field is a private address, else 0.

    Private ranges are those of RFC 1918 (documented), and for IPv6 the unique local addresses ``fc00::/7`` (decided).
    """
    return Boolean(inside(field, PRIVATE))


@function("isReservedIP", examples=[("isReservedIP('127.0.0.1')", "1"), ("isReservedIP(srcAddr)", "0")])
def is_reserved_ip(field: TextArg) -> Boolean:
    """Return 1 if the field is a reserved address that is not private, else 0.

    Reserved are the ranges that IANA's registries of special-purpose addresses list as not globally reachable:
    loopback, link-local, documentation, shared address space and others; so are multicast and the ranges above it
    (decided).
    """
    return Boolean(inside(field, RESERVED, REACHABLE))


@function("isPublicIP", examples=[("isPublicIP('8.8.8.8')", "1"), ("isPublicIP(srcAddr)", "0")])
def is_public_ip(field: TextArg) -> Boolean:
    """Return 1 if the field is an address that is neither private nor reserved, else 0."""
    return Boolean(inside(field, (IPV4, IPV6), PRIVATE) & ~inside(field, RESERVED, REACHABLE))


def _network(subnet: str, version: int | None = None) -> Network:
    """Return the network of a CIDR; raise BadArgument with the corrected CIDR in its hint."""
    if not _PREFIX.fullmatch(subnet):
        raise BadArgument(f"{subnet} is not a valid subnet", 1, hint=_with_prefix(subnet))
    try:
        network = ip_network(subnet, strict=False)
    except ValueError:
        raise BadArgument(f"{subnet} is not a valid subnet", 1, hint=_with_prefix(subnet)) from None
    if network.network_address != ip_address(subnet.rpartition("/")[0]):
        raise BadArgument(f"the subnet {subnet} does not begin at its first address", 1, hint=f"write `{network}`")
    if version not in (None, network.version):
        other = f"isIpv{network.version}InSubnet"
        hint = f"write `{other}`, or `isIpInSubnet` for both"
        raise BadArgument(f"{subnet} is not an IPv{version} subnet", 1, hint=hint)
    return network


def _with_prefix(subnet: str) -> str:
    try:
        return f"write `{ip_network(subnet)}`"
    except ValueError:
        return "write an address and a prefix length, such as `10.0.0.0/16`"
