"""Lay out a Sankey diagram, and describe it to Vega, which has no such mark of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowlocal.charts.model import Chart
from flowlocal.charts.scales import short, whole

WIDTH, BAR = 760, 12
"""Width of the diagram and of the bars of nodes, in points."""
_GAP, _LEAST, _HEIGHT = 8, 1.0, 22
"""Points between two nodes; the least height of a link; height for each node."""
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_LETTER = 22
"""Points of the diagram's width for each character of a name that is shown."""


@dataclass(frozen=True)
class SankeyNode:
    """A node: a source on the left or a target on the right.

    Attributes:
        name: its name.
        value: the sum of its links.
        top: its upper end.
        height: its height.
        left: True if it is a source.
    """

    name: str
    value: float
    top: float
    height: float
    left: bool


@dataclass(frozen=True)
class Link:
    """A link from a source to a target: a band whose height shows its value.

    Attributes:
        source: the number of the source.
        target: the number of the target.
        value: its value.
        height: its height.
        tops: its upper ends at the source and at the target.
    """

    source: int
    target: int
    value: float
    height: float
    tops: tuple[float, float]

    def path(self, width: int) -> str:
        """Return the outline as a path of SVG, in a diagram of this width."""
        left, right, middle = _margin(width) + BAR, width - _margin(width) - BAR, width / 2
        (start, end), height = self.tops, self.height
        there = f"M{left},{start:.2f}C{middle},{start:.2f} {middle},{end:.2f} {right},{end:.2f}"
        back = f"L{right},{end + height:.2f}C{middle},{end + height:.2f} {middle},{start + height:.2f}"
        return f"{there}{back} {left},{start + height:.2f}Z"


def _margin(width: int) -> int:
    """Return the width of the names on each side."""
    return width * 29 // 100


def lay_out(chart: Chart) -> tuple[list[SankeyNode], list[SankeyNode], list[Link], float]:
    """Return sources, targets, links and the height of the diagram."""
    values = [series.values for series in chart.series]
    sums = [sum(value or 0.0 for value in row) for row in values]
    columns = [sum(row[place] or 0.0 for row in values) for place in range(len(chart.labels))]
    rows = max(len(sums), len(columns))
    scale = rows * _HEIGHT / sum(sums)
    sources = _nodes([series.name for series in chart.series], sums, scale, left=True)
    targets = _nodes(chart.labels, columns, scale, left=False)
    starts, ends = [node.top for node in sources], [node.top for node in targets]
    links = []
    for source, row in enumerate(values):
        for target, value in enumerate(row):
            if value:
                height = max(value * scale, _LEAST)
                links.append(Link(source, target, value, height, (starts[source], ends[target])))
                starts[source] += value * scale
                ends[target] += value * scale
    return sources, targets, links, max(node.top + node.height for node in (*sources, *targets))


def _nodes(names: Sequence[str], values: Sequence[float], scale: float, *, left: bool) -> list[SankeyNode]:
    nodes, top = [], 0.0
    for name, value in zip(names, values, strict=True):
        height = max(value * scale, _LEAST)
        nodes.append(SankeyNode(name, value, top, height, left))
        top += max(height, _HEIGHT / 2) + _GAP
    return nodes


def specify_sankey(
    chart: Chart, colors: Mapping[str, str], text_color: str, background: str | None, *, width: int = WIDTH
) -> dict[str, Any]:
    """Return the Vega specification of the diagram.

    Args:
        chart: what to draw.
        colors: the colour of each source.
        text_color: the colour of names and title.
        background: the colour behind; None for none.
        width: the width of the diagram in points.
    """
    sources, targets, links, height = lay_out(chart)
    title = {
        "text": chart.title,
        "subtitle": list(chart.notes),
        "anchor": "start",
        "fontSize": 14,
        "fontWeight": 600,
        "font": _FONT,
        "subtitleFont": _FONT,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "width": width,
        "height": height,
        "padding": 5,
        "background": background or "transparent",
        "title": {**title, "color": text_color, "subtitleColor": text_color},
        "data": [
            {"name": "links", "values": list(_link_rows(chart, links, colors, width))},
            {"name": "nodes", "values": list(_node_rows([*sources, *targets], colors, text_color, width))},
        ],
        "marks": [_mark("path", "links", _LINK), _mark("rect", "nodes", _BAR), _mark("text", "nodes", _NAME)],
    }


def _mark(kind: str, data: str, encoding: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "from": {"data": data}, "encode": {"enter": encoding}}


_LINK = {
    "path": {"field": "path"},
    "fill": {"field": "color"},
    "fillOpacity": {"value": 0.4},
    "tooltip": {"field": "text"},
}
_BAR = {
    "x": {"field": "x"},
    "y": {"field": "y"},
    "width": {"value": BAR},
    "height": {"field": "height"},
    "fill": {"field": "color"},
    "tooltip": {"field": "text"},
}
_NAME = {
    "x": {"field": "nameX"},
    "y": {"field": "nameY"},
    "text": {"field": "name"},
    "align": {"field": "align"},
    "baseline": {"value": "middle"},
    "fontSize": {"value": 11},
    "font": {"value": _FONT},
    "fill": {"field": "ink"},
}


def _link_rows(chart: Chart, links: Sequence[Link], colors: Mapping[str, str], width: int) -> Iterator[dict[str, Any]]:
    for link in links:
        source, target = chart.series[link.source].name, chart.labels[link.target]
        text = f"{source} → {target}: {whole(link.value)}"
        yield {"path": link.path(width), "color": colors[source], "text": text}


def _node_rows(
    nodes: Sequence[SankeyNode], colors: Mapping[str, str], ink: str, width: int
) -> Iterator[dict[str, Any]]:
    margin, longest = _margin(width), width // _LETTER
    for node in nodes:
        name = node.name if len(node.name) <= longest else f"{node.name[: longest - 1]}…"
        yield {
            "x": margin if node.left else width - margin - BAR,
            "y": node.top,
            "height": node.height,
            "color": colors[node.name] if node.left else "#8a8f98",
            "text": f"{node.name}: {whole(node.value)}",
            "name": f"{name}  {short(node.value)}",
            "nameX": margin - 6 if node.left else width - margin + 6,
            "nameY": node.top + node.height / 2,
            "align": "right" if node.left else "left",
            "ink": ink,
        }
