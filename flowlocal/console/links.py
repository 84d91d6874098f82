"""Links that show a page again: the query, what it was asked about, and how its answer was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flowlocal.charts.model import KINDS
from flowlocal.console.queries import AskedQuery
from flowlocal.language.templates import MOST_CHARACTERS
from flowlocal.moments import to_range
from flowlocal.sizes import MOST_ROWS

if TYPE_CHECKING:
    from flowlocal.console.tab import TabState

ROWS = "rows"
"""The view of a result that is shown first."""
AUTO = "auto"
"""The kind of chart that suits a result."""


@dataclass(frozen=True)
class PageLink:
    """What a link shows.

    Attributes:
        question: the query with its time range, log groups and limit.
        view: the name of the view of the result.
        chart: the kind of chart.
    """

    question: AskedQuery
    view: str = ROWS
    chart: str = AUTO

    @classmethod
    def of(cls, tab: TabState) -> PageLink:
        """Return a link to what a tab shows."""
        return cls(tab.question, tab.view, tab.chart)

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]], views: Iterable[str], groups: Iterable[str]) -> PageLink:
        """Return what the parameters of an address ask for.

        Args:
            parameters: their names and values.
            views: the names of the views that there are.
            groups: the names of the log groups that there are.

        Raises:
            ValueError: one of them is not valid; the message says which.
        """
        pairs = list(parameters)
        given = dict(pairs)
        named = tuple(value for name, value in pairs if name == "group")
        start, end = given.get("start"), given.get("end")
        to_range(start, end)
        if len(given["query"]) > MOST_CHARACTERS:
            raise ValueError(f"the query has more than {MOST_CHARACTERS:,} characters")
        view, chart = given.get("view", ROWS), given.get("chart", AUTO)
        _check("view", [view], [ROWS, *views])
        _check("chart", [chart], [AUTO, *KINDS])
        _check("log group", named, groups)
        return cls(AskedQuery(given["query"], start, end, named, _limit(given.get("limit"))), view, chart)

    @property
    def parameters(self) -> str:
        """The parameters of its address."""
        asked = self.question
        pairs = [("query", asked.text), ("start", asked.start), ("end", asked.end)]
        pairs += [("group", name) for name in asked.groups]
        pairs += [("limit", None if asked.limit is None else str(asked.limit))]
        pairs += [("view", self.view if self.view != ROWS else None)]
        pairs += [("chart", self.chart if self.chart != AUTO else None)]
        return urlencode([(name, value) for name, value in pairs if value is not None])


def _check(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ValueError if a value is not one of those that are known."""
    expected = list(known)
    for value in given:
        if value not in expected:
            raise ValueError(f"there is no {what} {value[:100]!r}: expected one of {', '.join(expected)}")


def _limit(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_ROWS)) and 1 <= int(text) <= MOST_ROWS):
        raise ValueError(f"the limit {text[:100]!r} is not a number of rows")
    return int(text)
