"""Parse texts by Java date patterns such as ``yyyy-MM-dd'T'HH:mm:ssXXX``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from msgspec import Struct, field

from flowlocal.compiler.registry import BadArgument
from flowlocal.compiler.zones import zone

_LONGEST = 200
_PATTERN_ARGUMENT = 1
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(.)", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OFFSET = r"Z|[+-][0-9]{2}(?::?[0-9]{2}){0,2}"
_HINT = "known are y M d D H h k K m s S n A a E G z V Z X x O, and text in single quotes; years are `yyyy`"


class _Moment(Struct):
    """The fields read from a text; the others are those of 1970-01-01 00:00."""

    zone: tzinfo
    year: int = 1970
    month: int = 1
    day: int = 1
    day_of_year: int = 0
    hour: int = 0
    minute: int = 0
    second: int = 0
    afternoon: bool = False
    before_christ: bool = False
    beyond: timedelta = field(default_factory=timedelta)

    def milliseconds(self) -> int | None:
        """Return epoch milliseconds; None if the date does not exist."""
        hour = self.hour + 12 * self.afternoon
        try:
            start = datetime(self.year, self.month, self.day, hour, self.minute, self.second, tzinfo=self.zone)
            days = timedelta(days=max(self.day_of_year - 1, 0))
            return None if self.before_christ else (start + days + self.beyond - _EPOCH) // timedelta(milliseconds=1)
        except (ValueError, OverflowError):
            return None


Apply = Callable[[_Moment, str], None]


class JavaDate(Struct, frozen=True):
    """A compiled pattern."""

    expression: re.Pattern[str]
    steps: tuple[Apply, ...]
    zone: tzinfo

    def read(self, text: str) -> int | None:
        """Return epoch milliseconds of a text that the whole pattern matches; None for any other."""
        match = self.expression.fullmatch(text)
        if match is None:
            return None
        moment = _Moment(self.zone)
        for apply, piece in zip(self.steps, match.groups(), strict=True):
            if piece is not None:
                apply(moment, piece)
        return moment.milliseconds() if moment.zone is not _UNKNOWN else None


_UNKNOWN = timezone(timedelta(), "unknown")
"""Zone of a text that names an unknown zone."""


def compile_date(pattern: str, zone_: tzinfo) -> JavaDate:
    """Return a compiled pattern; times without a zone are in ``zone_``.

    The quantifiers are possessive, so that matching takes time linear in the text.

    Raises:
        BadArgument: for an unknown letter, and for a pattern that is too long.
    """
    if len(pattern) > _LONGEST:
        raise BadArgument("this date pattern is too long", _PATTERN_ARGUMENT, hint=f"at most {_LONGEST} characters")
    pieces, steps = list[str](), list[Apply]()
    for match in _PIECE.finditer(pattern):
        if match[2]:
            expression, apply = _letter(match[2], len(match[0]))
            pieces.append(f"({expression})")
            steps.append(apply)
        else:
            pieces.append(_literal(match))
    return JavaDate(_compiled(pieces), tuple(steps), zone_)


def _compiled(pieces: Sequence[str]) -> re.Pattern[str]:
    try:
        return re.compile("".join(pieces), re.IGNORECASE)
    except re.error:
        raise BadArgument("this date pattern is invalid", _PATTERN_ARGUMENT, hint="close every bracket") from None


def _literal(match: re.Match[str]) -> str:
    if match[3] in ("[", "]"):
        return "(?:" if match[3] == "[" else ")?+"
    if match[3] == "'":
        raise BadArgument("a quote in this date pattern is not closed", _PATTERN_ARGUMENT, hint="write '' for a quote")
    return re.escape(match[3] or match[1].replace("''", "'") or "'")


def _letter(letter: str, count: int) -> tuple[str, Apply]:
    if letter in "ML" and count > 2:
        return _named(MONTHS, count), _set_month
    if letter in "yu":
        digits = f"[0-9]{{{count}}}" if count > 1 else "[0-9]{1,4}+"
        return digits, _set_short_year if count == 2 else _set("year")
    if letter in _TEXTS:
        return _TEXTS[letter] if letter != "E" else (_named(DAYS, count), _ignore)
    if letter in _NUMBERS:
        most, apply = _NUMBERS[letter]
        return (f"[0-9]{{{count}}}" if 1 < count <= most else f"[0-9]{{1,{most}}}+"), apply
    raise BadArgument(f"{letter} is not a valid letter of a date pattern", _PATTERN_ARGUMENT, hint=_HINT)


def _named(names: Sequence[str], count: int) -> str:
    return "|".join(name if count > 3 else name[:3] for name in names)


def _set(name: str) -> Apply:
    return lambda moment, text: setattr(moment, name, int(text))


def _set_short_year(moment: _Moment, text: str) -> None:
    moment.year = 2000 + int(text)


def _set_month(moment: _Moment, text: str) -> None:
    moment.month = 1 + [name[:3].lower() for name in MONTHS].index(text[:3].lower())


def _set_hour_of_half(moment: _Moment, text: str) -> None:
    moment.hour = int(text) % 12 if int(text) <= 12 else 99


def _set_hour_to_24(moment: _Moment, text: str) -> None:
    moment.hour = int(text) % 24 if int(text) <= 24 else 99


def _set_fraction(moment: _Moment, text: str) -> None:
    moment.beyond += timedelta(microseconds=int(text[:6].ljust(6, "0")))


def _set_nanoseconds(moment: _Moment, text: str) -> None:
    moment.beyond += timedelta(microseconds=int(text) // 1000)


def _set_milliseconds_of_day(moment: _Moment, text: str) -> None:
    moment.beyond += timedelta(milliseconds=int(text))


def _set_half(moment: _Moment, text: str) -> None:
    moment.afternoon = text.upper() == "PM"


def _set_era(moment: _Moment, text: str) -> None:
    moment.before_christ = text.upper().startswith("B")


def _set_zone(moment: _Moment, text: str) -> None:
    moment.zone = zone(text) or _UNKNOWN


def _ignore(_moment: _Moment, _text: str) -> None:
    """Ignore the day of the week, which the date implies."""


_TEXTS: dict[str, tuple[str, Apply]] = {
    "a": ("[AaPp][Mm]", _set_half),
    "E": ("", _ignore),
    "G": ("AD|BC|CE|BCE|Anno Domini|Before Christ", _set_era),
    "z": (r"[A-Za-z][A-Za-z0-9_/+:-]*+", _set_zone),
    "V": (r"[A-Za-z][A-Za-z0-9_/+:-]*+", _set_zone),
    "O": (r"GMT(?:[+-][0-9]{1,2}(?::?[0-9]{2})?)?", _set_zone),
    "Z": (f"{_OFFSET}|GMT(?:[+-][0-9]{{1,2}}(?::?[0-9]{{2}})?)?", _set_zone),
    "X": (_OFFSET, _set_zone),
    "x": (_OFFSET, _set_zone),
}
_NUMBERS: dict[str, tuple[int, Apply]] = {
    "M": (2, _set("month")),
    "L": (2, _set("month")),
    "d": (2, _set("day")),
    "D": (3, _set("day_of_year")),
    "H": (2, _set("hour")),
    "h": (2, _set_hour_of_half),
    "K": (2, _set_hour_of_half),
    "k": (2, _set_hour_to_24),
    "m": (2, _set("minute")),
    "s": (2, _set("second")),
    "S": (9, _set_fraction),
    "n": (9, _set_nanoseconds),
    "A": (8, _set_milliseconds_of_day),
}
