"""Epoch times as logs, tools and users write them: their unit, and the range that a datetime can have."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999
"""Epoch milliseconds of the first and the last moment of the years 1 to 9999, the range of a datetime."""
SECONDS_BELOW, MILLISECONDS_BELOW, MICROSECONDS_BELOW = 10**11, 10**14, 10**17
"""A magnitude below the first counts seconds, below the second milliseconds, below the third microseconds; larger ones
count nanoseconds (decided). Each unit reaches from 1973 to 5138, but for seconds, which begin in 1970."""


def milliseconds(number: float) -> int:
    """Return an epoch time of unknown unit in milliseconds, which may be outside the range of a datetime.

    Args:
        number: seconds, milliseconds, microseconds or nanoseconds, distinguished by magnitude; finite.
    """
    exact, size = (number if isinstance(number, int) else Decimal(repr(number))), abs(number)
    if size < SECONDS_BELOW:
        return math.floor(exact * 1000)
    if size < MILLISECONDS_BELOW:
        return math.floor(exact)
    return math.floor(exact) // (1000 if size < MICROSECONDS_BELOW else 1_000_000)


def in_calendar(time: int | None) -> int | None:
    """Return epoch milliseconds, or None for a time outside the range of a datetime."""
    return time if time is not None and EARLIEST <= time <= LATEST else None


def clamped(time: int) -> int:
    """Return epoch milliseconds, or the nearest in the range of a datetime."""
    return min(max(time, EARLIEST), LATEST)


def to_iso(time: int) -> str:
    """Return epoch milliseconds as ISO 8601 text in UTC; exact, unlike a division that ends in a float.

    >>> to_iso(1_777_627_800_250)
    '2026-05-01T09:30:00.250Z'
    """
    moment = datetime.fromtimestamp(time // 1000, UTC).replace(microsecond=time % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
