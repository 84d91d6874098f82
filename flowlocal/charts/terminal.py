"""Charts as text, for terminals."""

from __future__ import annotations

from textwrap import wrap

from flowlocal.charts.bars import draw_bars
from flowlocal.charts.model import MATRICES, Chart
from flowlocal.charts.paint import Painter
from flowlocal.charts.plots import draw_plot
from flowlocal.charts.shades import draw_heatmap, draw_links
from flowlocal.text_layout import safe

NARROWEST, HEIGHT = 40, 20


def draw(chart: Chart, *, width: int = 80, height: int = HEIGHT, color: bool = False) -> str:
    """Return the chart as lines of text, each with its line break.

    Args:
        chart: what to draw.
        width: columns of the terminal.
        height: lines of a plot over time; bars and pies take a line for each position.
        color: True for colours. Without them, every series has a character of its own.
    """
    paint = Painter(color)
    width = max(width, NARROWEST)
    if chart.kind in MATRICES:
        body = (draw_heatmap if chart.kind == "heatmap" else draw_links)(chart, width, paint)
    elif chart.times is not None and chart.kind != "pie":
        body = draw_plot(chart, width, height, paint)
    else:
        body = draw_bars(chart, width, paint)
    title = safe(chart.title).replace("\n", " ")[:width]
    notes = (line for note in chart.notes for line in wrap(safe(note), width))
    lines = [paint.bold(title), *body, *map(paint.dim, notes)]
    return "".join(line.rstrip() + "\n" for line in lines)
