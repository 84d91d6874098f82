"""The engine answers as a deliberately slow evaluator in plain Python does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, note, settings

import flowlocal.functions.compile
from flowlocal.engine import parse, run
from flowlocal.language import tree
from flowlocal.language.printer import print_query
from flowlocal.sources import open_events
from tests.oracle.evaluate import answer
from tests.oracle.events import events_of
from tests.oracle.queries import lines, queries

RECORD = "2 123456789010 eni-a 10.0.0.1 10.0.0.9 443 22 6 20 4249 1418530010 1418530070 ACCEPT OK"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that every example writes anew."""
    return tmp_path_factory.mktemp("oracle") / "flow.log"


def _check(log: Path, text: str, found: list[str]) -> None:
    log.write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    note(text)
    assert run(text, open_events([log])).rows == answer(parse(text), events_of(found))


@given(found=lines, query=queries())
def test_random_queries(log: Path, found: list[str], query: tree.Query) -> None:
    """Random queries over random lines: the same rows in the same order."""
    _check(log, print_query(query), found)


@settings(max_examples=max(20, settings().max_examples // 5))
@given(found=lines, query=queries())
def test_held_values(log: Path, found: list[str], query: tree.Query) -> None:
    """The same where every value becomes a column before it is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flowlocal.functions.compile, "LONGEST_EXPRESSION", 0)
        _check(log, print_query(query), found)


ODDITIES = [
    "filter 1 = 1",
    "filter true | stats count(*)",
]


@pytest.mark.parametrize("text", ODDITIES)
def test_oddities(log: Path, text: str) -> None:
    """Queries that once went wrong, or well might."""
    _check(log, text, [RECORD, "42", "x", RECORD.replace("22", "-"), "007"])
