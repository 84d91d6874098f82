"""Format times with the directives of ``strftime``: the same on every machine, for the years 1 to 9999."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from flowlocal.compiler.java_dates import DAYS, MONTHS
from flowlocal.compiler.registry import BadArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 1000
_FORMAT_ARGUMENT = 1
_DIRECTIVE = re.compile(r"%(.|\Z)", re.DOTALL)

Write = Callable[[datetime], str]


def _week(moment: datetime, first_weekday: int) -> str:
    """Return the week of the year; week 1 begins on the first such weekday, and the days before it are week 0."""
    since = (moment.weekday() - first_weekday) % 7
    return f"{(moment.timetuple().tm_yday + 6 - since) // 7:02d}"


def _offset(moment: datetime) -> str:
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def _composed(format_: str) -> Write:
    return lambda moment: write(format_, moment)


_DIRECTIVES: dict[str, Write] = {
    "%": lambda _: "%",
    "n": lambda _: "\n",
    "t": lambda _: "\t",
    "Y": lambda moment: f"{moment.year:04d}",
    "C": lambda moment: f"{moment.year // 100:02d}",
    "y": lambda moment: f"{moment.year % 100:02d}",
    "m": lambda moment: f"{moment.month:02d}",
    "B": lambda moment: MONTHS[moment.month - 1],
    "b": lambda moment: MONTHS[moment.month - 1][:3],
    "h": lambda moment: MONTHS[moment.month - 1][:3],
    "d": lambda moment: f"{moment.day:02d}",
    "e": lambda moment: f"{moment.day:2d}",
    "j": lambda moment: f"{moment.timetuple().tm_yday:03d}",
    "A": lambda moment: DAYS[moment.weekday()],
    "a": lambda moment: DAYS[moment.weekday()][:3],
    "u": lambda moment: str(moment.isoweekday()),
    "w": lambda moment: str(moment.isoweekday() % 7),
    "G": lambda moment: f"{moment.isocalendar().year:04d}",
    "g": lambda moment: f"{moment.isocalendar().year % 100:02d}",
    "V": lambda moment: f"{moment.isocalendar().week:02d}",
    "U": lambda moment: _week(moment, 6),
    "W": lambda moment: _week(moment, 0),
    "H": lambda moment: f"{moment.hour:02d}",
    "k": lambda moment: f"{moment.hour:2d}",
    "I": lambda moment: f"{moment.hour % 12 or 12:02d}",
    "l": lambda moment: f"{moment.hour % 12 or 12:2d}",
    "p": lambda moment: "AM" if moment.hour < 12 else "PM",
    "P": lambda moment: "am" if moment.hour < 12 else "pm",
    "M": lambda moment: f"{moment.minute:02d}",
    "S": lambda moment: f"{moment.second:02d}",
    "f": lambda moment: f"{moment.microsecond:06d}",
    "L": lambda moment: f"{moment.microsecond // 1000:03d}",
    "s": lambda moment: str((moment - _EPOCH) // timedelta(seconds=1)),
    "z": _offset,
    "Z": lambda moment: moment.tzname() or "",
    "D": _composed("%m/%d/%y"),
    "F": _composed("%Y-%m-%d"),
    "R": _composed("%H:%M"),
    "T": _composed("%H:%M:%S"),
    "r": _composed("%I:%M:%S %p"),
    "c": _composed("%a %b %e %H:%M:%S %Y"),
    "x": _composed("%m/%d/%y"),
    "X": _composed("%H:%M:%S"),
}


def check_format(format_: str) -> None:
    """Raise BadArgument for a format that has an unknown directive or is too long."""
    if len(format_) > _LONGEST:
        raise BadArgument("this format is too long", _FORMAT_ARGUMENT, hint=f"at most {_LONGEST} characters")
    for match in _DIRECTIVE.finditer(format_):
        if match[1] not in _DIRECTIVES:
            known = " ".join(f"%{letter}" for letter in sorted(_DIRECTIVES, key=str.lower))
            raise BadArgument(f"{match[0]} is not a valid directive", _FORMAT_ARGUMENT, hint=f"known are {known}")


def write(format_: str, moment: datetime) -> str:
    """Return a time in a format."""
    return _DIRECTIVE.sub(lambda match: _DIRECTIVES[match[1]](moment), format_)


def write_milliseconds(format_: str, milliseconds: int, zone: tzinfo) -> str | None:
    """Return epoch milliseconds in a format and a time zone; None if the date does not exist."""
    try:
        return write(format_, (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(zone))
    except (OverflowError, ValueError):
        return None
