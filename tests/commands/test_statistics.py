"""``recordsMatched`` counts the events that passed the filters, whatever later stages make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowlocal

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "lines"


@pytest.mark.parametrize(
    "rest",
    [
        "limit 1",
        "stats count(*)",
        "stats count(*) as n by action | filter n < 0",
        "sort bytes | stats count(*) by bin(1h)",
        "sort bytes | accum bytes | stats max(bytes_accum)",
        "sessionize srcAddr | stats count(*) by session_id",
        "filldown | autoregress bytes | stats sum(bytes_p1)",
        "outlier bytes | stats sum(bytes)",
        "fields bytes | addtotals col=true | limit 1",
        "countFrequent action",
        "stats count(*) as n by bin(1h) | fillmissing with 0 for n",
        "pattern @message",
        "pattern @message | diff",
        "logcompare timeshift 1d",
        "relevantfields where action = 'REJECT'",
        "dedup srcAddr",
    ],
)
def test_records_matched(rest: str) -> None:
    """Every event of SSH is counted once."""
    result = flowlocal.query(f"filter dstPort = 22 | {rest}", SAMPLES, start="2026-05-01", end="2026-05-02")
    assert result.statistics.recordsMatched == 73
    assert result.statistics.recordsScanned == 2751
