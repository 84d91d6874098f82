"""Sizes as people write them."""

from __future__ import annotations

import re
from enum import StrEnum

QUERY_MEMORY = "800MB"
"""Default memory of a query: seven million groups are made without files, the process then holds 0.6 GB (measured)."""
SPOOL = "10GB"
"""Default disk space for a stream, such as standard input."""
SPOOL_VARIABLE = "FLOWLOCAL_SPOOL"
"""The variable that overrides it; ``--spool`` sets it, so that processes started for queries see it, too."""
MOST_ROWS = 2**31 - 1
"""The largest number of rows that an option accepts."""
_STEP = 999.95
"""Amounts from here on have the next prefix: with one digit after the point they would have four before it."""
_SIZE = re.compile(r"(\d{1,6})\s?(MB|GB)", re.IGNORECASE)
_MEGABYTES = {"MB": 1, "GB": 1000}


class Unit(StrEnum):
    """The unit of a number that is an amount of data, as it is written after a prefix."""

    BYTES = "B"
    BITS = "bit"
    BYTE_RATE = "B/s"
    BIT_RATE = "bit/s"


def megabytes(text: str) -> int:
    """Return the megabytes (of a million bytes) in a text such as ``600MB`` or ``4GB``.

    Raises:
        ValueError: it is not a size, or not more than 0; the message says what to write.
    """
    written = _SIZE.fullmatch(text.strip())
    if written is None or not int(written[1]):
        raise ValueError(f"{text!r} is not a valid size: expected one such as 600MB or 4GB")
    return int(written[1]) * _MEGABYTES[written[2].upper()]


def in_words(count: float, unit: Unit = Unit.BYTES) -> str:
    """Return an amount for people: ``6.0 GB``, ``300.8 kB``, ``12 B``; a kB has a thousand bytes."""
    scaled, prefix = with_prefix(count)
    digits = 0 if not prefix and scaled == int(scaled) else 1
    return f"{scaled:,.{digits}f} {prefix}{unit}"


def with_prefix(count: float, prefixes: str = "kMGT") -> tuple[float, str]:
    """Return an amount in thousands, millions and so on, and the prefix that says so.

    >>> with_prefix(999), with_prefix(6_026_606_600)
    ((999, ''), (6.0266066, 'G'))
    """
    prefix = ""
    for larger in prefixes:
        if abs(count) < _STEP:
            break
        count, prefix = count / 1000, larger
    return count, prefix
