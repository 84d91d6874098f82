"""Time zones by name, as arguments of time functions and texts of logs give them."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::?([0-9]{2}))?")
_ABBREVIATIONS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""Abbreviations of RFC 2822, in hours from UTC; others are ambiguous."""


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo | None:
    """Return the zone of a name such as ``Europe/London``, ``UTC``, ``EST`` or ``+09:00``; None if it is unknown."""
    if name.upper() in ("UTC", "GMT", "Z", "UT"):
        return UTC
    if match := _OFFSET.fullmatch(name):
        return _fixed(match)
    if name.upper() in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[name.upper()]))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _fixed(match: re.Match[str]) -> tzinfo | None:
    hours, minutes, seconds = (int(group or 0) for group in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if match[1] == "-" else offset)
