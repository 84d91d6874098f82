"""Cells of a report as people read them: sizes, prices, thousands, times without zeros."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from flowlocal.sizes import with_prefix

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_SIZE = re.compile(r"bytes", re.IGNORECASE)
_PRICE = re.compile(r"(^|_)usd(_|$)", re.IGNORECASE)
_PLAIN = re.compile(r"port|protocol|path|version|account|zone|flags|\bid$", re.IGNORECASE)
"""Names of columns whose numbers are names, and have no thousands."""


def is_number(cell: str) -> bool:
    """Return True if a cell is a number; an address is not."""
    return _NUMBER.fullmatch(cell) is not None


def readable(column: str, cell: str) -> str:
    """Return a cell for people, by the name of its column.

    >>> readable("bytes_sent", "6026606600"), readable("usd", "0.04512"), readable("flows", "12345")
    ('6.0 GB', '$0.05', '12,345')
    >>> readable("dstPort", "50633"), readable("first", "2026-05-01 14:00:00.000"), readable("srcAddr", "10.0.0.1")
    ('50633', '2026-05-01 14:00:00', '10.0.0.1')
    """
    if not is_number(cell):
        return cell.removesuffix(".000")
    if _PRICE.search(column):
        return price(float(cell))
    if _SIZE.search(column):
        return size(float(cell))
    return cell if _PLAIN.search(column) and cell.isdecimal() else _grouped(cell)


def size(count: float) -> str:
    """Return a number of bytes with a unit of a power of 1000.

    >>> size(999), size(1500), size(6_026_606_600)
    ('999 B', '1.5 kB', '6.0 GB')
    """
    scaled, prefix = with_prefix(count, "kMGTPE")
    return f"{scaled:,.{1 if prefix else 0}f} {prefix}B"


def price(usd: float) -> str:
    """Return a price; one that is not 0 is never shown as 0.

    >>> price(0), price(0.004), price(1234.5)
    ('$0.00', '<$0.01', '$1,234.50')
    """
    return "<$0.01" if 0 < usd < 0.005 else f"${usd:,.2f}"


def _grouped(cell: str) -> str:
    try:
        return f"{Decimal(cell):,f}"
    except InvalidOperation:  # an exponent that is too large
        return cell
