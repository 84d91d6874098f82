"""Round ticks and short numbers for axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
STEPS = (
    *(_SECOND * n for n in (1, 2, 5, 10, 15, 30)),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 7, 14, 28, 91, 182, 365, 730, 3650)),
)
"""Candidates for the distance of two ticks in milliseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_for(span: int, most: int) -> int:
    """Return the smallest step, in milliseconds, that divides a span into at most ``most`` parts."""
    return next((step for step in STEPS if span / step <= most), max(span // max(most, 1), 1))


def time_ticks(first: int, last: int, most: int) -> list[tuple[int, str]]:
    """Return at most ``most`` round times from the first to the last, in epoch milliseconds, and their labels.

    A label contains the date if it differs from the one before.
    """
    step = step_for(last - first, max(most - 1, 1))
    moments = range(-(-first // step) * step, last + 1, step)
    texts, day = [], ""
    for moment in moments or [first]:
        text, its_day = moment_text(moment, step), moment_text(moment, _DAY)
        texts.append((moment, text if step >= _DAY or day == its_day else f"{its_day[5:]} {text}"))
        day = its_day
    return texts


def moment_text(moment: int, step: int = 0) -> str:
    """Return a time in UTC, as precise as the step requires; date and time if ``step`` is 0.

    A time beyond the year 9999 is written in milliseconds.
    """
    try:
        at = _EPOCH + timedelta(milliseconds=moment)
    except OverflowError:
        return f"{moment} ms"
    if not step:
        return f"{at.date()} {at:%H:%M:%S}"
    return f"{at.date()}" if step >= _DAY else f"{at:%H:%M}" if step >= _MINUTE else f"{at:%H:%M:%S}"


def value_ticks(bottom: float, top: float, most: int) -> list[float]:
    """Return round, equidistant values that cover everything from the bottom, or 0, to the top."""
    low, high = min(bottom, 0.0), max(top, 0.0)
    if low == high:
        return [0.0, 1.0]
    rough = (high - low) / max(most - 1, 1)
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    first = min(first, -1) if low < 0 else first  # so small a number that its quotient is 0
    return [number * step for number in range(first, last + 1)]


def short(value: float) -> str:
    """Return a number for an axis: 1500 is 1.5k."""
    for factor, unit in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:.4g}{unit}"
    return f"{value:.4g}"


def whole(value: float) -> str:
    """Return a number in full, with separated thousands."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


def widest(texts: Sequence[str]) -> int:
    """Return the number of columns of the longest text."""
    return max(map(len, texts), default=0)
