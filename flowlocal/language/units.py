"""Units of time of periods such as ``5m`` (documented on the functions page)."""

from __future__ import annotations

_SPELLINGS = {
    "ms": "ms millisecond milliseconds msec msecs",
    "s": "s second seconds sec secs",
    "m": "m minute minutes min mins",
    "h": "h hour hours hr hrs",
    "d": "d day days",
    "w": "w week weeks",
    "mo": "mo month months mon mons mos",
    "q": "q quarter quarters qtr qtrs",
    "y": "y year years yr yrs",
}

UNITS: dict[str, str] = {spelling: unit for unit, all_ in _SPELLINGS.items() for spelling in all_.split()}
"""The short name of the unit for each of its spellings, in lowercase."""
