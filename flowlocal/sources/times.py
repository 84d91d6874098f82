"""Times of events in the spellings in which clients write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

_MINIMUM_MS = 100_000_000_000
"""Numbers below it are seconds, above it milliseconds, far above it nanoseconds."""


def milliseconds(value: object) -> int | None:
    """A time of any of the usual spellings in epoch milliseconds: numbers, digits, ISO 8601; else None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return _of_text(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    while value >= _MINIMUM_MS * 1000:
        value = value // 1000
    return int(value) if value >= _MINIMUM_MS else int(value * 1000)


def _of_text(text: str) -> int | None:
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return milliseconds(int(text) if text.isdigit() else float(text))
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
