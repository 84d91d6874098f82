"""Skip files and folders of a delivery that cannot contain events of a time range, by the dates in their names.

The timestamp in a file's name is the five minutes in which its records ended (documented). Records are sometimes
late, so a file is skipped only if its timestamp is far from the range (decided).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LATE = timedelta(hours=6)
"""How much later than its events a file's timestamp may be."""
EARLY = timedelta(minutes=15)
"""How much earlier than its events a file's timestamp may be: its five minutes, and differing clocks."""
_MILLISECOND = timedelta(milliseconds=1)
_STAMP = re.compile(r"_vpcflowlogs_.*_(\d{8}T\d{4})Z_[^/]*$")
_FOLDER = re.compile(
    r"/vpcflowlogs/[^/]+/(\d{4})(?:/(\d\d)(?:/(\d\d))?)?(?:/|$)"
    r"|/year=(\d{4})(?:/month=(\d\d)(?:/day=(\d\d))?)?(?:/|$)"
)


def file_may_hold(path: str, start: int | None, end: int | None) -> bool:
    """Return True if a file may contain events between two times.

    Args:
        path: its path or key.
        start: start of the time range, epoch ms; None if open.
        end: end of the time range, epoch ms; None if open.
    """
    match = _STAMP.search(path)
    if match is None:
        return True
    try:
        stamp = datetime.strptime(match[1], "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return True
    return _overlap(stamp, timedelta(), start, end)


def folder_may_hold(path: str, start: int | None, end: int | None) -> bool:
    """Return False if a folder is that of a year, month or day whose files cannot contain events between two times."""
    match = next(_FOLDER.finditer(f"/{path.strip('/')}/"), None)
    if match is None:
        return True
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[4], match[5], match[6])
    try:
        first = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except ValueError:
        return True
    days = 366 if month is None else 31 if day is None else 1
    return _overlap(first, timedelta(days=days), start, end)


def _overlap(first: datetime, length: timedelta, start: int | None, end: int | None) -> bool:
    """Return True if files of a period may contain events between two times; numbers, unlike dates, cannot overflow."""
    stamp = first.timestamp() * 1000
    begin, finish = stamp - LATE / _MILLISECOND, stamp + (length + EARLY) / _MILLISECOND
    return (start is None or finish >= start) and (end is None or begin <= end)
