"""Rounding times to periods by the calendar of Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999
_LENGTHS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
_MOST = {"ms": 1000, "s": 60, "m": 60, "h": 24}
_MONTHS = {"mo": 1, "q": 3, "y": 12}


def floor(milliseconds: int, amount: int, unit: str) -> int | None:
    """Return the start of the period that contains a time; None outside the years 1 to 9999."""
    return _known(_floor(milliseconds, amount, unit)) if _known(milliseconds) is not None else None


def _known(milliseconds: int) -> int | None:
    return milliseconds if _FIRST <= milliseconds <= _LAST else None


def _floor(milliseconds: int, amount: int, unit: str) -> int:
    if unit in _MONTHS:
        months = amount * _MONTHS[unit]
        return _start_of_month(_month_of(milliseconds) // months * months)
    if unit in ("d", "w"):
        first, step = (3, 7 * amount) if unit == "w" else (0, amount)
        return ((milliseconds // _DAY - first) // step * step + first) * _DAY
    parent, step = _inside(milliseconds, amount, unit)
    return parent + (milliseconds - parent) // step * step


def ceiling(milliseconds: int, amount: int, unit: str) -> int | None:
    """Return the first start of a period that is not before a time."""
    start = floor(milliseconds, amount, unit)
    if start == milliseconds or start is None:
        return start
    if unit in _MONTHS:
        return _known(_start_of_month(_month_of(start) + amount * _MONTHS[unit]))
    if unit in ("d", "w"):
        return _known(start + amount * (7 if unit == "w" else 1) * _DAY)
    parent, step = _inside(milliseconds, amount, unit)
    return _known(min(start + step, parent + _LENGTHS[unit] * _MOST[unit]))


def _inside(milliseconds: int, amount: int, unit: str) -> tuple[int, int]:
    """Return the start of the next larger unit, and the length of a step in it."""
    parent = _LENGTHS[unit] * _MOST[unit]
    return milliseconds // parent * parent, min(amount, _MOST[unit]) * _LENGTHS[unit]


def _month_of(milliseconds: int) -> int:
    day = _EPOCH + timedelta(milliseconds=milliseconds)
    return day.year * 12 + day.month - 1


def _start_of_month(count: int) -> int:
    later = datetime(count // 12 + 400, count % 12 + 1, 1, tzinfo=UTC)  # the calendar repeats; Python's has no year 0
    return (later - _EPOCH) // timedelta(milliseconds=1) - 146_097 * _DAY
