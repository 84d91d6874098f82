"""The histogram of matched events."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from flowlocal.api import answer
from flowlocal.charts.histogram import TimeCounter, draw_histogram
from flowlocal.query_options import DEFAULTS
from tests.charts.samples import logs

MAY = 1_777_593_600_000


def counted(*times: int | None) -> TimeCounter:
    """Return a counter of these epoch milliseconds."""
    counter = TimeCounter()
    counter.add(pl.Series(times, dtype=pl.Datetime("ms")))
    return counter


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ("filter action = 'REJECT'", 373),
        ("filter action = 'REJECT' | limit 3", 373),
        ("fields srcAddr | limit 5", 2751),
        ("filter action = 'REJECT' | dedup srcAddr", 373),
        ("stats count(*) by action", 2751),
    ],
)
def test_counts_what_matched(query: str, matched: int) -> None:
    """All matched events are counted, however few are shown, and the result is unchanged."""
    counter = TimeCounter()
    result = answer(logs(), query, DEFAULTS, on_times=counter.add)
    assert sum(counter.counts(80)[2]) == matched == result.statistics.recordsMatched
    assert result.rows == logs().query(query).rows


@settings(deadline=None)
@given(st.lists(st.integers(0, 4_000_000_000), min_size=1, max_size=50), st.integers(10, 200))
def test_buckets(times: list[int], most: int) -> None:
    """Every event is in its bucket, and no more buckets exist than requested."""
    start, step, buckets = counted(*(MAY + time for time in times)).counts(most)
    assert len(buckets) <= most
    expected = [0] * len(buckets)
    for time in times:
        expected[(MAY + time - start) // step] += 1
    assert buckets == expected


def test_bounded() -> None:
    """Very many times are counted in coarser steps, and none is lost."""
    counter = counted(*range(MAY, MAY + 200_000 * 1_000, 1_000))
    assert sum(counter.counts(80)[2]) == 200_000


def test_no_time() -> None:
    """Events without a time are ignored; fewer than two buckets give no histogram."""
    assert draw_histogram(counted(None, None)) == ""
    assert draw_histogram(counted(MAY, None, MAY)) == ""


@pytest.mark.parametrize("width", [40, 80, 200])
def test_drawn(width: int) -> None:
    """The histogram fits on the terminal, and its title says what a column is."""
    counter = TimeCounter()
    answer(logs(), "fields srcAddr", DEFAULTS, on_times=counter.add)
    text = draw_histogram(counter, width=width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert text.startswith("2,751 events by ")
    assert "05-01 00:00" in text.splitlines()[-1]


def test_one_event_is_seen() -> None:
    """A single event next to a million remains visible."""
    lines = draw_histogram(counted(*[MAY] * 5_000, MAY + 59_000)).splitlines()
    assert lines[-2].rstrip()[-1] == "▁"
