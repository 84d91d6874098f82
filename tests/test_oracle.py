"""The engine answers as a deliberately slow evaluator in plain Python does."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given, note

import flowlocal.compiler.compile
from flowlocal.engine import parse, run
from flowlocal.language import tree
from flowlocal.language.unparse import print_query
from flowlocal.sources import open_events
from tests.oracle.evaluate import answer
from tests.oracle.events import events_of
from tests.oracle.queries import lines, queries
from tests.properties import examples

RECORD = "2 123456789010 eni-a 10.0.0.1 10.0.0.9 443 22 6 20 4249 1418530010 1418530070 ACCEPT OK"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that every example writes anew."""
    return tmp_path_factory.mktemp("oracle") / "flow.log"


def _check(log: Path, text: str, found: list[str]) -> None:
    log.write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    rows, wanted = run(text, open_events([log])).rows, answer(parse(text), events_of(found))
    nothing: dict[str, str] = {}
    differences = [pair for pair in zip_longest(rows, wanted, fillvalue=nothing) if not _alike(*pair)]
    assert not differences
    assert len(rows) == len(wanted)


def _alike(row: dict[str, str], wanted: dict[str, str]) -> bool:
    """Are two rows the same, but for the last digit of a power, in which the libraries of platforms differ?"""
    return list(row) == list(wanted) and all(map(_same, row.values(), wanted.values()))


def _same(cell: str, wanted: str) -> bool:
    long = cell.isdecimal() and wanted.isdecimal() and len(wanted) > 19
    return cell == wanted or (long and abs(int(cell) - int(wanted)) * 10**14 < int(wanted))


@given(found=lines, query=queries())
def test_random_queries(log: Path, found: list[str], query: tree.Query) -> None:
    """Random queries over random lines: the same rows in the same order."""
    text = print_query(query)
    note(text)
    _check(log, text, found)


@examples(0.2)
@given(found=lines, query=queries())
def test_held_values(log: Path, found: list[str], query: tree.Query) -> None:
    """The same where every value becomes a column before it is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flowlocal.compiler.compile, "LONGEST_EXPRESSION", 0)
        _check(log, print_query(query), found)


ODDITIES = [
    "filter 1 = 1",
    "filter true | stats count(*)",
    "filter null | display bytes",
    "filter dstPort in [] or dstPort not in []",
    "filter dstPort in ['022', 22.0, '-', bytes, true]",
    "stats sum(1), count(1), avg('x'), max('b') by 1",
    "filter false | stats count(*) by 1",
    "stats count(*) by dstPort, @message",
    "stats count(*) % count(*), count(*) / 0, -count(*)",
    "stats max(@message) as most by action | stats sum(most), min(most)",
    "stats countDistinct(@message + 0), countDistinct(bytes * 1.0)",
    "fields dstPort as `_row`, bytes as `_record`, srcAddr as `#0.x`, dstAddr as `a\0b`, action as ``",
    "stats count(*) as `_row` by action as `first`, dstPort as `size`",
    "stats count(*) as `count` | fields `count` + 1 as `#1.count.integer`",
    "fields dstPort, dstPort, bytes as `by` | display dstPort, `by`, dstPort",
    "limit 2 | sort dstPort desc | dedup action",
    "sort dstPort | dedup dstPort",
    "stats count(*) as n by nothing | sort n desc, nothing",
    "fields 9223372036854775807 + 1 as x, 9223372036854775807 * 2 as y, 2^63 - 1 as z, 2^62 * 2 as w",
    "fields -7 % 3 as a, 7 % 0 as b, 0^0 as c, (0 - 8)^(1/3) as d, -2^2 as e, 2^-1 as f, 1/3 as g",
    "stats countDistinct(not 9007199254740993 ^ true), count(2 ^ 3), max(concat('a', 'b')) by 2 ^ 0.5 | filter 2 ^ 1",
    "fields abs(@message), -@message, @message + 0, @message * 1",
    "stats min(@timestamp), max(@timestamp), sum(@timestamp), count(@timestamp) by bin(3q)",
    "fields datefloor(-1, 1w) as a, datefloor(-1, 1mo) as b, datefloor(0 - 62135596800000, 1y) as c",
    "fields if(dstPort = 22, @timestamp, dstPort) as t | sort t | display t, t + 0",
]


@pytest.mark.parametrize("text", ODDITIES)
def test_oddities(log: Path, text: str) -> None:
    """Queries that once went wrong, or well might."""
    _check(log, text, [RECORD, "42", "x", RECORD.replace("22", "-"), "007", "-9223372036854775808", "5."])
