"""Addresses that only this machine reaches."""

from __future__ import annotations

from ipaddress import ip_address


def is_address(text: str) -> bool:
    """Return True if a text is an IP address.

    >>> is_address("::1"), is_address("localhost")
    (True, False)
    """
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return True if the name or address means this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)
