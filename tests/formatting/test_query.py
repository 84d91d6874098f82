"""Formatted queries: what they look like, and that they mean what they meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.engine import parse
from flowlocal.formatting.query import WIDTH, format_query
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.unparse import print_query
from tests.language.test_round_trip import queries_of_cases, queries_of_samples
from tests.language.trees import queries

TOP = Path(__file__).parent.parent.parent
SAMPLES = TOP / "sample_logs"
SHIPPED = sorted((TOP / "flowlocal").rglob("*.insights"))
LONG = " and ".join(f'field{n} = "a value of some length"' for n in range(4))

CASES = {
    "spacing": ("FILTER dstPort=22|stats count(*)", "filter dstPort = 22\n| stats count(*)\n"),
    "a column without a name keeps its text, which is its name": (
        "stats count (*),  SUM( bytes )  by dstPort",
        "stats count (*), SUM( bytes ) by dstPort\n",
    ),
    "a named column does not": ("stats count (*) AS n", "stats count(*) as n\n"),
    "operators": ("filter a==1 AND not(b>-2 or c-1=!d)", "filter a = 1 and not (b > -2 or c - 1 = !d)\n"),
    "lists, full-width blanks": ("filter a\u3000in[22,80 ]", "filter a in [22, 80]\n"),
    "options stay close": ("fields a|pattern @message", "fields a\n| pattern @message\n"),
    "texts and regular expressions": (
        "parse @message /(?<n>a  |b # c)/|filter x like 'A  |  B'",
        "parse @message /(?<n>a  |b # c)/\n| filter x like 'A  |  B'\n",
    ),
    "subqueries": (
        "filter a in(SOURCE lg|fields a)|limit 5",
        "filter a in (SOURCE lg | fields a)\n| limit 5\n",
    ),
    "comments": (
        "# top\n\n\n# of it\nfields a # why\n  # own\n|  # of the limit\n limit 5 # last\n# end",
        "# top\n\n# of it\nfields a  # why\n# own\n# of the limit\n| limit 5  # last\n# end\n",
    ),
    "comments within a stage keep its lines": (
        "filter a=1   # first\n  and b=2|limit 5",
        "filter a=1   # first\n  and b=2\n| limit 5\n",
    ),
    "placeholders and saved queries": (
        "$Busy(port = 22)|filter bytes>{{ least }}|limit {{n}}|stats count(*) by {{key}}",
        "$Busy(port = 22)\n| filter bytes > {{ least }}\n| limit {{n}}\n| stats count(*) by {{key}}\n",
    ),
    "defaults of placeholders": ("# {{n}} = 5\nlimit {{n}}", "# {{n}} = 5\nlimit {{n}}\n"),
    "only a saved query": ("$Busy()", "$Busy()\n"),
    "only comments": ("  # nothing\n", "# nothing\n"),
    "nothing": ("", ""),
    "Windows lines": ("fields a\r\n| limit 5\r\n", "fields a\n| limit 5\n"),
    "long stages": (
        f"filter {LONG}",
        'filter field0 = "a value of some length" and field1 = "a value of some length"'
        ' and field2 = "a value of some length"\n'
        '    and field3 = "a value of some length"\n',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_formatted(name: str) -> None:
    """A query has the expected text, and formatting it again changes nothing."""
    text, expected = CASES[name]
    assert format_query(text) == expected
    assert format_query(expected) == expected


@pytest.mark.parametrize("text", ["filter a = 'x", "sttas count(*)", "fields a | | limit 1", "limit 0 {{x"])
def test_malformed(text: str) -> None:
    """A malformed query is refused with a position."""
    with pytest.raises(MalformedQuery):
        format_query(text)


@pytest.mark.parametrize("text", dict.fromkeys([*queries_of_cases(), *queries_of_samples()]))
def test_known_queries(text: str) -> None:
    """A formatted query parses to the same tree, and is not changed again."""
    try:
        expected = parse(text)
    except MalformedQuery:
        return
    formatted = format_query(text)
    assert parse(formatted) == expected
    assert format_query(formatted) == formatted


@given(queries(), st.sampled_from(["", " ", "  ", "\t", "\n", " \n  "]))
def test_random_queries(query: tree.Query, blank: str) -> None:
    """However a query is written, the formatted one means the same, and its comments are kept."""
    text = print_query(query)
    spread = re.sub(r" \| ", f"{blank} # note\n|{blank}", text) if '"' not in text and "/" not in text else text
    formatted = format_query(spread)
    assert parse(formatted) == query
    assert formatted.count("# note") == spread.count("# note")
    assert format_query(formatted) == formatted


@pytest.mark.parametrize("path", [*(SAMPLES / "queries").glob("*.insights"), *SHIPPED], ids=lambda path: path.stem)
def test_shipped_queries(path: Path) -> None:
    """The queries that come with the product are formatted."""
    text = path.read_text(encoding="utf-8")
    assert format_query(text) == text


def test_width() -> None:
    """Lines are broken if they can be."""
    lines = format_query(CASES["long stages"][0]).splitlines()
    assert all(len(line) <= WIDTH for line in lines)
