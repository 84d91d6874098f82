"""Any query is parsed, planned and run within bounds: it has a result or a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlocal.engine import run
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.render import render
from flowlocal.sources import open_events

RECORD = "2 123456789010 eni-a 10.0.0.1 10.0.0.9 443 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n"


def _chain(start: str, step: str, times: int) -> str:
    return start + "".join(step.format(number=number, next=number + 1) for number in range(times))


REFUSED = {
    "parentheses": "filter " + "(" * 4990 + "1" + ")" * 4990,
    "brackets": "filter a in " + "[a in " * 900 + "[1" + "]" * 901,
    "exclamation marks": "filter " + "!" * 5000 + "1",
    "minus signs": "fields " + "-" * 5000 + "1 as x",
    "not": "filter " + "not " * 2000 + "1",
    "powers": "fields 2" + "^2" * 3000 + " as x",
    "calls": "fields " + "abs(" * 1500 + "1" + ")" * 1500 + " as x",
    "a long sum": "fields bytes" + "+bytes" * 1500 + " as x",
    "sums in sums": "fields " + "(" * 40 + "bytes" + ("+bytes" * 90 + ")") * 40 + " as x",
    "subqueries": "filter a in (" * 90 + "fields a" + ")" * 90,
    "a giant number": "fields " + "9" * 9000 + " as x",
    "a giant limit": "limit " + "9" * 9000,
    "a limit of zeros and a giant": "limit " + "0" * 19 + "1" + "9" * 5000,
    "a giant index": "fields a[" + "9" * 9000 + "]",
    "a giant period": "stats count(*) by bin(" + "9" * 9000 + "m)",
    "nested groups of a pattern": "filter @message like /" + "(" * 3000 + "a" + ")" * 3000 + "/",
    "a pattern that counts far": "filter @message like /((a{100}){100}){100}/",
}

ANSWERED = {
    "alternatives": "filter " + " or ".join(f"dstPort = {port}" for port in range(500)),
    "alternatives of unknown kind": "filter " + " or ".join(["@message = srcAddr"] * 400),
    "a list of numbers": "filter dstPort in [" + ",".join(map(str, range(2_000))) + "]",
    "a list of fractions": "filter dstPort in [" + ",".join(f"{number}.5" for number in range(1_400)) + "]",
    "a list of texts": "filter srcAddr in [" + ",".join(f'"x{number}"' for number in range(1_200)) + "]",
    "membership in membership": "fields " + "(" * 40 + "@message" + " in [srcAddr, dstAddr])" * 40 + " as x",
    "a sum of texts": "fields " + "+".join(["@message"] * 100) + " as x",
    "choices in choices": "fields " + "if(@message = srcAddr, @message, " * 45 + "bytes" + ")" * 45 + " as x",
    "extremes in extremes": "fields " + "greatest(@message, srcAddr, " * 45 + "bytes" + ")" * 45 + " as x",
    "powers of powers": "fields " + "(" * 40 + "@message" + "^srcAddr)" * 40 + " as x",
    "names made of names": _chain("fields bytes as a0", ", a{number}+a{number} as a{next}", 200),
    "aggregates made of aggregates": _chain("stats sum(bytes) as a0", ", a{number}+a{number} as a{next}", 100),
    "many filters": "filter 1 = 1" + " | filter bytes > 1" * 400,
    "many sorts": "sort bytes" + " | sort @message" * 200,
    "many limits": "limit 10" + " | limit 10" * 400,
    "many columns": _chain("fields 1 as a", "|fields {number} as b{number}", 200),
    "a deep path": "fields a" + ".b" * 4000,
    "many digits": "fields 1." + "9" * 9000 + " as x",
    "a long text": 'fields "' + "x" * 9900 + '" as x',
    "blanks": "fields bytes" + " " * 4900 + "| limit 1" + "\n# nothing" * 500,
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write one record and return its path."""
    path = tmp_path_factory.mktemp("bounds") / "flow.log"
    path.write_text(RECORD, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, log: Path) -> None:
    """Too deep or too large queries raise an error with a position and a short message."""
    with pytest.raises(MalformedQuery) as caught:
        run(REFUSED[name], open_events([log]))
    assert max(map(len, render(caught.value).splitlines())) < 500


@pytest.mark.parametrize("name", ANSWERED)
def test_answered(name: str, log: Path) -> None:
    """A query that is merely long has a result."""
    assert len(run(ANSWERED[name], open_events([log])).rows) <= 1
