"""Queries for the newest events: of older ones, no rows are made, and the answer is the same."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import flowlocal
from flowlocal import MalformedQuery, Result
from flowlocal.api import answer
from flowlocal.engine import run
from flowlocal.planning.registry import all_commands
from flowlocal.query_options import DEFAULTS, QueryOptions
from flowlocal.sources.events import open_events
from flowlocal.sources.reading import lines, pipeline
from flowlocal.sources.reading.blocks import Chunk

Asked = Callable[..., tuple[Result, int]]

ODD = ["", "-", "kernel: REJECT all", "2 1 eni-1 10.0.0.1 10.0.0.2 1 99999 6 1 40 1777600000 1777600060 REJECT OK"]
FIRST, LINES = 1777600000, 600
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)


def log(*, odd: float = 0, dashes: float = 0, jitter: int = 0, headers: bool = False) -> str:
    """Return lines whose times ascend by a second or so, of which some are odd and some have no time."""
    random, text = Random(7), []
    for second in range(LINES):
        start = FIRST + second // 2 + random.randint(-jitter, jitter)
        time = "-" if random.random() < dashes else str(start)
        action = random.choice(["ACCEPT", "ACCEPT", "ACCEPT", "REJECT"])
        addresses = f"10.0.0.{random.randint(1, 9)} 10.0.1.{random.randint(1, 99)}"
        text.append(
            f"2 12 eni-{second % 3} {addresses} {second % 7} {second % 60000} 6 1 {second} {time} {start} {action} OK"
        )
        if random.random() < odd:
            text.append(random.choice(ODD))
        if headers and second in (0, 200, 590):
            text.append(HEADER)
    return "\n".join(text)


LOGS = {
    "plain": log(),
    "jitter": log(jitter=20),
    "any order": log(jitter=LINES),
    "odd lines": log(odd=0.05),
    "no times": log(dashes=0.1, jitter=3),
    "no time at all": log(dashes=1),
    "headers": log(headers=True),
    "CRLF": log().replace("\n", "\r\n"),
    "not ASCII": log() + "\nü",
    "one long line": log() + "\n" + "x" * 100_000,
    "many files": log(jitter=5),
}


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return what asks a query of a log, and says how many events became no rows; the answer is that without this."""
    path, left_out = tmp_path / "x.log", list[int]()
    for name, size in {"BLOCK_BYTES": 4_000, "SMALL": 5_000, "_LATEST": 4_000, "_LINE": 100, "_LARGE": 1_000}.items():
        monkeypatch.setattr(lines, name, size)
    asking, add = pipeline._of_newest, pipeline._InOrder._add_to_report

    def note(self: pipeline._InOrder, chunk: Chunk) -> None:
        left_out.append(chunk.older)
        add(self, chunk)

    monkeypatch.setattr(pipeline._InOrder, "_add_to_report", note)

    def asked(query: str, **options: Any) -> tuple[Result, int]:
        monkeypatch.setattr(pipeline, "_of_newest", lambda request, *_: request)
        expected = flowlocal.query(query, path, **options)
        monkeypatch.setattr(pipeline, "_of_newest", asking)
        assert not sum(left_out)
        found = flowlocal.query(query, path, **options)
        for name in ("rows", "columns", "pointers", "truncated", "statistics"):
            assert getattr(found, name) == getattr(expected, name)
        for name in ("odd_count", "odd_lines", "warnings"):
            assert getattr(found.report, name) == getattr(expected.report, name)
        return found, sum(left_out)

    return asked


