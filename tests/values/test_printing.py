"""How numbers and times print."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.values import printing
from flowlocal.values.printing import format_double, format_real, real_text, time_text
from tests.oracle.model import Moment, print_double, print_moment

REALS = [
    (125.2236, "125.2236"),
    (7.18472, "7.1847"),
    (3.334375e-9, "0.000000003334"),
    (1.6671875e-9, "0.000000001667"),
    (0.69394836, "0.6939"),
    (0.005366123, "0.005366"),
    (149.48071, "149.4807"),
    (1.93, "1.93"),
    (256000000.0, "256000000"),
    (153018.34, "153018.34"),
    (1269.37625, "1269.3763"),
    (291.71275, "291.7128"),
    (358.96775, "358.9678"),
    (357.13675, "357.1368"),
    (-1269.37625, "-1269.3763"),
    (0.99995, "1"),
    (0.99994, "0.9999"),
    (0.00012345, "0.0001234"),
    (0.00012355, "0.0001235"),
    (0.15625, "0.1563"),
    (9.99995, "10"),
    (0.0, "0"),
    (-0.0, "0"),
    (1e-300, "0." + "0" * 299 + "1"),
    (1e15, "1000000000000000"),
    (1.5e15, "1500000000000000"),
    (1e21, "1000000000000000000000"),
    (123456789012345.67, "123456789012345.6719"),
    (2.0**63, "9223372036854776000"),
    (1e23, "100000000000000000000000"),
    (566.307 / 60, "9.4384"),
    (143.283 / 60, "2.388"),
    (199.863 / 60, "3.331"),
    (137.367 / 60, "2.2894"),
    (77.367 / 60, "1.2894"),
    (75.315 / 60, "1.2552"),
    (83.283 / 60, "1.3881"),
    (142.899 / 60, "2.3817"),
]


@pytest.mark.parametrize(("value", "text"), REALS)
def test_real(value: float, text: str) -> None:
    """Numbers have four decimals from 1 up, four significant digits below, rounded half up, no exponent (recorded)."""
    assert format_real(value) == text


_near_halves = st.builds(
    lambda whole, decimals, power: float(f"{whole}.{decimals:04d}5e{power}"),
    st.integers(-(10**12), 10**12),
    st.integers(0, 9999),
    st.integers(-20, 8),
)
_halves = st.builds(lambda numerator, power: numerator / 2.0**power, st.integers(-(2**50), 2**50), st.integers(0, 40))
_ends = st.sampled_from([0, 1e20])
_powers = st.builds(lambda power, end: math.nextafter(10.0**power, end), st.integers(-20, 15), _ends)
_reals = st.one_of(st.floats(allow_nan=False, allow_infinity=False), _near_halves, _halves, _powers)


def _in_decimal(value: float) -> str:
    """Return the number as ``decimal.Decimal`` rounds it, which represents every double exactly; plain from 1e15 up."""
    exact = Decimal(value) if abs(value) < 1e15 else Decimal(repr(value))
    if abs(exact) < 1:
        rounded = Context(prec=4, rounding=ROUND_HALF_UP).plus(exact)
    else:
        rounded = exact.quantize(Decimal("0.0001"), context=Context(prec=400, rounding=ROUND_HALF_UP))
    text = f"{rounded:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


@given(st.lists(st.none() | _reals, max_size=20))
def test_columns_against_decimal(values: list[float | None]) -> None:
    """Whole columns print as in exact decimal arithmetic, and as in the oracle."""
    printed = pl.select(real_text(pl.lit(pl.Series(values, dtype=pl.Float64)))).to_series().to_list()
    assert printed == [None if value is None else _in_decimal(value) for value in values]
    assert printed == [None if value is None else print_double(value) for value in values]


@given(_reals)
def test_real_against_decimal(value: float) -> None:
    """Single numbers print as in exact decimal arithmetic."""
    assert format_real(value) == _in_decimal(value)


def test_columns_need_no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordinary numbers are printed without a Python call for each of them."""
    monkeypatch.setattr(printing, "format_real", lambda _: pytest.fail("a number was printed on its own"))
    column = pl.Series([0.0, -0.0, 1 / 3, -2 / 3, 1e-9, 1e14, 123456789.98765, None])
    assert pl.select(real_text(pl.lit(column))).to_series().to_list()[2:4] == ["0.3333", "-0.6667"]


DOUBLES = [
    (3.0, "3.0"),
    (1395.0, "1395.0"),
    (2.95, "2.95"),
    (1.28e8, "1.28E8"),
    (7.9e7, "7.9E7"),
    (1e7, "1.0E7"),
    (9999999.0, "9999999.0"),
    (0.001, "0.001"),
    (0.0005, "5.0E-4"),
    (-1.28e8, "-1.28E8"),
    (0.0, "0.0"),
    (1.5e300, "1.5E300"),
]


@pytest.mark.parametrize(("value", "text"), DOUBLES)
def test_double(value: float, text: str) -> None:
    """Doubles print as in Java (recorded for Lambda's numbers)."""
    assert format_double(value) == text


TIMES = [
    (0, "1970-01-01 00:00:00.000"),
    (-1, "1969-12-31 23:59:59.999"),
    (1418530010000, "2014-12-14 04:06:50.000"),
    (951782400000, "2000-02-29 00:00:00.000"),
    (1700000000123, "2023-11-14 22:13:20.123"),
    (-62135596800000, "0001-01-01 00:00:00.000"),
    (253402300799999, "9999-12-31 23:59:59.999"),
    (253402300800000, "253402300800000"),
    (9223372036854775807, "9223372036854775807"),
    (-9223372036854775808, "-9223372036854775808"),
]


def times(milliseconds: list[int | None]) -> list[str | None]:
    """Return times as they are printed."""
    return pl.Series(milliseconds, dtype=pl.Int64).to_frame("t").select(time_text(pl.col("t"))).to_series().to_list()


def test_times() -> None:
    """Times print as date and time in UTC to the millisecond; outside the calendar as the number."""
    milliseconds, texts = zip(*TIMES, strict=True)
    assert times([*milliseconds, None]) == [*texts, None]


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**46), 2**48)))
def test_times_against_isoformat(milliseconds: list[int]) -> None:
    """Times print as Python prints them."""
    assert times([*milliseconds]) == [print_moment(Moment(each)) for each in milliseconds]
