"""Comparison, parsing of numbers, and natural order, on single values."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.values import Boolean, FlowInteger, Number, Text, Timestamp, Value, missing
from flowlocal.values.compare import compare
from flowlocal.values.natural import natural_text, plain_text
from flowlocal.values.text import read_number
from tests.oracle import model
from tests.oracle.order import compare_naturally

READ = [
    *(("0", 0), ("007", 7), ("-3", -3), ("+5", 5), (".5", 0.5), ("5.", 5.0), ("-.5", -0.5), ("1.50", 1.5)),
    *(("9223372036854775807", 2**63 - 1), ("9223372036854775808", 2.0**63), ("-9223372036854775808", -(2.0**63))),
    *(("", None), ("-", None), ("+", None), (".", None), (" 1", None), ("1 ", None), ("1e3", None), ("0x1F", None)),
    *(("NaN", None), ("inf", None), ("Infinity", None), ("1_000", None), ("1,5", None), ("５", None), ("1\0", None)),
    *(("--1", None), ("1-", None), ("1.2.3", None), ("9" * 400, None), ("0" * 400 + "7", 7)),
]


def _one(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@pytest.mark.parametrize(("text", "number"), READ)
def test_reading(text: str, number: float | None) -> None:
    """A text reads as the same number as a literal, in a column, and in the oracle."""
    column = Text(pl.lit(pl.Series([text]))).number()
    integer = None if column.integer is None else _one(column.integer)
    found = integer if integer is not None else _one(column.parts["real"])
    assert read_number(text) == number
    assert model.read(text) == number
    assert found == number
    assert _one(column.present()) == (number is not None)


VALUES: list[tuple[Value, model.Value]] = [
    (missing(), None),
    (Number.of(22), 22),
    (Number.of(22.0), 22.0),
    (Number.of(2**53 + 1), 2**53 + 1),
    (Number.of(0.5), 0.5),
    (Text.of("22"), "22"),
    (Text.of("022"), "022"),
    (Text.of("22.0"), "22.0"),
    (Text.of("-"), "-"),
    (Text.of(""), ""),
    (Text.of("abc"), "abc"),
    (Text.of("true"), "true"),
    (Text(pl.lit("22")), "22"),
    (Text(pl.lit("+22")), "+22"),
    (Text(pl.lit("9007199254740992")), "9007199254740992"),
    (Text(pl.lit("1970-01-01 00:00:00.001")), "1970-01-01 00:00:00.001"),
    (FlowInteger(pl.lit(22, pl.Int64), pl.lit(value=True)), 22),
    (FlowInteger(pl.lit(None, pl.Int64), pl.lit(value=True)), "-"),
    (FlowInteger(pl.lit(None, pl.Int64), pl.lit(value=False)), None),
    (Boolean.of(True), True),
    (Boolean.of(False), False),
    (Timestamp(pl.lit(1, pl.Int64)), model.Moment(1)),
    (Timestamp(pl.lit(22, pl.Int64)), model.Moment(22)),
]


@pytest.mark.parametrize("symbol", ["=", "!=", "<", "<=", ">", ">="])
def test_comparisons(symbol: str) -> None:
    """Every kind of value against every other compares as in the oracle, and never gives null."""
    for left, one in VALUES:
        for right, two in VALUES:
            wanted = {
                "=": model.equal(one, two),
                "!=": model.differ(one, two),
                "<": model.less(one, two, or_equal=False),
                "<=": model.less(one, two, or_equal=True),
                ">": model.less(two, one, or_equal=False),
                ">=": model.less(two, one, or_equal=True),
            }[symbol]
            assert _one(compare(symbol, left, right)) is wanted, (one, symbol, two)


def test_documented_order() -> None:
    """Texts sort in the order that the documentation of ``sort`` prints."""
    order = ["!", "#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A", "A9876fghj", "a12345hfh"]
    for left, right in pairwise(order):
        assert natural_text(left) < natural_text(right), (left, right)


@given(st.text(max_size=12), st.text(max_size=12))
def test_natural_keys(left: str, right: str) -> None:
    """Keys are ordered as the texts are, and can be converted back to the texts."""
    keys = natural_text(left), natural_text(right)
    assert (keys[0] > keys[1]) - (keys[0] < keys[1]) == compare_naturally(left, right)
    assert plain_text(keys[0]) == left
