"""Parse times of events in the formats that clients write."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from flowlocal import epoch


def milliseconds(value: object) -> int | None:
    """Return a time in epoch milliseconds from a number, digits or ISO 8601; None for anything else.

    The magnitude of a number determines its unit. The result can be outside the range of a datetime.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return epoch.milliseconds(value)
    return None


def _of_text(text: str) -> int | None:
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return milliseconds(int(text) if text.isdigit() else float(text))
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
