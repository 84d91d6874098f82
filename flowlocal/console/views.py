"""The views of a result beside its rows, each in a tab of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from flowlocal.console.chart_view import ChartView
from flowlocal.console.patterns_view import PatternsView
from flowlocal.console.statistics_view import StatisticsView

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState


class ResultView(Protocol):
    """A view: a class that builds itself when it is called with the state of a tab, and subscribes to its events.

    Attributes:
        name: its name, which links contain.
        label: its name on the tab.
        icon: its icon, one of Material's.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str]

    def __init__(self, tab: TabState) -> None: ...


VIEWS: tuple[type[ResultView], ...] = (ChartView, PatternsView, StatisticsView)
"""All views, in the order of their tabs."""
