"""Draw heat maps and Sankey diagrams as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from string import ascii_letters

from rich.cells import cell_len, set_cell_size

from flowlocal.charts.bars import draw_bars
from flowlocal.charts.matrix import extent, is_wide
from flowlocal.charts.model import Chart, Series
from flowlocal.charts.paint import Painter
from flowlocal.charts.scales import moment_text, short
from flowlocal.text_layout import pad, safe

SHADES = "░▒▓█"
_ZERO = "·"
_LETTERED, _WIDEST_TIME = 2, 6
"""Width of cells under letters; largest width of cells under times."""
_INK = 6
MOST_LINKS = 25


def draw_heatmap(chart: Chart, width: int, paint: Painter) -> Iterator[str]:
    """Yield a line of shaded cells for each series, names of rows and columns, and what the shades mean."""
    names = _cut([series.name for series in chart.series], max(width * 2 // 5, 12))
    room = width - cell_len(names[0]) - 1
    head, cell, legend = _moments(chart.times, room) if chart.times else _columns(chart.labels, room)
    count = min(len(chart.labels), room // cell)
    bounds = thresholds(chart)
    blank = " " * (cell_len(names[0]) + 1)
    yield from ((blank + line[: count * cell]).rstrip() for line in head)
    for name, series in zip(names, chart.series, strict=True):
        shades = (
            shade(value, bounds) * (cell if legend or chart.times else cell - 1) for value in series.values[:count]
        )
        yield f"{name} {paint.ink(''.join(pad(each, cell, right=False) for each in shades).rstrip(), _INK)}"
    yield from _wrapped(legend[:count], width)
    yield from _wrapped(
        [(paint.ink(each, _INK), f"to {short(top)}") for each, top in zip(SHADES, bounds, strict=True)], width
    )
    if count < len(chart.labels):
        yield paint.dim(f"{count} of {len(chart.labels)} columns have room")


def thresholds(chart: Chart) -> list[float]:
    """Return the largest value of each shade, in equal steps, or equal ratios if the values differ widely."""
    low, high = extent(chart)
    steps = [(number + 1) / len(SHADES) for number in range(len(SHADES) - 1)]
    if is_wide(chart):
        return [*(math.exp(math.log(low) + (math.log(high) - math.log(low)) * step) for step in steps), high]
    return [*(high * step for step in steps), high]


def shade(value: float | None, bounds: Sequence[float]) -> str:
    """Return the character of a value: a blank if it is missing, a dot for 0."""
    if value is None:
        return " "
    if value == 0:
        return _ZERO
    return next((each for each, top in zip(SHADES, bounds, strict=True) if value <= top), SHADES[-1])


def _columns(labels: Sequence[str], room: int) -> tuple[list[str], int, list[tuple[str, str]]]:
    """Return the line above the cells, the width of a cell, and a legend if the names are too wide for that line."""
    names = [" ".join(safe(label).split("\n")) for label in labels]
    widest = max(map(cell_len, names)) + 1
    if widest * len(names) <= room:
        return ["".join(pad(name, widest, right=False) for name in names).rstrip()], widest, []
    signs = ascii_letters[: len(names)]
    legend = list(zip(signs, _cut(names, 34, fill=False), strict=True))
    return [" ".join(signs)], _LETTERED, legend


def _moments(times: Sequence[int], room: int) -> tuple[list[str], int, list[tuple[str, str]]]:
    """Return the same for times: of their names those are shown that have room."""
    cell = max(min(room // len(times), _WIDEST_TIME), 1)
    line, date = "", ""
    for place, moment in enumerate(times):
        day, _, clock = moment_text(moment).partition(" ")
        name = clock[:5] if day == date else f"{day[5:]} {clock[:5]}"
        if place * cell >= len(line) + (2 if line else 0) and place * cell + len(name) <= room:
            line, date = line.ljust(place * cell) + name, day
    return [line], cell, []


def _cut(names: Sequence[str], most: int, *, fill: bool = True) -> list[str]:
    """Return names of at most a width, with ``fill`` all of the same."""
    texts = [" ".join(safe(name).split("\n")) for name in names]
    cut = [text if cell_len(text) <= most else set_cell_size(text, most - 1) + "…" for text in texts]
    widest = max(map(cell_len, cut))
    return [pad(text, widest, right=False) for text in cut] if fill else cut


def _wrapped(parts: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield signs with their names in as many lines as they need."""
    line, used = "", 0
    for sign, name in parts:
        room = cell_len(name) + 4
        if used and used + room > width:
            yield line.rstrip()
            line, used = "", 0
        line, used = f"{line}{sign} {name}  ", used + room
    if line:
        yield line.rstrip()


def draw_links(chart: Chart, width: int, paint: Painter) -> Iterator[str]:
    """Yield the largest links of a Sankey diagram as bars: source, target, value."""
    links = [
        (f"{series.name} → {label}", value)
        for series in chart.series
        for label, value in zip(chart.labels, series.values, strict=True)
        if value
    ]
    links.sort(key=lambda link: -link[1])
    kept = links[:MOST_LINKS]
    values = Series("", tuple(value for _, value in kept))
    bars = chart._replace(kind="bar", labels=tuple(name for name, _ in kept), series=(values,))
    yield from draw_bars(bars, width, paint)
    if len(links) > len(kept):
        yield paint.dim(f"{len(kept)} of {len(links):,} links; a file has all")
