"""Points in time as users write them, turned into the epoch milliseconds that the engine takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

Moment = datetime | str | int | float
"""A time zone aware or naive (then UTC) ``datetime``, ISO 8601 text, epoch seconds, ``-3h`` or ``now``."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_RELATIVE = re.compile(r"-\s*(\d+)\s*([smhdw])", re.IGNORECASE)
_MILLISECONDS_FROM = 10**11
"""From here on a number is epoch milliseconds: as seconds it would lie past the year 5000."""


def to_milliseconds(moment: Moment, *, end: bool = False, now: datetime | None = None) -> int:
    """Turn a moment into epoch milliseconds.

    A range is inclusive to the second, as the service's is (recorded): the end of a range that falls on a whole
    second includes that second up to its last millisecond.

    Args:
        moment: what the user gave; see ``Moment``. Numbers from 100,000,000,000 up are milliseconds already.
        end: is this the end of a range?
        now: what ``-3h`` and ``now`` are counted from; the clock where None.

    Raises:
        ValueError: for text that is none of the accepted forms, with a message that lists them.
    """
    milliseconds = _parse(moment, now or datetime.now(UTC))
    whole_second = milliseconds % 1000 == 0
    return milliseconds + 999 if end and whole_second else milliseconds


def _parse(moment: Moment, now: datetime) -> int:
    if isinstance(moment, datetime):
        return _from_datetime(moment)
    if isinstance(moment, int | float):
        return _from_number(moment)
    text = moment.strip()
    if text.lower() == "now":
        return _from_datetime(now)
    if relative := _RELATIVE.fullmatch(text):
        return _from_datetime(now) - int(relative[1]) * _UNITS[relative[2].lower()] * 1000
    if re.fullmatch(r"\d{5,}(\.\d+)?", text):
        return _from_number(float(text))
    return _from_iso(text)


def _from_number(number: float) -> int:
    return int(number) if abs(number) >= _MILLISECONDS_FROM else round(number * 1000)


def _from_datetime(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 1000 + aware.microsecond // 1000


def _from_iso(text: str) -> int:
    try:
        return _from_datetime(datetime.fromisoformat(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is no point in time; write 2026-05-01T09:30:00Z (UTC where no zone is given), "
            "epoch seconds such as 1777627800, or a time before now such as -3h (s, m, h, d, w)"
        ) from None
