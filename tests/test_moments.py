"""Points in time as users write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from flowlocal.moments import Moment, to_datetime, to_milliseconds

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-05-01T09:30:00Z", "2026-05-01T09:30:00+00:00"),
        ("2026-05-01 09:30", "2026-05-01T09:30:00+00:00"),
        ("2026-05-01", "2026-05-01T00:00:00+00:00"),
        ("20260501T093000+0900", "2026-05-01T00:30:00+00:00"),
        ("2026-05-01T09:30:00.250Z", "2026-05-01T09:30:00.250000+00:00"),
        ("now", "2026-05-01T12:00:00+00:00"),
        ("-90s", "2026-05-01T11:58:30+00:00"),
        ("-15m", "2026-05-01T11:45:00+00:00"),
        (" -3H ", "2026-05-01T09:00:00+00:00"),
        ("-2d", "2026-04-29T12:00:00+00:00"),
        ("-1w", "2026-04-24T12:00:00+00:00"),
        ("1418530010", "2014-12-14T04:06:50+00:00"),
        ("1418530010000", "2014-12-14T04:06:50+00:00"),
        (1418530010, "2014-12-14T04:06:50+00:00"),
        (1418530010.5, "2014-12-14T04:06:50.500000+00:00"),
        (0, "1970-01-01T00:00:00+00:00"),
        (datetime(2026, 5, 1, 9), "2026-05-01T09:00:00+00:00"),
        (datetime(2026, 5, 1, 9, tzinfo=TOKYO), "2026-05-01T00:00:00+00:00"),
    ],
)
def test_accepted(moment: Moment, expected: str) -> None:
    """Every accepted form gives the moment it says."""
    assert to_datetime(moment, NOW) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "moment", ["", "yesterday", "3h", "-3", "-3y", "2026-13-01", "-99999999999h", 1e30, float("inf"), float("nan")]
)
def test_refused(moment: Moment) -> None:
    """Anything else is refused with a message that shows what to write."""
    with pytest.raises(ValueError, match=r"invalid time .*: expected 2026-05-01T09:30:00Z"):
        to_datetime(moment, NOW)


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        ("1418530010", 1418530010000, 1418530010999),
        ("2014-12-14T04:06:50.250Z", 1418530010250, 1418530010250),
        ("1969-12-31T23:59:59.5Z", -500, -500),
    ],
)
def test_end_includes_its_second(moment: Moment, start: int, end: int) -> None:
    """The end of a range that falls on a whole second includes that second."""
    assert (to_milliseconds(moment), to_milliseconds(moment, end=True)) == (start, end)
