"""What a query counts does not depend on who looks: with and without a histogram, the statistics are the same."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import flowlocal
from flowlocal.api import answer
from flowlocal.query_options import DEFAULTS
from tests.terminal import on_terminal

LOGS = Path(__file__).parents[2] / "sample_logs" / "s3"
ENDINGS = [
    "stats sum(bytes) by bin(6h)",
    "stats count(*)",
    "stats count(*) by dstPort | count(*)",
    "stats count(*) by bin(1h) | stats max(`count(*)`)",
    "stats count(*) by bin(1h), dstPort | sort `count(*)` desc | limit 3",
    "stats pct(bytes, 95) by bin(6h)",
    "stats values(action) by bin(6h)",
    "stats count(*) as n by bin(6h) | fillmissing with 0 for n",
    "stats count(*) as n by bin(6h) | addtotals col=true n",
    "stats count(*) as n by bin(6h) | accum n",
    "stats count(*) as n by bin(6h) | autoregress n",
    "stats count(*) as n by bin(6h) | outlier n",
    "filter dstPort = 22 | stats count(*) by bin(6h)",
    "filter dstPort = 22",
    "fields srcAddr | limit 5",
    "limit any 5",
    "dedup dstPort",
    "sort bytes desc | limit 5",
    "display srcAddr | sort srcAddr",
    'parse @message "* *" as a, b',
    "pattern @message",
    "filldown srcAddr",
    "unnest srcAddr into x",
    "countFrequent dstPort",
    "relevantfields where action = 'REJECT'",
    "fields srcAddr, srcPort | sort @timestamp | sessionize srcAddr",
]


@pytest.mark.parametrize("query", ENDINGS)
def test_statistics_do_not_depend_on_the_histogram(query: str) -> None:
    """Matched, scanned and bytes are equal if times are watched and if they are not."""
    logs = flowlocal.scan(LOGS)
    plain = logs.query(query)
    times: list[int] = []
    watched = answer(logs, query, DEFAULTS, on_times=lambda some: times.append(len(some)))
    assert watched.statistics == plain.statistics
    assert sum(times) == plain.statistics.recordsMatched


def test_the_line_on_a_terminal() -> None:
    """What a person reads below the rows."""
    command = [sys.executable, "-m", "flowlocal", "query", ENDINGS[0], str(LOGS)]
    assert "2,751 of 2,751 records matched" in on_terminal(command, columns=120)[1]
