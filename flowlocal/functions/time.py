"""Functions of time.

Periods are a number and a unit: ms, s, m, h, d, w, mo, q, y and their longer spellings. Times are UTC.
"""

from __future__ import annotations

from flowlocal.functions.periods import floor_time
from flowlocal.functions.registry import Instant, function
from flowlocal.functions.scope import Scope
from flowlocal.language import tree
from flowlocal.values import Timestamp


@function("bin", examples=[("bin(1h)", "2014-12-14 04:00:00.000")], source="documented; alignment recorded")
def bin_(period: tree.Period, *, context: Scope) -> Timestamp:
    """``@timestamp``, rounded down to the period.

    n units are counted inside the next larger unit, so ``bin(25m)`` starts at :00, :25 and :50 of an hour (recorded).
    More units than that unit holds count as its whole: ``bin(300s)`` is ``bin(60s)``. Weeks start on Sunday, months on
    their first day (both recorded).
    """
    return Timestamp(floor_time(context.timestamp(period.span).milliseconds, period), bin=True)


@function("datefloor", examples=[("datefloor(@timestamp, 1h)", "2014-12-14 04:00:00.000")])
def datefloor(time: Instant, period: tree.Period) -> Timestamp:
    """A time, rounded down to the period as ``bin`` does it."""
    return Timestamp(floor_time(time, period))
