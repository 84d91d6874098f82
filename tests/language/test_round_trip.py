"""Trees print as queries that parse to the same trees."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given

from flowlocal.engine import parse
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.unparse import print_query
from tests.language.trees import queries

TESTS = Path(__file__).parent.parent
SAMPLES = TESTS.parent / "sample_logs"


@given(queries())
def test_random_trees(query: tree.Query) -> None:
    """The text of any tree parses to the tree."""
    assert parse(print_query(query)) == query


def queries_of_cases() -> list[str]:
    """Return the queries of the tables of cases."""
    found = []
    for path in sorted((TESTS / "cases").rglob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [case["query"] for case in content.get("case", []) if "query" in case]
        found += [f"fields {value['expression']} as v" for value in content.get("value", [])]
    return found


def queries_of_samples() -> list[str]:
    """Return the queries beside the sample logs."""
    return [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.rglob("*.insights"))]


@pytest.mark.parametrize("text", dict.fromkeys([*queries_of_cases(), *queries_of_samples()]))
def test_written_queries(text: str) -> None:
    """Every query of the cases and samples prints as a query that parses to the same tree."""
    try:
        query = parse(text)
    except MalformedQuery:
        pytest.skip("a case of an error")
    printed = print_query(query)
    assert parse(printed) == query
    assert print_query(parse(printed)) == printed
