"""The content of a chart, independent of how it is drawn."""

from __future__ import annotations

from typing import NamedTuple

MATRICES = ("heatmap", "sankey")
"""The kinds of chart that show two group keys."""
KINDS = ("line", "bar", "area", "pie", *MATRICES)
"""The kinds of chart: those that the console offers, and two of ours for who talks to whom."""


class ChartError(Exception):
    """The result cannot be drawn as requested.

    Attributes:
        hint: what to write instead.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def advice(self) -> str:
        """The message and what to write instead."""
        return f"{self}; {self.hint}" if self.hint else str(self)


class NothingToDraw(ChartError):
    """The result has no rows."""


class Series(NamedTuple):
    """Values that belong together: a line, an area, or bars of one colour.

    Attributes:
        name: the name in the legend.
        values: one for each position of the chart; None if it is missing.
    """

    name: str
    values: tuple[float | None, ...]

    @property
    def total(self) -> float:
        """The sum of the values that are not missing."""
        return sum(value for value in self.values if value is not None)


class Chart(NamedTuple):
    """A chart.

    Attributes:
        kind: one of ``KINDS``.
        title: values and groups, as the query names them.
        axis: the meaning of the positions: the group keys.
        labels: the name of each position.
        times: the time of each position in epoch milliseconds, ascending; None if the positions are not times.
        series: at least one; a pie has exactly one. Those of a heat map are its rows, those of a Sankey diagram its
            sources; the positions are columns and targets.
        notes: sentences about what is not drawn.
    """

    kind: str
    title: str
    axis: str
    labels: tuple[str, ...]
    times: tuple[int, ...] | None
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()

    @property
    def top(self) -> float:
        """The largest height; that of a whole stack if values are stacked."""
        return max((value for value in self._heights() if value is not None), default=0.0)

    @property
    def bottom(self) -> float:
        """The smallest height."""
        return min((value for value in self._heights() if value is not None), default=0.0)

    def _heights(self) -> list[float | None]:
        columns = zip(*(series.values for series in self.series), strict=True)
        if self.stacked:
            return [sum(value or 0.0 for value in column) for column in columns]
        return [value for column in columns for value in column]

    @property
    def stacked(self) -> bool:
        """True if the values of a position are stacked, as in areas and in bars over time."""
        return self.kind == "area" or (self.kind == "bar" and self.times is not None)
