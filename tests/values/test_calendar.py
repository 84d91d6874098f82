"""Integers as times: their unit, and which of them fit in a datetime."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal import epoch
from flowlocal.values.calendar import (
    epoch_milliseconds,
    epoch_milliseconds_of_real,
    physical_milliseconds,
    possible,
    to_datetime,
)

EDGES = [0, 2**31, 10**11, 10**14, 10**17, 2**53, 2**62, 2**63 - 1, epoch.EARLIEST, epoch.LATEST]
near = st.sampled_from(EDGES).flatmap(lambda edge: st.integers(edge - 2, edge + 2))
integers = st.one_of(near, near.map(lambda number: -number), st.integers(-(2**63), 2**63 - 1)).filter(
    lambda number: -(2**63) <= number < 2**63
)
MOMENT = 1_418_530_010


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (MOMENT, MOMENT * 1000),
        (MOMENT * 10**3 + 123, MOMENT * 1000 + 123),
        (MOMENT * 10**6 + 123_456, MOMENT * 1000 + 123),
        (MOMENT * 10**9 + 123_456_789, MOMENT * 1000 + 123),
        (MOMENT + 0.123, MOMENT * 1000 + 123),
        (-MOMENT, -MOMENT * 1000),
        (10**11 - 1, (10**11 - 1) * 1000),
        (10**11, 10**11),
        (10**14, 10**11),
        (10**17, 10**11),
        (10**400, 10**394),
    ],
)
def test_units(number: float, expected: int) -> None:
    """The size of a number determines its unit: seconds, milliseconds, microseconds or nanoseconds."""
    assert epoch.milliseconds(number) == expected


@given(integers)
def test_column_of_integers(number: int) -> None:
    """The expression agrees with the plain function."""
    found = pl.select(epoch_milliseconds(pl.lit(number, pl.Int64))).item()
    assert found == epoch.in_calendar(epoch.milliseconds(number))


@given(st.one_of(integers.map(float), st.integers(0, 4 * 10**12).map(lambda time: time / 1000), st.floats()))
def test_column_of_reals(number: float) -> None:
    """The expression for floats agrees, too, except for the last millisecond of numbers that share a double."""
    found = pl.select(epoch_milliseconds_of_real(pl.lit(number, pl.Float64))).item()
    expected = epoch.in_calendar(epoch.milliseconds(number)) if math.isfinite(number) else None
    exact = abs(number) < 10**10 and round(number, 3) == number
    close = found is not None and expected is not None and abs(found - expected) <= 1
    assert found == expected or (close and not exact)


@given(integers)
def test_to_datetime(time: int) -> None:
    """Every time of the years 1 to 9999 becomes a datetime, and no other."""
    found = pl.select(to_datetime(pl.lit(time, pl.Int64))).item()
    known = epoch.in_calendar(time) is not None
    assert found == (datetime(1970, 1, 1) + timedelta(milliseconds=time) if known else None)
    assert epoch.in_calendar(epoch.clamped(time)) is not None


@given(integers, st.sampled_from(["ms", "us", "ns"]), st.sampled_from([None, "UTC", "Asia/Tokyo"]))
def test_physical_datetimes(number: int, unit: str, zone: str | None) -> None:
    """Datetimes of any unit and zone are milliseconds in UTC; those outside the years 1 to 9999 become null."""
    dtype = pl.Datetime(unit, zone)  # type: ignore[arg-type]
    column = pl.Series("t", [number], pl.Int64).cast(dtype)
    expected = number // {"ms": 1, "us": 1000, "ns": 1_000_000}[unit]
    frame = pl.DataFrame({"t": column}).with_columns(s=pl.struct("t", x=1), l=pl.concat_list("t"))
    assert frame.select(physical_milliseconds(pl.col("t"), dtype)).item() == expected
    kept = frame.select(possible(pl.col(name), type_).alias(name) for name, type_ in frame.schema.items())
    there = kept.select("t", pl.col("s").struct.field("t").alias("s"), pl.col("l").list.first(), x="s").with_columns(
        pl.col("t", "s", "l").is_not_null(), pl.col("x").struct.field("x")
    )
    known = epoch.in_calendar(expected) is not None
    assert there.row(0) == (known, known, known, 1)


@given(st.integers(-(2**31), 2**31 - 1))
def test_dates(days: int) -> None:
    """Days are milliseconds without overflow."""
    column = pl.lit(days, pl.Int32).cast(pl.Date)
    assert pl.select(physical_milliseconds(column, pl.Date())).item() == days * 86_400_000


def test_bounds() -> None:
    """The bounds are those of Python's datetimes."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    assert start + timedelta(milliseconds=epoch.EARLIEST) == datetime.min.replace(tzinfo=UTC)
    assert start + timedelta(milliseconds=epoch.LATEST) == datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
