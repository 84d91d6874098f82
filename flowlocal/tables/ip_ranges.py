"""AWS's list of its address ranges (https://ip-ranges.amazonaws.com/ip-ranges.json) as a lookup table."""

from __future__ import annotations

from typing import Any

COLUMNS = ("prefix", "service", "region", "network_border_group")
_LEAST_SPECIFIC = "AMAZON"
"""Holds every range; those of a service also under its name (documented: AWS IP address ranges)."""


def rows(document: dict[str, Any]) -> list[dict[str, str]]:
    """Return a row for each range, IPv4 and IPv6, with the columns ``COLUMNS``.

    Ranges of a named service come before those of all of Amazon, so that a lookup, which takes the first of equal
    ranges, finds the service.

    Raises:
        ValueError: the document is something else.
    """
    try:
        entries = [(each["ip_prefix"], each) for each in document["prefixes"]]
        entries += [(each["ipv6_prefix"], each) for each in document.get("ipv6_prefixes", [])]
        found = [dict(zip(COLUMNS, _cells(prefix, entry), strict=True)) for prefix, entry in entries]
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError("the JSON is not the ip-ranges.json of AWS") from error
    return sorted(found, key=lambda row: row["service"] == _LEAST_SPECIFIC)


def _cells(prefix: str, entry: dict[str, str]) -> tuple[str, ...]:
    return (prefix, entry["service"], entry["region"], entry.get("network_border_group", ""))
