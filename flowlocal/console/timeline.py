"""The histogram of the events that matched, over time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nicegui import events, ui

from flowlocal.charts.scales import moment_text

if TYPE_CHECKING:
    from flowlocal.charts.histogram import TimeCounter
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.tab import TabState

_BUCKETS = 90
_COLOR = "#3a8fb7"
_DRAG = """
(async () => {
  while (!getElement(%d)?.chart) await new Promise((resolve) => setTimeout(resolve, 10));
  const { chart } = getElement(%d);
  chart.dispatchAction({ type: "brush", areas: [] });
  chart.dispatchAction(
    { type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
})()
"""
"""Forgets the last range, and lets the next one be dragged, when there is a chart: ECharts makes it after a while."""


class Timeline:
    """The histogram of a tab; dragging over it narrows the time range.

    Args:
        tab: the state of the tab.
    """

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        self._client = ui.context.client
        with ui.column().classes("fl-timeline") as self._box:
            self._title = ui.label().classes("fl-caption")
            self._chart = ui.echart(_options([], "")).classes("fl-timeline-chart")
            self._chart.props('role="img" aria-label="Matched events over time"')
        self._box.set_visibility(False)
        self._chart.on("chart:brushEnd", self._dragged, ["areas"])
        tab.answered.subscribe(self._show)

    def _show(self, answer: AnsweredQuery) -> None:
        data, title = bars(answer.counter)
        self._box.set_visibility(bool(data))
        self._title.set_text(title)
        self._chart.options.clear()
        self._chart.options.update(_options(data, title))
        self._client.run_javascript(_DRAG % (self._chart.id, self._chart.id))

    async def _dragged(self, event: events.GenericEventArguments) -> None:
        areas = event.args["areas"]
        if areas:
            start, end = areas[0]["coordRange"]
            self._tab.ask(start=_iso(start), end=_iso(end))
            await self._tab.execute()


def bars(counter: TimeCounter) -> tuple[list[dict[str, Any]], str]:
    """Return a bar for each bucket of time, and a title; no bars if no event has a time."""
    start, step, counts = counter.counts(_BUCKETS)
    moments = [start + place * step for place in range(len(counts))]
    data = [
        {"value": [moment + step / 2, count], "name": f"{moment_text(moment)} UTC: {count:,} events"}
        for moment, count in zip(moments, counts, strict=True)
    ]
    return (
        data,
        f"{sum(counts):,} events from {moment_text(start)} UTC, {_length(step)} a bar; drag to narrow the range",
    )


def _length(step: int) -> str:
    for size, name in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if step % size == 0:
            return f"{step // size} {name}"
    return f"{step} ms"


def _iso(milliseconds: float) -> str:
    return datetime.fromtimestamp(round(milliseconds / 1000), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _options(data: list[dict[str, Any]], title: str) -> dict[str, Any]:
    axis = {"axisLine": {"show": False}, "axisTick": {"show": False}, "axisLabel": {"color": "#888"}}
    return {
        "useUTC": True,
        "animation": False,
        "aria": {"enabled": True, "label": {"description": title}},
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "toolbox": {"show": False},
        "brush": {"xAxisIndex": 0, "brushStyle": {"color": "rgba(58,143,183,.25)", "borderColor": _COLOR}},
        "xAxis": {"type": "time", **axis},
        "yAxis": {"type": "value", "splitNumber": 2, "splitLine": {"lineStyle": {"color": "#8883"}}, **axis},
        "series": [{"type": "bar", "data": data, "itemStyle": {"color": _COLOR}, "barCategoryGap": "8%"}],
    }