@pytest.fixture(params=LOGS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Write one of the logs, as one file or as many that are read together, and return its name."""
    path, text = tmp_path / "x.log", LOGS[request.param].encode()
    if request.param != "many files":
        path.write_bytes(text)
        return str(request.param)
    path.mkdir()
    found = text.splitlines(keepends=True)
    for start in range(0, len(found), 30):
        (path / f"{start:05}.log.gz").write_bytes(gzip.compress(b"".join(found[start : start + 30])))
    return str(request.param)


NEWEST = [
    "fields @timestamp, @message | limit 20",
    "fields @timestamp, @message | sort @timestamp desc | limit 20",
    "filter @message like /REJECT/ | limit 10",
    "filter @message like 'REJECT' | fields srcAddr, bytes * 2 as twice | sort @timestamp desc, dstPort | limit 5",
    "parse @message '* * *' as a, b, c | limit 3 | sort c",
    "limit 30 | stats count(*) as n by action",
    "filter @message like 'REJECT' | limit 9 | dedup srcAddr",
    "limit 5 | filter @message like 'REJECT'",
]
OTHERS = [
    "filter @timestamp > 1777600010000 | limit 10",
    "sort @timestamp | limit 20",
    "sort bytes desc | limit 20",
    "filter action = 'REJECT' | limit 10",
    "filter @message like /REJ.CT/ | limit 10",
    "filter @message like /REJECT/ and dstPort > 20 | limit 10",
    "fields bytes * 2 as twice | filter twice > 500 | limit 10",
    "fields concat(srcAddr, '!') as s | filter s like /7!/ | limit 10",
    "filter @message like /REJECT/ | dedup srcAddr | limit 3",
    "dedup srcAddr | limit 3",
    "accum bytes | limit 3",
    "limit any 3",
    "stats count(*) as n by action | limit 3",
    "filter bytes > 10 | stats latest(bytes) as b by action",
    "fields jsonParse('[1, 2]') as j | unnest j into n | limit 4",
]


@pytest.mark.parametrize("query", NEWEST)
def test_newest(query: str, written: str, ask: Asked) -> None:
    """Rows, their order and pointers, statistics and odd lines, whether the log is in order or not."""
    found, left_out = ask(query)
    assert found.rows
    if written in ("plain", "CRLF", "jitter", "many files"):
        assert left_out > found.statistics.recordsMatched / 2


@pytest.mark.parametrize("query", OTHERS)
@pytest.mark.parametrize("written", ["jitter"], indirect=True)
def test_all_are_wanted(query: str, written: str, ask: Asked) -> None:
    """If others are the first, if stages depend on them, or if it is not known before which of them match."""
    assert written
    found, left_out = ask(query)
    assert found.rows
    assert not left_out


RANGES = [(100, None), (None, 290), (0, 290), (295, None), (None, 200), (-1000, 10**9)]
"""Seconds after the first event, or none."""


@pytest.mark.parametrize("query", NEWEST[2:4])
@pytest.mark.parametrize(("start", "end"), RANGES)
@pytest.mark.parametrize("written", ["plain", "jitter", "odd lines"], indirect=True)
def test_time_ranges(query: str, start: int | None, end: int | None, written: str, ask: Asked) -> None:
    """Events before the start of a range are not counted; those after its end are no rows."""
    ends = {"start": start, "end": end}
    found, left_out = ask(query, **{name: FIRST + after for name, after in ends.items() if after is not None})
    if written != "odd lines" and start == 100:
        assert left_out > found.statistics.recordsMatched / 2


@pytest.mark.parametrize("written", ["plain"], indirect=True)
def test_a_start_before_all_times(tmp_path: Path, written: str, ask: Asked) -> None:
    """The number of milliseconds need not have 64 bits."""
    expected, left_out = ask("limit 3")
    assert written
    assert left_out
    for start in (-(2**62), -(2**64) + 2**62, -(10**30)):
        found = run("limit 3", open_events([tmp_path / "x.log"]), QueryOptions(start=start))
        assert (found.rows, found.statistics) == (expected.rows, expected.statistics)


EXAMPLES = [example for each in all_commands() for example in each.examples if "limit any" not in example]


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("written", ["jitter"], indirect=True)
def test_every_command(example: str, written: str, ask: Asked) -> None:
    """A stage that looks at other events, or changes which they are, asks for all of them."""
    assert written
    try:
        ask(f"{example} | limit 7")
    except MalformedQuery as error:
        pytest.skip(f"not over this log: {error}")


@pytest.mark.parametrize("written", ["plain"], indirect=True)
def test_times_that_are_asked_for(tmp_path: Path, written: str, ask: Asked) -> None:
    """A histogram needs the times of all events."""
    seen, (_, left_out) = list[int](), ask("limit 2")
    assert written
    assert left_out
    answer(flowlocal.scan(tmp_path / "x.log"), "limit 2", DEFAULTS, on_times=lambda times: seen.append(len(times)))
    assert sum(seen) == LINES
