"""How numbers and times print."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal.values.printing import format_double, format_real, format_time
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
    (0.00012345, "0.0001235"),
    (9.99995, "10"),
    (0.0, "0"),
    (-0.0, "0"),
    (1e-300, "0." + "0" * 299 + "1"),
    (1e15, "1000000000000000"),
    (1.5e15, "1500000000000000"),
    (1e21, "1000000000000000000000"),
    (123456789012345.67, "123456789012345.67"),
    (2.0**63, "9223372036854776000"),
]


@pytest.mark.parametrize(("value", "text"), REALS)
def test_real(value: float, text: str) -> None:
    """Four decimals from 1 up, four significant digits below, halves up, never an exponent (recorded)."""
    assert format_real(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_real_against_digits(value: float) -> None:
    """The same as rounding on the digits one by one, and never far from the number."""
    text = format_real(value)
    assert text == print_double(value)
    assert "e" not in text.lower()
    exact = Decimal(repr(value))
    unit = Decimal("0.0001") if abs(value) >= 1 else abs(exact).scaleb(-3)
    assert abs(Decimal(text) - exact) <= unit


@given(st.integers(-(10**12), 10**12), st.integers(0, 9999))
def test_halves_up(whole: int, decimals: int) -> None:
    """A 5 behind the fourth decimal rounds away from zero wherever the double's digits show it."""
    number = float(f"{whole}.{decimals:04d}5")
    digits = Decimal(repr(number))
    if abs(digits) >= 1:
        rounded = digits.quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert Decimal(format_real(number)) == rounded


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
    """As Java prints a double (recorded for Lambda's numbers)."""
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


@pytest.mark.parametrize(("milliseconds", "text"), TIMES)
def test_time(milliseconds: int, text: str) -> None:
    """Date and time in UTC to the millisecond; outside the calendar the number."""
    assert format_time(milliseconds) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_time_against_isoformat(milliseconds: int) -> None:
    """The same as Python's own printing."""
    assert format_time(milliseconds) == print_moment(Moment(milliseconds))
