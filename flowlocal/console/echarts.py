"""Charts as ECharts draws them, from the same model as charts in files and terminals.

Names come from logs and queries. They are values of the options, never keys, because NiceGUI takes keys that begin with
a colon for code; and tooltips are drawn as text, not as HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10
from typing import Any

from flowlocal.charts.model import Chart, Series
from flowlocal.charts.scales import moment_text, whole

COLORS = ("#3a7ca5", "#e07a2f", "#7b5ea7", "#2f9c95", "#b5568f", "#7a8450", "#5c6bc0", "#a0704c", "#5f8fa8", "#9c8f2e")
"""Colours that people with colour blindness distinguish by their lightness, too."""
_KNOWN = {"ACCEPT": "#2a9d5c", "REJECT": "#d1495b", "NODATA": "#c9a227", "SKIPDATA": "#c9a227", "-": "#8a8f98"}
_GRAY = "#888"
_LINE = {"lineStyle": {"color": "#8883"}}
_SHORT = (
    "(value) => { for (const [size, unit] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']])"
    " if (Math.abs(value) >= size) return +(value / size).toPrecision(4) + unit; return value; }"
)
_TEXT = "(each) => each.data.text"
_CATEGORY = {"axisTick": {"show": False}, "axisLine": {"lineStyle": {"color": _GRAY}}}


def options_of(chart: Chart) -> dict[str, Any]:
    """Return the options of a chart."""
    makers = {"pie": _pie, "heatmap": _heatmap, "sankey": _sankey}
    make = makers.get(chart.kind, _bars if chart.times is None else _over_time)
    has_legend = len(chart.series) > 1 and chart.kind not in makers
    return {
        "useUTC": True,
        "animation": False,
        "aria": {"enabled": True, "label": {"description": chart.title}},
        "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
        "legend": {"show": has_legend, "type": "scroll", "top": 0, "textStyle": {"color": _GRAY}},
        **make(chart),
    }


def height_of(chart: Chart) -> str:
    """Return the height that a chart needs, in CSS: that of its rows, or the room that there is."""
    if chart.kind == "heatmap":
        return f"max(100%, {24 * len(chart.series) + 136}px)"
    if chart.kind == "sankey":
        return f"max(100%, {26 * max(len(chart.series), len(chart.labels)) + 40}px)"
    if chart.times is None and chart.kind != "pie":
        return f"{max(24, 16 * len(chart.series)) * len(chart.labels) + 70}px"
    return "100%"


def _over_time(chart: Chart) -> dict[str, Any]:
    """Return lines, areas or stacked bars; a missing value interrupts a line."""
    return {
        "grid": {"left": 8, "right": 16, "top": 36 if len(chart.series) > 1 else 16, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "time", "axisLine": {"lineStyle": {"color": _GRAY}}, "axisLabel": {"color": _GRAY}},
        "yAxis": _values(),
        "series": [_drawn(chart, series, number) for number, series in enumerate(chart.series)],
    }


def _drawn(chart: Chart, series: Series, number: int) -> dict[str, Any]:
    """Return one series over time."""
    assert chart.times is not None  # noqa: S101 - the caller has looked
    data = [
        {
            "value": [moment, value],
            "name": f"{moment_text(moment)} UTC\n{series.name}: {'-' if value is None else whole(value)}",
        }
        for moment, value in zip(chart.times, series.values, strict=True)
    ]
    made = {
        "type": "bar" if chart.kind == "bar" else "line",
        "name": series.name,
        "data": data,
        "itemStyle": {"color": _color(series.name, number)},
        "tooltip": {"formatter": "{b}"},
        "symbolSize": 6,
        "showSymbol": len(data) <= 48,
        "barMaxWidth": 48,
    }
    stacked = {"stack": "all", "areaStyle": {"opacity": 0.85}} if chart.kind == "area" else {"stack": "all"}
    return {**made, **stacked} if chart.stacked else made


def _bars(chart: Chart) -> dict[str, Any]:
    """Return horizontal bars, the first on top."""
    labels = [" ".join(label.split("\n")) for label in chart.labels]
    return {
        "grid": {"left": 8, "right": 72, "top": 36 if len(chart.series) > 1 else 8, "bottom": 8, "containLabel": True},
        "xAxis": _values(),
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": labels,
            "axisLabel": {"color": _GRAY, "width": 240, "overflow": "truncate", "interval": 0},
            **_CATEGORY,
        },
        "series": [
            {
                "type": "bar",
                "name": series.name,
                "data": [
                    {"value": value, "name": label, "label": {"formatter": "-" if value is None else whole(value)}}
                    for label, value in zip(labels, series.values, strict=True)
                ],
                "itemStyle": {"color": _color(series.name, number)},
                "label": {"show": True, "position": "right", "color": _GRAY},
                "barMaxWidth": 22,
            }
            for number, series in enumerate(chart.series)
        ],
    }


def _pie(chart: Chart) -> dict[str, Any]:
    """Return a ring of shares, the largest first."""
    pairs = zip(chart.labels, chart.series[0].values, strict=True)
    data = [
        {"name": label, "value": value or 0, "itemStyle": {"color": _color(label, number)}}
        for number, (label, value) in enumerate(pairs)
    ]
    label = {"formatter": "{b}: {d}%", "color": _GRAY, "width": 180, "overflow": "truncate"}
    return {"series": [{"type": "pie", "radius": ["35%", "70%"], "data": data, "label": label}]}


def _heatmap(chart: Chart) -> dict[str, Any]:
    """Return a cell for each pair of keys; its colour is on a logarithmic scale, for bytes differ by magnitudes."""
    cells = [
        {"value": [place, row, log10(value) if value > 0 else -1], "text": f"{series.name}\n{label}: {whole(value)}"}
        for row, series in enumerate(chart.series)
        for place, (label, value) in enumerate(zip(chart.labels, series.values, strict=True))
        if value is not None
    ]
    heights = [log10(value) for series in chart.series for value in series.values if value] or [0.0]
    axis = {"type": "category", "axisLabel": {"color": _GRAY, "width": 150, "overflow": "truncate"}, **_CATEGORY}
    return {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 72, "containLabel": True},
        "xAxis": {**axis, "data": [*chart.labels]},
        "yAxis": {**axis, "inverse": True, "data": [series.name for series in chart.series]},
        "visualMap": {
            "min": min(heights),
            "max": max(heights) if len(set(heights)) > 1 else heights[0] + 1,
            "calculable": True,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "textStyle": {"color": _GRAY},
            ":formatter": f"(value) => ({_SHORT})(10 ** value)",
            "inRange": {"color": ["#deebf7", "#6baed6", "#08306b"]},
        },
        "series": [{"type": "heatmap", "data": cells, "tooltip": {":formatter": _TEXT}}],
    }


def _sankey(chart: Chart) -> dict[str, Any]:
    """Return flows from the first key to the second; a name on both sides is two nodes, so that there is no circle."""
    links = [
        {"source": f"0-{row}", "target": f"1-{place}", "value": value, "text": f"{each.name} → {label}: {whole(value)}"}
        for row, each in enumerate(chart.series)
        for place, (label, value) in enumerate(zip(chart.labels, each.values, strict=True))
        if value
    ]
    made = {
        "type": "sankey",
        "data": [*_nodes(0, [series.name for series in chart.series]), *_nodes(1, chart.labels)],
        "links": links,
        **dict.fromkeys(("left", "right", "top", "bottom"), 8),
        "nodeGap": 16,
        "label": {"color": _GRAY},
        "lineStyle": {"color": "source", "opacity": 0.4},
        "tooltip": {":formatter": _TEXT},
    }
    narrow = {"label": {"width": 130, "overflow": "truncate"}}
    return {"series": [made], "media": [{"query": {"maxWidth": 500}, "option": {"series": [narrow]}}]}


def _nodes(side: int, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a side, each with an id for a name."""
    for number, name in enumerate(names):
        label = {":formatter": _TEXT, "position": "left" if side else "right"}
        color = {"color": _color(name, number)}
        yield {"name": f"{side}-{number}", "text": name, "depth": side, "label": label, "itemStyle": color}


def _values() -> dict[str, Any]:
    return {
        "type": "value",
        "splitLine": _LINE,
        "axisLabel": {"color": _GRAY, ":formatter": _SHORT, "hideOverlap": True},
    }


def _color(name: str, number: int) -> str:
    """Return the colour of a series; actions have their own."""
    return _KNOWN.get(name) or COLORS[number % len(COLORS)]
