"""``flowlocal query`` with a person in front: a pseudo-terminal in place of pipes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import on_terminal

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"
ARTICLE = SAMPLES / "article" / "flow.log"
QUERY = "fields @timestamp, srcAddr, dstPort, action, @message"


def query(*arguments: object, **options: Any) -> tuple[int, str]:
    """Run ``flowlocal query`` on a terminal."""
    return on_terminal([sys.executable, "-m", "flowlocal", "query", *map(str, arguments)], **options)


def test_table_by_default() -> None:
    """On a terminal rows come as a coloured table, with a line of statistics below."""
    code, shown = query("stats count(*) as n by action", ARTICLE)
    assert code == 0
    assert "\x1b[1maction\x1b[0m  \x1b[1mn\x1b[0m" in shown
    assert "\x1b[32mACCEPT\x1b[0m  1" in shown
    assert "1 row; 1 of 1 records matched, " in shown


@pytest.mark.parametrize(
    ("arguments", "variables"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})]
)
def test_no_color(arguments: list[str], variables: dict[str, str]) -> None:
    """Colours can be refused in the usual ways."""
    _, shown = query("stats count(*) as n by action", ARTICLE, *arguments, variables=variables)
    assert "\x1b" not in shown
    assert "ACCEPT  1" in shown


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    """Whatever the width, the table fits."""
    _, shown = query(QUERY, ARTICLE, "--no-color", columns=columns)
    table = shown.splitlines()[:-1]  # the last line is the statistics, which the terminal may wrap
    assert max(map(len, table)) <= columns
    assert "ACCEPT" in shown


def test_parquet_is_refused() -> None:
    """Bytes that would wreck the screen are refused, with what to do instead."""
    code, shown = query(QUERY, ARTICLE, "-o", "parquet")
    assert code == 2
    assert "--output FILE" in shown


def test_no_input_is_refused() -> None:
    """Without a path and without a pipe, the command does not wait for input."""
    code, shown = query(QUERY)
    assert code == 2
    assert "name a file or directory to read, or pipe logs in" in shown


def test_progress_on_demand(tmp_path: Path) -> None:
    """--progress shows a bar on standard error, and leaves standard output alone."""
    result = tmp_path / "result.jsonl"
    with result.open("wb") as stream:
        code, shown = query("stats count(*)", SAMPLES / "s3", "--progress", stdout=stream.fileno())
    assert code == 0
    assert "reading" in shown
    assert result.read_text() == '{"count(*)": "2751"}\n'
