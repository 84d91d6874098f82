"""The view that draws a result as a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nicegui import events, ui

from flowlocal.charts.build import chart_of
from flowlocal.charts.model import KINDS, ChartError
from flowlocal.console.code_text import CodeText
from flowlocal.console.echarts import height_of, options_of
from flowlocal.console.links import AUTO

if TYPE_CHECKING:
    from flowlocal.charts.model import Chart
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.tab import TabState

LABELS = {
    AUTO: "Automatic",
    "line": "Line",
    "bar": "Bar",
    "area": "Stacked area",
    "pie": "Pie",
    "heatmap": "Heat map",
    "sankey": "Sankey",
}
"""What the kinds of charts are called."""
_PNG = """
(() => {
  const link = document.createElement("a");
  const backgroundColor = getComputedStyle(document.body).getPropertyValue("--fl-card");
  link.href = getElement(%d).chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor });
  link.download = "chart.png";
  link.click();
})()
"""


class ChartView:
    """The chart of a tab.

    Args:
        tab: the state of the tab.
    """

    name: ClassVar[str] = "chart"
    label: ClassVar[str] = "Chart"
    icon: ClassVar[str] = "insert_chart"

    def __init__(self, tab: TabState) -> None:
        self._tab = tab
        with ui.row().classes("fl-toolbar"):
            kinds = {kind: LABELS.get(kind, kind) for kind in (AUTO, *KINDS)}
            select = ui.select(kinds, label="Chart", value=tab.chart, on_change=self._choose)
            select.props("dense outlined stack-label options-dense").classes("fl-kind")
            self._title = ui.label().classes("fl-caption fl-grow")
            self._png = ui.button("PNG", icon="download", on_click=self._download).props("flat dense no-caps")
            self._png.props('aria-label="Download PNG"')
        self._problem = CodeText().classes("fl-empty").props('role="status"')
        self._box = ui.element("div").classes("fl-chart-box")
        self._show_problem("Run a query with `stats` to draw its result.")
        tab.answered.subscribe(lambda _: self._draw())

    def _choose(self, event: events.ValueChangeEventArguments[str]) -> None:
        self._tab.look_at(chart=event.value)
        self._draw()

    def _draw(self) -> None:
        answer = self._tab.answer
        if answer is None:
            return
        try:
            chart = chart_of(answer.result, self._tab.chart)
        except ChartError as error:
            self._show_problem(_sentence(error.advice))
        else:
            self._show(answer, chart)

    def _show(self, answer: AnsweredQuery, chart: Chart) -> None:
        self._problem.set_visibility(False)
        self._box.set_visibility(True)
        self._png.set_visibility(True)
        self._title.set_text("; ".join([chart.title, *chart.notes]))
        self._box.clear()  # ECharts would keep the axes of a chart of another kind
        with self._box:
            self._chart = ui.echart(options_of(chart)).classes("fl-chart").props('role="img"')
        self._chart.props["aria-label"] = f"{LABELS.get(chart.kind, chart.kind)} chart: {chart.title}"
        self._chart.style(f"height: {height_of(chart)}")

    def _show_problem(self, text: str) -> None:
        self._problem.set_text(text)
        self._problem.set_visibility(True)
        self._box.set_visibility(False)
        self._png.set_visibility(False)
        self._title.set_text("")

    def _download(self) -> None:
        ui.run_javascript(_PNG % self._chart.id)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
