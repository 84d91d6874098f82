"""Answers the questions of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from flowlocal.api import Logs, answer
from flowlocal.charts.build import chart_of
from flowlocal.charts.model import Chart, ChartError
from flowlocal.events import ScanReport
from flowlocal.lookups import Names
from flowlocal.moments import Moment
from flowlocal.query_options import QueryOptions
from flowlocal.questions import Question
from flowlocal.result import Result

_PERIODS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
}
_MOST_PERIODS = 120
_SPAN = "stats min(@timestamp) as first, max(@timestamp) as last"


@dataclass(frozen=True)
class Answer:
    """A question and what was found.

    Attributes:
        question: what was asked.
        missing: fields that the question needs and the logs do not have; it was not asked then.
        result: the rows; None where the question was not asked.
        chart: how to draw them; None where it says nothing more than the table.
    """

    question: Question
    missing: tuple[str, ...]
    result: Result | None
    chart: Chart | None


@dataclass(frozen=True)
class Report:
    """The answers to all questions.

    Attributes:
        answers: in the order of the questions.
        log_groups: the groups that were read.
        period: the length of ``{{period}}``, as ``bin`` writes it.
        reading: odd lines and warnings.
    """

    answers: tuple[Answer, ...]
    log_groups: tuple[str, ...]
    period: str
    reading: ScanReport


def make_report(
    logs: Logs,
    asked: Iterable[Question],
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    names: Names | None = None,
    with_names: bool = False,
    on_bytes: Callable[[int], None] | None = None,
    around: Callable[[Question], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> Report:
    """Ask all questions.

    The logs are read for each question anew: that keeps memory bounded, whatever their size.

    Args:
        logs: the opened logs.
        asked: the questions in order.
        start: first moment that counts.
        end: last moment that counts.
        names: lookup tables that the questions may name.
        with_names: True to show names beside addresses and ids.
        on_bytes: called with the number of stored bytes read since the last call, from any thread.
        around: what is entered while a question is asked, so that errors can be told apart.

    Raises:
        MalformedQuery: a question is no query.
        UnreadableInput: a file could not be read.
    """

    def run(text: str, parameters: Mapping[str, str]) -> Result:
        options = QueryOptions.of(text, start=start, end=end, parameters=parameters, names=names, with_names=with_names)
        return answer(logs, text, options, on_bytes=on_bytes)

    span = run(_SPAN, {})
    period = _period(span.to_polars())

    def ask(question: Question) -> Answer:
        missing = tuple(field for field in question.needs if not _has(logs, field))
        if missing:
            return Answer(question, missing, None, None)
        parameters = {"period": period} if "{{period}}" in question.body else {}
        with around(question):
            result = run(question.query, parameters)
        return Answer(question, (), result, _chart(result, question.chart))

    return Report(tuple(map(ask, asked)), logs.source.log_groups, period, span.report)


def _has(logs: Logs, field: str) -> bool:
    return field in logs.source.fields or field in logs.source.aliases


def _period(span: pl.DataFrame) -> str:
    """Return the shortest period that divides the time of the logs into parts that can be drawn."""
    first, last = span.row(0) if span.height else (None, None)
    if first is None or last is None:
        return "1h"
    length = _moment(last) - _moment(first)
    return next((name for name, period in _PERIODS.items() if length / period <= _MOST_PERIODS), "1w")


def _moment(value: object) -> timedelta:
    """Return a time of a result, in epoch milliseconds or typed, as the duration since the epoch."""
    return value - datetime(1970, 1, 1) if isinstance(value, datetime) else timedelta(milliseconds=float(str(value)))


def _chart(result: Result, kind: str) -> Chart | None:
    """Return the requested chart of the first column of numbers: the others have other units."""
    if not kind:
        return None
    try:
        return chart_of(_first_numbers(result), kind)
    except ChartError:
        return None


def _first_numbers(result: Result) -> Result:
    numeric = [name for name in result.columns if name not in result.keys and result.typed.schema[name].is_numeric()]
    return replace(result, columns=tuple(name for name in result.columns if name not in numeric[1:]))
