"""Rows compared with expected rows, and the differences shown."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.testing.case import Row
from flowlocal.testing.compare import Difference, differences, matches
from flowlocal.testing.difference import render

A, B, C = {"port": "22", "n": "1"}, {"port": "80", "n": "1"}, {"port": "443", "n": "2"}
ROWS = st.lists(st.dictionaries(st.sampled_from("ab"), st.sampled_from("01"), max_size=2), max_size=6)


@pytest.mark.parametrize(
    ("expected", "actual", "ordered", "same"),
    [
        ([A, B], [A, B], True, True),
        ([A, B], [B, A], True, False),
        ([A, B], [B, A], False, True),
        ([A, A], [A, B], False, False),
        ([A], [A, A], False, False),
        ([{"port": "*"}], [{"port": "22"}], True, True),
        ([{"port": "*"}], [{"port": "22", "n": "1"}], True, False),
        ([{"port": "*"}], [{}], True, False),
        ([{"a": "*", "b": "*"}, {"a": "1", "b": "*"}], [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], False, True),
        ([{"a": "*", "b": "1"}, {"a": "1", "b": "*"}], [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}], False, True),
        ([{"a": "*", "b": "1"}, {"a": "*", "b": "1"}], [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}], False, False),
    ],
)
def test_matches(expected: list[Row], actual: list[Row], ordered: bool, same: bool) -> None:
    """Rows match in order or in any order, and a star matches any text that is not missing."""
    assert matches(expected, actual, ordered=ordered) is same


@given(ROWS, st.randoms(use_true_random=False))
def test_any_order(rows: list[Row], shuffler: random.Random) -> None:
    """Rows match themselves in every order."""
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    assert matches(rows, shuffled, ordered=False)


@given(ROWS, ROWS, st.booleans())
def test_differences_agree(expected: list[Row], actual: list[Row], ordered: bool) -> None:
    """There are differences exactly where the rows do not match."""
    found = differences(expected, actual, ordered=ordered)
    assert bool(found) is not matches(expected, actual, ordered=ordered)
    assert render(found) == [] or found


def test_changed_missing_and_extra() -> None:
    """Rows are aligned, so that one missing row does not make all that follow differ."""
    changed = {**B, "n": "7"}
    assert differences([A, B, C], [A, changed, C]) == [Difference(2, B, changed)]
    assert differences([A, B, C], [A, C]) == [Difference(2, B, None)]
    assert differences([A, C], [A, B, C]) == [Difference(2, None, B)]


def test_many_rows() -> None:
    """Rows too many to be aligned are compared side by side."""
    rows = [{"n": "1"} for _ in range(20_000)]
    assert [each.number for each in differences(rows, [*rows[:-1], {"n": "2"}])] == [20_000]


def test_rendered() -> None:
    """Cells that rows share appear between the expected and the actual ones."""
    assert render(differences([A, C], [{"port": "22", "n": "2"}, C, {"port": " "}])) == [
        "row 1",
        "    port  22",
        "  - n     1",
        "  + n     2",
        "row 3 was not expected",
        "  + port  ' '",
    ]


def test_rendered_in_color() -> None:
    """Colours distinguish what was expected from what is there."""
    lines = render([Difference(1, A, {**A, "n": "3"})], color=True)
    assert lines[1].startswith("\x1b[2m")
    assert lines[2].startswith("\x1b[31m")
    assert lines[3].startswith("\x1b[32m")


def test_many_differences_are_counted() -> None:
    """After the first twenty, differences are counted."""
    assert render([Difference(n, None, {"n": str(n)}) for n in range(1, 23)])[-1] == "and 2 more differing rows"
