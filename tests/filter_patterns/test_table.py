"""The table of filter patterns: what they match and extract, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flowlocal.filter_patterns import InvalidPattern, parse

TABLE: dict[str, list[dict[str, Any]]] = tomllib.loads((Path(__file__).parent / "cases.toml").read_text("utf-8"))
MATCHES = [
    (pattern, event["message"], kind == "matches")
    for event in TABLE["event"]
    for kind in ("matches", "differs")
    for pattern in event[kind]
]


@pytest.mark.parametrize(("pattern", "message", "expected"), MATCHES)
def test_matches(pattern: str, message: str, expected: bool) -> None:
    """A pattern matches a message or not, alone and in a frame."""
    parsed = parse(pattern)
    others = ["", "{", "[", "\n", message]
    assert parsed.matches([message]) == [expected]
    rows = parsed.rows(pl.LazyFrame({"m": others, "n": 1}), "m").select("m").collect()
    assert (message in rows["m"].to_list()) is expected


@pytest.mark.parametrize("case", TABLE["extracted"], ids=lambda case: case["pattern"])
def test_extracted(case: dict[str, Any]) -> None:
    """The values that a pattern names are extracted."""
    assert parse(case["pattern"]).matches([case["message"]]) == [True]
    assert parse(case["pattern"]).extract(case["message"]) == case["values"]


@pytest.mark.parametrize("case", TABLE["refused"], ids=lambda case: case["pattern"])
def test_refused(case: dict[str, Any]) -> None:
    """What the service refuses is refused in its words, with a place inside of the pattern."""
    with pytest.raises(InvalidPattern) as refusal:
        parse(case["pattern"])
    assert str(refusal.value).startswith(case["error"].rstrip())
    assert 0 <= refusal.value.span.start <= len(case["pattern"])


def test_sources() -> None:
    """Every case says how the answer is known."""
    grades = ("documented", "recorded", "decided")
    assert [case for cases in TABLE.values() for case in cases if not case["source"].startswith(grades)] == []
