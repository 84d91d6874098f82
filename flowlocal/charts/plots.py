"""Draw lines, areas and bars over time as text, with plotext."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import plotext  # type: ignore[import-untyped]
from rich.cells import cell_len

from flowlocal.ansi import ours
from flowlocal.charts.model import Chart
from flowlocal.charts.paint import LETTERS, Painter, inks
from flowlocal.charts.scales import short, time_ticks, value_ticks
from flowlocal.text_layout import safe

_LABEL_WIDTH = 14
"""Columns for a label of the time axis, including space."""

Curve = tuple[list[float], list[float]]


def draw_plot(chart: Chart, width: int, height: int, paint: Painter) -> Iterator[str]:
    """Yield the legend, if there is more than one series, then the lines of the plot."""
    names, codes = [safe(series.name) for series in chart.series], inks(chart.series)
    signs = [_sign(chart, number, paint) for number in range(len(names))]
    if len(names) > 1:
        yield from _legend([paint.ink(sign * 2, code) for sign, code in zip(signs, codes, strict=True)], names, width)
    figure = plotext.figure.clear()
    figure.plot_size(width, height)
    figure.theme("simple")
    _axes(figure, chart, width, height)
    curves = _curves(chart, width)
    for sign, code, curve in reversed(list(zip(signs, codes, curves, strict=True))):
        _draw(figure, curve, plotext.marker("hd" if paint.color else sign, code), chart)
    text = ours(figure.build().string(not paint.color))  # numbers and times alone
    yield from text.rstrip("\n").split("\n")


def _sign(chart: Chart, number: int, paint: Painter) -> str:
    """Return the character of a series in the legend; without colours, the plot is drawn with it, too."""
    if chart.kind != "line":
        return paint.sign(number)
    return "━" if paint.color else LETTERS[number % len(LETTERS)]


def _legend(signs: Sequence[str], names: Sequence[str], width: int) -> Iterator[str]:
    """Yield characters and names, in as many lines as they need."""
    line, used = "", 0
    for sign, name in zip(signs, names, strict=True):
        room = cell_len(name) + 5
        if used and used + room > width:
            yield line
            line, used = "", 0
        line, used = f"{line}{sign} {name}  ", used + room
    yield line


def _axes(figure: Any, chart: Chart, width: int, height: int) -> None:  # noqa: ANN401 - plotext has no types
    first, last = _span(chart)
    ticks = time_ticks(first, last, max((width - 8) // _LABEL_WIDTH, 1))
    horizontal = figure.ruler("x")
    horizontal.lim(first, last)
    horizontal.ticks([moment for moment, _ in ticks], [text for _, text in ticks])
    values = value_ticks(chart.bottom, chart.top, max(height // 3, 3))
    vertical = figure.ruler("y")
    vertical.lim(values[0], values[-1])
    vertical.ticks(values, [short(value) for value in values])


def bin_width(times: Sequence[int]) -> int:
    """Return the shortest distance between two times, which is the length of a bin; a minute if there is only one."""
    return min((later - earlier for earlier, later in pairwise(times)), default=60_000)


def _span(chart: Chart) -> tuple[int, int]:
    """Return the start and end of the time axis; bars extend to the start of the next bin."""
    assert chart.times is not None  # noqa: S101 - plots are over time
    first, last = chart.times[0], chart.times[-1]
    return first, last + bin_width(chart.times) if chart.kind == "bar" or first == last else last


def _curves(chart: Chart, width: int) -> list[Curve]:
    """Return the points of each series; stacked values are added to those of the series before."""
    assert chart.times is not None  # noqa: S101 - plots are over time
    if not chart.stacked:
        return [_known(chart.times, series.values) for series in chart.series]
    heights, stacked = [0.0] * len(chart.times), []
    for series in chart.series:
        heights = [below + (value or 0.0) for below, value in zip(heights, series.values, strict=True)]
        stacked.append(_stairs(chart, heights, width) if chart.kind == "bar" else _known(chart.times, heights))
    return stacked


def _known(times: Sequence[int], values: Sequence[float | None]) -> Curve:
    pairs = [(float(time), value) for time, value in zip(times, values, strict=True) if value is not None]
    return [time for time, _ in pairs], [value for _, value in pairs]


def _stairs(chart: Chart, heights: Sequence[float], width: int) -> Curve:
    """Return two points for each terminal column that lies within a bin that has a value."""
    assert chart.times is not None  # noqa: S101 - plots are over time
    (first, last), length = _span(chart), bin_width(chart.times)
    points = 2 * width
    found: Curve = ([], [])
    for number in range(points):
        moment = first + (last - first) * (number + 0.5) / points
        place = bisect_right(chart.times, moment) - 1
        if moment < chart.times[place] + length and heights[place]:
            found[0].append(moment)
            found[1].append(heights[place])
    return found


def _draw(figure: Any, curve: Curve, marker: Any, chart: Chart) -> None:  # noqa: ANN401 - plotext has no types
    if not curve[0]:
        return
    signal = figure.signal(*curve, marker=marker)
    signal.lines(chart.kind != "bar")
    signal.fillx(chart.stacked and chart.bottom >= 0)
    figure.draw(signal)
