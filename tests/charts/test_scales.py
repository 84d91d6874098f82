"""Ticks and numbers of axes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.charts.scales import short, time_ticks, value_ticks, whole

DAY = 86_400_000
MAY = 1_777_593_600_000
MILLISECONDS = st.integers(min_value=0, max_value=4_000_000_000_000)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1"), (0.25, "0.25"), (999, "999"), (1500, "1.5k"), (2e6, "2M"), (-3e9, "-3G"), (1e18, "1000P")],
)
def test_short(value: float, text: str) -> None:
    """Numbers on axes are short."""
    assert short(value) == text


@pytest.mark.parametrize(("value", "text"), [(6039097674.0, "6,039,097,674"), (0.12345, "0.1235"), (-12.5, "-12.5")])
def test_whole(value: float, text: str) -> None:
    """Numbers next to bars are written in full."""
    assert whole(value) == text


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        (MAY, MAY + DAY, ["05-01 00:00", "06:00", "12:00", "18:00", "05-02 00:00"]),
        (MAY + 1, MAY + 3 * DAY, ["2026-05-02", "2026-05-03", "2026-05-04"]),
        (MAY, MAY + 45_000, ["05-01 00:00:00", "00:00:15", "00:00:30", "00:00:45"]),
        (MAY + 1, MAY + 1, ["05-01 00:00:00"]),
    ],
)
def test_time_ticks(first: int, last: int, texts: list[str]) -> None:
    """Ticks are round; the date is written if it changes."""
    assert [text for _, text in time_ticks(first, last, 5)] == texts


@given(MILLISECONDS, MILLISECONDS, st.integers(min_value=1, max_value=20))
def test_time_ticks_hold(first: int, length: int, most: int) -> None:
    """There is at least one tick, and no more than requested, for any span."""
    assert 1 <= len(time_ticks(first, first + length, most)) <= most + 1


@given(st.floats(-1e15, 1e15), st.floats(0, 1e15), st.integers(min_value=2, max_value=10))
def test_value_ticks_hold(bottom: float, more: float, most: int) -> None:
    """Ticks cover all values and 0, and are few."""
    ticks = value_ticks(bottom, bottom + more, most)
    assert ticks[0] <= min(bottom, 0) + 1e-6 * abs(bottom)
    assert ticks[-1] >= max(bottom + more, 0) * (1 - 1e-6)
    assert len(ticks) <= most + 2
