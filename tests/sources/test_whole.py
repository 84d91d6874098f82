"""Large plain files give the same events whether Polars reads them itself or they are read in blocks."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowlocal.events import ScanReport
from flowlocal.sources import open_events, whole

HEADER = (
    b"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
    b"start end action log-status"
)
RECORD = b"2 123456789010 eni-0a 10.0.0.1 10.0.0.2 40001 443 6 5 %d 1760000000 1760000060 ACCEPT OK"
NODATA = b"2 123456789010 eni-0a - - - - - - - 1760000000 1760000060 - NODATA"
LINES = (
    RECORD % 1,
    RECORD % 2,
    RECORD % 3,
    NODATA,
    HEADER,
    b"",
    b"odd",
    RECORD % 4 + b" surplus",
    RECORD % 5 + b" ",
    (RECORD % 6).replace(b" 443 ", b" 70000 "),
    (RECORD % 7).replace(b" 443 ", b"  443 "),
    (RECORD % 8).replace(b" 443 ", b"  "),
    (RECORD % 9).replace(b" 5 ", b" NaN "),
    (RECORD % 10).replace(b" 5 ", b" -5 "),
    (RECORD % 11).replace(b"ACCEPT", b"\xff\xfe"),
    b'"' + RECORD % 12,
    RECORD % 13 + b"\r",
)


def _read(path: Path, least: int, columns: list[str]) -> tuple[pl.DataFrame, ScanReport]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole, "LEAST", least)
        events = open_events([path])
    report = ScanReport()
    return events.read(report).select(columns).collect(engine="streaming"), report


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LINES), max_size=12), st.integers(0, 40), st.booleans(), st.booleans())
def test_both_ways_agree(tmp_path: Path, lines: list[bytes], before: int, header: bool, final: bool) -> None:
    """Events, odd lines and numbers are the same, wherever the odd lines stand."""
    content = b"\n".join([*([HEADER] if header else []), *[RECORD % 0] * (before + 1), *lines])
    path = tmp_path / "flow.log"
    path.write_bytes(content + (b"\n" if final else b""))
    columns = ["@timestamp", "@logStream", "@log", "dstPort", "packets", "action", "logStatus", "_row", "_record"]
    one, first = _read(path, 1, columns)
    other, second = _read(path, 1 << 40, columns)
    assert one.equals(other)
    assert (first.records, first.bytes, first.odd_count) == (second.records, second.bytes, second.odd_count)
    assert first.odd_lines == second.odd_lines


def test_a_clean_file_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is odd, no block is read."""
    path = tmp_path / "flow.log"
    path.write_bytes(b"".join(RECORD % number + b"\n" for number in range(50_000)))
    monkeypatch.setattr(whole, "LEAST", 1)
    monkeypatch.setattr(whole.LineFile, "range_jobs", lambda *_: pytest.fail("read in blocks"))
    events = open_events([path])
    report = ScanReport()
    found = events.read(report).select(pl.col("bytes").sum(), pl.len()).collect(engine="streaming")
    assert found.row(0) == (sum(range(50_000)), 50_000)
    assert (report.records, report.bytes) == (50_000, path.stat().st_size)
