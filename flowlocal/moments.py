"""Points in time as users write them, turned into the epoch milliseconds that the engine takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flowlocal import epoch

Moment = datetime | str | int | float
"""A ``datetime`` (naive is UTC), ISO 8601 text (UTC if no zone is given), epoch seconds, ``-3h`` or ``now``."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_RELATIVE = r"(?i)-(\d+)\s*([smhdw])"
_NUMBER = r"\d{5,}(\.\d+)?"


def to_datetime(moment: Moment, now: datetime | None = None) -> datetime:
    """Turn a moment into a ``datetime`` in UTC.

    Args:
        moment: what the user gave; see ``Moment``. Large numbers count milliseconds, microseconds or nanoseconds (see
            ``flowlocal.epoch``).
        now: what ``-3h`` and ``now`` are relative to; None for the clock.

    Raises:
        ValueError: the moment has none of the accepted forms, which the message lists.
    """
    try:
        if isinstance(moment, datetime):
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(moment, str):
            return _from_text(moment.strip(), now or datetime.now(UTC))
        return _from_number(moment)
    except (ValueError, OverflowError):
        raise ValueError(
            f"invalid time {moment!r}: expected 2026-05-01T09:30:00Z (UTC if no zone is given), "
            "epoch seconds such as 1777627800, or a time before now such as -3h (s, m, h, d, w)"
        ) from None


def to_milliseconds(moment: Moment, *, end: bool = False) -> int:
    """Turn a moment into epoch milliseconds.

    A range is inclusive to the second, as the service's is (recorded): the end of a range that falls on a whole
    second includes that second up to its last millisecond.

    Args:
        moment: what the user gave; see ``Moment``.
        end: True if it is the end of a range.

    Raises:
        ValueError: as ``to_datetime``.
    """
    milliseconds = (to_datetime(moment) - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds + 999 if end and milliseconds % 1000 == 0 else milliseconds


def to_range(start: Moment | None, end: Moment | None) -> tuple[int | None, int | None]:
    """Return both ends of a time range in epoch milliseconds, inclusive; None for an open end.

    Raises:
        ValueError: as ``to_datetime``, or the range ends before it starts.
    """
    first = None if start is None else to_milliseconds(start)
    last = None if end is None else to_milliseconds(end, end=True)
    if first is not None and last is not None and first > last:
        raise ValueError(f"the range ends before it starts: start {start}, end {end}")
    return first, last


def _from_text(text: str, now: datetime) -> datetime:
    if text.lower() == "now":
        return now
    if relative := re.fullmatch(_RELATIVE, text):
        return now - timedelta(seconds=int(relative[1]) * _UNITS[relative[2].lower()])
    if re.fullmatch(_NUMBER, text):
        return _from_number(float(text))
    return to_datetime(datetime.fromisoformat(text))


def _from_number(number: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=epoch.milliseconds(number))
