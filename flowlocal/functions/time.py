"""Functions of time.

A period is a number and a unit: ms, s, m, h, d, w, mo, q, y and their longer spellings. Times are in UTC.
"""

from __future__ import annotations

from datetime import UTC, tzinfo

import polars as pl

from flowlocal.compiler.java_dates import compile_date
from flowlocal.compiler.periods import floor_time, round_up
from flowlocal.compiler.registry import BadArgument, TextArg, TextLiteral, TimeArg, function
from flowlocal.compiler.scope import Scope
from flowlocal.compiler.strftime import check_format, write_milliseconds
from flowlocal.compiler.zones import zone
from flowlocal.language import tree
from flowlocal.values import Number, Text, Timestamp
from flowlocal.values.distinct import by_distinct


@function(
    "bin",
    examples=[("bin(1h)", "2014-12-14 04:00:00.000")],
    source="documented; alignment recorded",
    implied=tree.Name("@timestamp"),
)
def bin_(period: tree.Duration, *, context: Scope) -> Timestamp:
    """Return ``@timestamp`` rounded down to the period; ``bin(@timestamp, 1h)`` is ``bin(1h)`` (seen in use).

    n units are counted inside the next larger unit, so ``bin(25m)`` starts at :00, :25 and :50 of an hour (recorded).
    More units than that unit contains count as one of it: ``bin(300s)`` is ``bin(60s)``. Weeks start on Sunday, months
    on their first day (both recorded).
    """
    return Timestamp(floor_time(context.timestamp(period.span).milliseconds, period), bin=True)


@function("datefloor", examples=[("datefloor(@timestamp, 1h)", "2014-12-14 04:00:00.000")])
def datefloor(time: TimeArg, period: tree.Duration) -> Timestamp:
    """Return a time rounded down to the period, as ``bin`` does."""
    return Timestamp(floor_time(time, period))


@function(
    "dateceil",
    examples=[
        ("dateceil(@timestamp, 1h)", "2014-12-14 05:00:00.000"),
        ("dateceil(1418529600000, 1h)", "2014-12-14 04:00:00.000"),
    ],
)
def dateceil(time: TimeArg, period: tree.Duration) -> Timestamp:
    """Return a time rounded up to the start of the next period; a time at a start is unchanged."""
    return Timestamp(round_up(time, period))


@function("fromMillis", examples=[("fromMillis(1642195111000)", "2022-01-14 21:18:31.000"), ("fromMillis('-')", None)])
def from_millis(milliseconds: TimeArg) -> Timestamp:
    """Return epoch milliseconds as a time. Times before the year 1 and after the year 9999 are missing (decided)."""
    return Timestamp(milliseconds)


@function("toMillis", examples=[("toMillis(@timestamp)", "1418530020000"), ("toMillis('2014-12-14')", None)])
def to_millis(time: TimeArg) -> Number:
    """Return a time as epoch milliseconds. A date in words is not a time: use ``parseDate``."""
    return Number.whole(time, maximum=2**50)


@function("now", examples=[("now()", "1418533200")])
def now(*, context: Scope) -> Number:
    """Return the time at which the query started, in epoch **seconds**."""
    return Number.of(context.query.now // 1000)


@function(
    "parseDate",
    examples=[
        ("parseDate('2024-05-06 07:08:09', 'yyyy-MM-dd HH:mm:ss')", "1714979289000"),
        ("parseDate('6/May/2024:07:08:09 +0200', 'd/MMM/yyyy:HH:mm:ss Z')", "1714972089000"),
        ("parseDate('2024-05-06', 'yyyy-MM-dd', 'America/New_York')", "1714968000000"),
        ("parseDate('yesterday', 'yyyy-MM-dd')", None),
    ],
)
def parse_date(text: TextArg, pattern: TextLiteral, timezone: TextLiteral = "UTC") -> Number:
    """Return the time in a text as epoch milliseconds, parsed by a Java date pattern; missing if it does not match.

    The pattern has to match the whole text. Fields that it leaves out are those of 1970-01-01 00:00:00. A time without
    a zone is in the zone of the third argument (default: UTC) (decided).
    """
    date = compile_date(pattern, _zone(timezone))
    return Number.whole(by_distinct(text, date.read, pl.Int64), maximum=2**50)


@function(
    "formatDate",
    "strftime",
    examples=[
        ("formatDate(@timestamp, '%Y-%m-%d %H:%M')", "2014-12-14 04:07"),
        ("strftime(@timestamp, '%a %H:%M %z', 'Asia/Tokyo')", "Sun 13:07 +0900"),
    ],
)
def format_date(time: TimeArg, format_: TextLiteral, timezone: TextLiteral = "UTC") -> Text:
    """Return a time as text, in a format of ``strftime`` such as ``%Y-%m-%d``, and in a time zone (default: UTC).

    Names of days and months are English (decided).
    """
    check_format(format_)
    place = _zone(timezone)
    return Text(by_distinct(time, lambda moment: write_milliseconds(format_, moment, place)))


def _zone(name: str) -> tzinfo:
    found = UTC if name == "UTC" else zone(name)
    if found is None:
        raise BadArgument(f"unknown time zone {name}", 2, hint="write `Europe/London`, `UTC` or `+09:00`")
    return found
