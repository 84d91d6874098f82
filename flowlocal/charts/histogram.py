"""The number of matched events over time, as the console shows it above raw results.

The events are counted while the query reads them, so that nothing is read twice.
"""

from __future__ import annotations

from threading import Lock

import polars as pl

from flowlocal.charts.paint import Painter
from flowlocal.charts.scales import moment_text, short, step_for, time_ticks

_MOST_COUNTS = 50_000
"""Maximum number of distinct times that are kept; beyond it, the time steps become coarser."""
_LEVELS = " ▁▂▃▄▅▆▇█"
_HEIGHT = 4
_COLOR = 6
_UNITS = ((604_800_000, "week"), (86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))


class TimeCounter:
    """Counts events by time in bounded memory; ``add`` may be called from any thread."""

    def __init__(self) -> None:
        self._step = 1_000
        self._counts = pl.DataFrame(schema={"time": pl.Int64, "count": pl.Int64})
        self._lock = Lock()

    def add(self, times: pl.Series) -> None:
        """Count events.

        Args:
            times: ``Datetime("ms")``; null is an event without a time, which is ignored.
        """
        found = pl.DataFrame({"time": times.cast(pl.Int64).drop_nulls()}).select(
            _floor(self._step), count=pl.lit(1, pl.Int64)
        )
        with self._lock:
            self._counts = _grouped(pl.concat([self._counts, _grouped(found)]))
            while self._counts.height > _MOST_COUNTS:
                self._step *= 10
                self._counts = _grouped(self._counts.select(_floor(self._step), "count"))

    def counts(self, most: int) -> tuple[int, int, list[int]]:
        """Return the counts in at most ``most`` buckets of equal, round length.

        Returns:
            The start of the first bucket and the length of each in epoch milliseconds, and their counts; no counts
            if there were no events.
        """
        times = self._counts["time"].to_list()
        if not times:
            return 0, 0, []
        first, last = min(times), max(times)
        step = max(step_for(last - first + 1, most - 1), self._step)
        start = first // step * step
        buckets = [0] * ((last - start) // step + 1)
        for time, count in self._counts.iter_rows():
            buckets[(time - start) // step] += count
        return start, step, buckets


def _floor(step: int) -> pl.Expr:
    return (pl.col("time") // step * step).alias("time")


def _grouped(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.group_by("time").agg(pl.col("count").sum())


def draw_histogram(counter: TimeCounter, *, width: int = 80, color: bool = False) -> str:
    """Return the counts as columns over a time axis, in lines; empty if there are fewer than two buckets."""
    label_width = 6
    start, step, buckets = counter.counts(max(width - label_width - 2, 10))
    if len(buckets) < 2:
        return ""
    paint = Painter(color)
    wide = max((width - label_width - 2) // len(buckets), 1)
    top = max(buckets)
    title = f"{sum(buckets):,} events by {_length(step)}, from {moment_text(start)} UTC"
    lines = [paint.dim(title[:width])]
    for row in range(_HEIGHT - 1, -1, -1):
        label = short(top) if row == _HEIGHT - 1 else "0" if row == 0 else ""
        cells = "".join(_cell(count, top, row) * wide for count in buckets)
        lines.append(f"{paint.dim(label.rjust(label_width - 1) + ' │')}{paint.ink(cells.rstrip(), _COLOR)}")
    lines.append(paint.dim(" " * (label_width + 1) + _time_line(start, step, len(buckets), wide)))
    return "".join(line.rstrip() + "\n" for line in lines)


def _cell(count: int, top: int, row: int) -> str:
    """Return the part of a column that lies in one row; even a single event is visible."""
    eighths = max(round(count / top * _HEIGHT * 8), 1) if count else 0
    return _LEVELS[min(max(eighths - row * 8, 0), 8)]


def _time_line(start: int, step: int, buckets: int, wide: int) -> str:
    room = buckets * wide
    line = ""
    for moment, text in time_ticks(start, start + (buckets - 1) * step, max(room // 8, 1)):
        at = (moment - start) // step * wide
        if at >= len(line) and at + len(text) <= max(room, len(text)):
            line = line.ljust(at) + text + " "
    return line


def _length(step: int) -> str:
    """Return the length of a bucket in words."""
    size, name = next((unit for unit in _UNITS if step % unit[0] == 0 and step >= unit[0]), _UNITS[-1])
    number = step // size
    return name if number == 1 else f"{number} {name}s"
