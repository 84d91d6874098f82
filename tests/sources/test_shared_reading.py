"""Several queries in one reading of the logs: the answers of each alone, in whatever order they read."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowlocal
from flowlocal.api import answer_together
from flowlocal.query_options import QueryOptions

SAMPLES = Path(__file__).parents[2] / "sample_logs"
QUERIES = (
    "stats count(*) as n, sum(bytes) as b by srcAddr, dstAddr | sort b desc, srcAddr, dstAddr",
    "filter action = 'REJECT' | stats count_distinct(srcAddr) as n by dstPort | sort n desc, dstPort",
    "fields @timestamp, @message | sort @timestamp desc | limit 7",
    "fields srcAddr | limit 3",
    "filter dstPort = 1 and dstPort = 2 | stats count(*)",
    "stats pct(bytes, 50) as p by bin(6h)",
    "stats count(*) as n by action"
    " | join type=inner left=a right=b where a.action = b.action (stats sum(bytes) as m by action) | sort a.n",
    "filter srcAddr in (filter action = 'REJECT' | fields srcAddr | limit 5)"
    " | stats count(*) as n by srcAddr | sort srcAddr",
    "pattern @message | limit 2",
)


def together(folder: Path, queries: tuple[str, ...] = QUERIES) -> list[flowlocal.Result]:
    """Return the answers to queries in one reading."""
    return answer_together(flowlocal.scan(folder), [(text, QueryOptions.of(text)) for text in queries])


@pytest.mark.parametrize("sample", ["lines", "s3", "estate/logs", "cloudwatch-export"])
def test_same_answers(sample: str) -> None:
    """Each query has the answer and the statistics that it has alone."""
    logs = flowlocal.scan(SAMPLES / sample)
    for text, result in zip(QUERIES, together(SAMPLES / sample), strict=True):
        alone = logs.query(text)
        assert result.rows == alone.rows, text
        assert result.statistics == alone.statistics, text


def test_one_reading(tmp_path: Path) -> None:
    """The bytes of the logs are read once, however many queries there are and however much is in them."""
    lines = (SAMPLES / "article" / "flow.log").read_bytes().splitlines(keepends=True)
    file = tmp_path / "flow.log"
    file.write_bytes(b"".join(lines) * 200_000)
    read: list[int] = []
    queries = [f"filter dstPort > {number} | stats count(*) as n" for number in range(20)]
    asked = [(text, QueryOptions.of(text)) for text in queries]
    results = answer_together(flowlocal.scan(file), asked, on_bytes=read.append)
    assert sum(read) == file.stat().st_size
    assert [each.rows for each in results[:1]] == [flowlocal.query(queries[0], file).rows]


def test_several_log_groups(tmp_path: Path) -> None:
    """Several groups with different fields are read once, too, one after the other, with the answers of each alone."""
    other = tmp_path / "flow.log"
    other.write_text(
        "srcaddr dstaddr dstport bytes action\n10.0.0.1 10.0.0.2 22 - REJECT\n10.0.0.1 10.0.0.2 - 7 ACCEPT\n"
    )
    groups = {"a": SAMPLES / "s3", "b": other, "c": SAMPLES / "estate" / "logs"}
    queries = (
        *QUERIES,
        'SOURCE "b" | fields srcAddr, dstPort, @log',
        "stats count(*) as n by vpcId, @log | sort n desc",
    )
    logs, read = flowlocal.scan(groups), list[int]()
    asked = [(text, QueryOptions.of(text)) for text in queries]
    for text, result in zip(queries, answer_together(logs, asked, on_bytes=read.append), strict=True):
        assert result.rows == logs.query(text).rows, text
    assert sum(read) == logs.source.total_bytes


def test_malformed(tmp_path: Path) -> None:
    """A malformed query is refused before anything is read, wherever it is in the list."""
    (tmp_path / "flow.log").write_bytes((SAMPLES / "article" / "flow.log").read_bytes())
    with pytest.raises(flowlocal.MalformedQuery):
        together(tmp_path, (*QUERIES[:2], "stats cuont(*)"))


def test_unreadable(tmp_path: Path) -> None:
    """A file that cannot be read to its end ends all queries with its error; none waits for the others."""
    data = next((SAMPLES / "s3").rglob("*.gz")).read_bytes()
    (tmp_path / "flow.log.gz").write_bytes(data[: len(data) // 2])
    logs = flowlocal.scan(tmp_path / "flow.log.gz", strict=True)
    with pytest.raises(flowlocal.UnreadableInput) as caught:
        answer_together(logs, [(text, QueryOptions.of(text)) for text in QUERIES[:3]])
    assert caught.value.path == str(tmp_path / "flow.log.gz")


def test_no_query(tmp_path: Path) -> None:
    """No query has no answer."""
    (tmp_path / "flow.log").write_text("")
    assert together(tmp_path, ()) == []
