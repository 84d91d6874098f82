"""Build the charts of two group keys: a heat map, and a Sankey diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flowlocal.charts.model import Chart, ChartError, Series
from flowlocal.charts.scales import moment_text

MOST_CELLS = 30
"""Rows and columns of a heat map; more cannot be read (decided)."""
MOST_TIMES = 200
MOST_NODES = 12
"""Nodes on each side of a Sankey diagram; the others are drawn as one."""
_WIDE_RANGE = 100
_OTHERS = " others"

Key = tuple[str, str]


@dataclass(frozen=True)
class Matrix:
    """Values by two keys.

    Attributes:
        title: the value and the keys, as the query names them.
        axis: the names of both keys.
        cells: the value of each pair of keys; pairs without one are missing.
        times: the time of each second key in epoch milliseconds, ascending; empty if the keys are not times.
    """

    title: str
    axis: str
    cells: Mapping[Key, float]
    times: Mapping[str, int]

    def largest(self, side: int) -> list[str]:
        """Return the keys of one side, that with the largest total first; those that stand for others last."""
        totals: Counter[str] = Counter()
        for key, value in self.cells.items():
            totals[key[side]] += value  # type: ignore[assignment] # a Counter of floats
        return sorted(totals, key=lambda name: (name.endswith(_OTHERS), -totals[name], name))

    def chart(self, kind: str, rows: Sequence[str], columns: Sequence[str], notes: Sequence[str]) -> Chart:
        """Return a chart with a series for each row and a position for each column."""
        series = tuple(Series(row, tuple(self.cells.get((row, column)) for column in columns)) for row in rows)
        times = tuple(self.times[column] for column in columns) if self.times else None
        return Chart(kind, self.title, self.axis, tuple(columns), times, series, tuple(notes))


def matrix_chart(kind: str, matrix: Matrix) -> Chart:
    """Return a heat map or a Sankey diagram: a series for each first key, a position for each second.

    Raises:
        ChartError: all values are 0, or one is negative.
    """
    if any(value < 0 for value in matrix.cells.values()):
        raise ChartError(f"a {_NAMES[kind]} cannot show negative values", "use bar")
    if not any(matrix.cells.values()):
        raise ChartError(f"all values are 0, so no {_NAMES[kind]} can be drawn", "use bar")
    return _heatmap(matrix) if kind == "heatmap" else _sankey(matrix)


_NAMES = {"heatmap": "heat map", "sankey": "Sankey diagram"}


def _heatmap(matrix: Matrix) -> Chart:
    most, which = (MOST_TIMES, "first") if matrix.times else (MOST_CELLS, "largest")
    rows = matrix.largest(0)
    matrix = replace(matrix, times=_every(matrix.times))
    columns = list(matrix.times) if matrix.times else matrix.largest(1)
    parts = ((rows, "rows", MOST_CELLS, "largest"), (columns, "columns", most, which))
    cut = [f"the {word} {limit} of {len(kept):,} {name}" for kept, name, limit, word in parts if len(kept) > limit]
    notes = [f"{' and '.join(cut)} are drawn"] if cut else []
    return matrix.chart("heatmap", rows[:MOST_CELLS], columns[:most], notes)


def _every(times: Mapping[str, int]) -> Mapping[str, int]:
    """Return times with those between them that have no value, if they are equidistant and not too many."""
    moments = sorted(times.values())
    step = min((later - earlier for earlier, later in pairwise(moments)), default=0)
    if not step or any((moment - moments[0]) % step for moment in moments):
        return times
    every = range(moments[0], moments[-1] + 1, step)
    names = {moment: name for name, moment in times.items()}
    return {names.get(at, moment_text(at)): at for at in every} if len(every) <= MOST_TIMES else times


def _sankey(matrix: Matrix) -> Chart:
    names = [_merged(matrix, side) for side in (0, 1)]
    cells: Counter[Key] = Counter()
    for (first, second), value in matrix.cells.items():
        cells[names[0](first), names[1](second)] += value  # type: ignore[assignment] # a Counter of floats
    merged = replace(matrix, cells=cells, times={})
    notes = [f"of each side, all but the largest {MOST_NODES - 1} are one"] if len(cells) < len(matrix.cells) else []
    return merged.chart("sankey", merged.largest(0), merged.largest(1), notes)


def _merged(matrix: Matrix, side: int) -> Callable[[str], str]:
    """Return a function that gives the name of a node: its own, or that of all small ones."""
    order = matrix.largest(side)
    if len(order) <= MOST_NODES:
        return lambda name: name
    kept, rest = set(order[: MOST_NODES - 1]), f"{len(order) - MOST_NODES + 1:,}{_OTHERS}"
    return lambda name: name if name in kept else rest


def extent(chart: Chart) -> tuple[float, float]:
    """Return the smallest and the largest value that is not 0."""
    known = [value for series in chart.series for value in series.values if value]
    return min(known), max(known)


def is_wide(chart: Chart) -> bool:
    """Return True if the values differ so much that a logarithmic scale shows them better."""
    low, high = extent(chart)
    return high / low >= _WIDE_RANGE
