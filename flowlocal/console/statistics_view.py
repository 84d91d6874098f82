"""The view with the statistics of a run: what was read, what matched, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from nicegui import ui

from flowlocal.charts.scales import moment_text
from flowlocal.sizes import in_words

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery
    from flowlocal.console.tab import TabState


class StatisticsView:
    """The statistics of a tab.

    Args:
        tab: the state of the tab.
    """

    name: ClassVar[str] = "statistics"
    label: ClassVar[str] = "Statistics"
    icon: ClassVar[str] = "speed"

    def __init__(self, tab: TabState) -> None:
        self._list = ui.column().classes("fl-statistics").props('role="list" aria-label="Statistics of the run"')
        tab.answered.subscribe(self._show)

    def _show(self, answer: AnsweredQuery) -> None:
        self._list.clear()
        with self._list:
            for name, value in statistics_of(answer):
                with ui.row().classes("fl-pair").props('role="listitem"'):
                    ui.label(name).classes("fl-pair-name")
                    ui.label(value).classes("fl-pair-value")


def statistics_of(answer: AnsweredQuery) -> Iterator[tuple[str, str]]:
    """Yield the names and values of the statistics of a run."""
    result, seconds = answer.result, max(answer.seconds, 1e-3)
    facts, report, context = result.statistics, result.report, result.context
    share = facts.recordsMatched / facts.recordsScanned if facts.recordsScanned else 0
    yield "Rows", f"{len(result):,}" + (f" of {len(result) + result.truncated:,}" if result.truncated else "")
    yield "Columns", f"{len(result.columns):,}"
    yield "Records matched", f"{facts.recordsMatched:,.0f} ({share:.1%})"
    yield "Records scanned", f"{facts.recordsScanned:,.0f}"
    yield "Bytes scanned", f"{in_words(facts.bytesScanned)} ({facts.bytesScanned:,.0f})"
    yield "Time", f"{answer.seconds:.2f} s"
    yield (
        "Speed",
        f"{facts.recordsScanned / seconds:,.0f} records and {in_words(facts.bytesScanned / seconds)} a second",
    )
    yield "Files read", f"{report.files:,}" + (f", {len(report.skipped):,} skipped" if report.skipped else "")
    yield "Lines that are not records", f"{report.odd_count:,}"
    for bound, name in (("start", "From"), ("end", "To")):
        moment = context.get(bound)
        yield name, f"{moment_text(moment)} UTC" if isinstance(moment, int) else "all of the logs"
    groups = context.get("log_groups")
    yield "Log groups", ", ".join(map(str, groups)) if isinstance(groups, tuple | list) else str(groups or "")
