"""Draw horizontal bars, and shares of a pie, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size

from flowlocal.charts.model import Chart
from flowlocal.charts.paint import Painter, inks
from flowlocal.charts.scales import whole, widest
from flowlocal.text_layout import pad, safe

_EIGHTHS = " ▏▎▍▌▋▊▉"


def draw_bars(chart: Chart, width: int, paint: Painter) -> Iterator[str]:
    """Yield a line for each bar: label, bar, value; for a pie also the share.

    The bars of several series at one position are in consecutive lines; a legend names the series.
    """
    labels = _labels(chart, width)
    numbers = [[_number(chart, value) for value in series.values] for series in chart.series]
    number_width = max(widest(column) for column in numbers)
    bar_width = max(width - cell_len(labels[0]) - number_width - 3, 5)
    codes = inks(chart.series)
    if len(chart.series) > 1:
        yield "  ".join(
            f"{paint.ink(paint.sign(n) * 2, codes[n])} {safe(each.name)}" for n, each in enumerate(chart.series)
        )
    for place, label in enumerate(labels):
        for number, series in enumerate(chart.series):
            shown = label if number == 0 else " " * cell_len(label)
            value = series.values[place]
            bar = _bar(value, chart, bar_width, paint.sign(number))
            yield f"{shown} │{paint.ink(bar, codes[number])} {numbers[number][place]}"


def _labels(chart: Chart, width: int) -> list[str]:
    """Return labels of equal width; those wider than two fifths of the terminal are cut."""
    texts = [" ".join(safe(label).split("\n")) for label in chart.labels]
    most = min(max(map(cell_len, texts)), max(width * 2 // 5, 12))
    cut = (text if cell_len(text) <= most else set_cell_size(text, most - 1) + "…" for text in texts)
    return [pad(text, most, right=False) for text in cut]


def _number(chart: Chart, value: float | None) -> str:
    if value is None:
        return "-"
    share = f"{value / chart.series[0].total:6.1%}  " if chart.kind == "pie" else ""
    return f"{share}{whole(value)}"


def _bar(value: float | None, chart: Chart, bar_width: int, sign: str) -> str:
    """Return a bar whose length shows the value; the longest has the full width. Negative values have the same side."""
    largest = max(abs(chart.top), abs(chart.bottom))
    if not value or not largest:
        return ""
    eighths = max(round(abs(value) / largest * bar_width * 8), 1)
    if sign != "█":
        return sign * max(eighths // 8, 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
