"""Functions of values return the same results for columns, however often a value recurs."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.functions.numeric import round_
from flowlocal.values import Number
from flowlocal.values.arithmetic import divide, remainder
from flowlocal.values.distinct import by_distinct, by_rows, over_distinct

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30)
COLUMNS = [
    pytest.param([None, None], id="nothing"),
    pytest.param(["a", None, "b"], id="once"),
    pytest.param(["a", "b", None] * 500, id="often"),
    pytest.param([str(number) for number in range(900)] + [None], id="many"),
]


def answer(values: list[str | None], expression: pl.Expr) -> list[str | None]:
    """Return the column that an expression computes from texts."""
    return pl.LazyFrame({"text": pl.Series(values, dtype=pl.String)}).select(expression).collect().to_series().to_list()


@pytest.mark.parametrize("values", COLUMNS)
def test_every_value_is_answered(values: list[str | None]) -> None:
    """Missing stays missing, and every other value gets its own result."""
    wanted = [None if value is None else f"{value}!" for value in values]
    text = pl.col("text")
    assert answer(values, by_distinct(text, lambda value: f"{value}!")) == wanted
    assert answer(values, over_distinct(text, lambda series: series + "!")) == wanted
    assert answer(values, by_rows([text, pl.lit("!")], lambda value, mark: value + mark)) == wanted


@given(st.lists(FINITE, min_size=1, max_size=20), st.integers(-5, 12))
def test_round_is_decimal(values: list[float], decimals: int) -> None:
    """Numbers are rounded by their shortest decimal text, halves away from zero."""
    unit = Decimal(1).scaleb(-decimals)
    with_room = [Decimal(repr(value)) for value in values]
    context = Context(prec=100, rounding=ROUND_HALF_UP)
    wanted = [float(each.quantize(unit, context=context)) for each in with_room]
    rounded = round_(Number(real=pl.col("x")), decimals).as_real()
    assert pl.DataFrame({"x": values}).select(rounded).to_series().to_list() == wanted


@given(st.lists(FINITE, min_size=1, max_size=20), FINITE.filter(lambda value: abs(value) > 1e-250))
def test_division_is_that_of_doubles(values: list[float], divisor: float) -> None:
    """A column divided by a constant gives Python's quotients, to the last bit."""
    quotient = divide(Number(real=pl.col("x")), Number.of(divisor)).as_real()
    wanted = [value / divisor for value in values]
    frame = pl.DataFrame({"x": values})
    assert frame.select(quotient).to_series().to_list() == wanted
    held = divide(Number(real=pl.col("x")), Number(real=pl.col("by"))).as_real()
    assert frame.with_columns(by=pl.lit(divisor)).select(held).to_series().to_list() == wanted


@pytest.mark.parametrize(
    ("left", "right", "left_over"), [(7.5, 2.0, 1.5), (-7.5, 2.0, -1.5), (7.5, -2.0, 1.5), (1.0, 0.0, None)]
)
def test_remainder_has_the_sign_of_the_dividend(left: float, right: float, left_over: float | None) -> None:
    """The remainder has the sign of the dividend, and is missing if the divisor is 0."""
    made = remainder(Number(real=pl.col("x")), Number.of(right)).as_real()
    assert pl.DataFrame({"x": [left]}).select(made).item() == left_over
