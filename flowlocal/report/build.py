"""Answers the questions of a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial

import polars as pl
from msgspec import structs

from flowlocal.api import Logs, answer_together
from flowlocal.charts.build import chart_of
from flowlocal.charts.model import Chart, ChartError
from flowlocal.events import ScanReport
from flowlocal.lookups.folder import Names
from flowlocal.lookups.tables import Tables
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
_PERIOD = "{{period}}"
_SPAN = "stats min(@timestamp) as first, max(@timestamp) as last, count(*) as events"
_LAST_LIMIT = re.compile(r"\|\s*limit\s+(\d+)\s*\Z")
Around = Callable[[Question], AbstractContextManager[None]]


@dataclass(frozen=True)
class Answer:
    """A question and what was found.

    Attributes:
        question: what was asked.
        query: the query file, with the values of its placeholders in its comments.
        missing: fields that the question needs and the logs do not have; it was not asked then.
        tables: lookup tables that the question needs and that were not given; it was not asked then.
        result: the rows; None where the question was not asked.
        chart: how to draw them; None where it says nothing more than the table.
    """

    question: Question
    query: str
    missing: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    result: Result | None = None
    chart: Chart | None = None

    @property
    def shown_query(self) -> str:
        """The query with the values of its placeholders, without its other comments."""
        values = [line for line in self.query.splitlines() if line.startswith("# {{")]
        return "\n".join([*values, self.question.body])

    @property
    def found(self) -> int:
        """The number of rows, also of those that are not shown."""
        if self.result is None:
            return 0
        return len(self.result) if self.result.found is None else self.result.found


@dataclass(frozen=True)
class Report:
    """The answers to all questions.

    Attributes:
        answers: in the order of the questions.
        log_groups: the groups that were read.
        period: the length of ``{{period}}``, as ``bin`` writes it.
        reading: odd lines and warnings.
        formats: number of files by the name of their input format.
        events: number of events in the time range.
        first: time of the earliest of them, as Insights prints it; empty if there is none.
        last: time of the latest.
    """

    answers: tuple[Answer, ...]
    log_groups: tuple[str, ...]
    period: str
    reading: ScanReport
    formats: Mapping[str, int] = field(default_factory=dict)
    events: int = 0
    first: str = ""
    last: str = ""

    @property
    def asked(self) -> list[Answer]:
        """The answers to questions that were asked."""
        return [each for each in self.answers if each.result is not None]

    @property
    def not_asked(self) -> list[Answer]:
        """The questions that were not asked, because the logs or the names lack something."""
        return [each for each in self.answers if each.result is None]


def make_report(
    logs: Logs,
    asked: Iterable[Question],
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    names: Names | None = None,
    with_names: bool = False,
    parameters: Mapping[str, str] | None = None,
    on_bytes: Callable[[int], None] | None = None,
    around: Around = lambda _: nullcontext(),
) -> Report:
    """Ask all questions.

    The logs are read once for all of them, and once for each question whose groups are too large to be in memory beside
    those of others; see ``readings``.

    Args:
        logs: the opened logs.
        asked: the questions in order.
        start: first moment that counts.
        end: last moment that counts.
        names: lookup tables that the questions may name.
        with_names: True to show names beside addresses and ids.
        parameters: values of placeholders: ``name``, or ``pattern.name`` for the questions whose names match.
        on_bytes: called with the number of stored bytes read since the last call, from any thread.
        around: what is entered while a question is planned, so that errors can be told apart.

    Raises:
        MalformedQuery: a question is not a valid query.
        UnreadableInput: a file could not be read.
        ValueError: no question has a placeholder of ``parameters``.
    """
    answers, parameters = [_unanswered(question, logs, names) for question in asked], parameters or {}
    _check(parameters, [each.question for each in answers])
    open_ = [each for each in answers if not each.missing and not each.tables]
    given = [_given(each.question, parameters) for each in open_]
    options = QueryOptions.of(_SPAN, start=start, end=end, names=names)
    ask = partial(answer_together, logs, on_bytes=on_bytes)
    periodic = any(
        _PERIOD in each.question.body and "period" not in own for each, own in zip(open_, given, strict=True)
    )
    found, period = _in_turn(ask, [each.question for each in open_], given, options, around, periodic=periodic)
    made = {
        each.question.name: _answered(each, {"period": period, **own}, result, with_names=with_names)
        for each, own, result in zip(open_, given, found, strict=False)
    }
    answered = tuple(made.get(each.question.name, each) for each in answers)
    return _report(logs, answered, period, found[-1])


def readings(questions: Sequence[Question], *, periodic: bool) -> list[list[int]]:
    """Return what is asked in each reading of the logs: numbers of questions, and after the last that of ``_SPAN``.

    Large questions are asked one by one. ``_SPAN`` comes first if it decides a period: together with a large question,
    so that it needs no reading of its own.
    """
    span, large = len(questions), [number for number, each in enumerate(questions) if each.large]
    together = [number for number in range(span) if number not in large]
    early = [number for number in large if _PERIOD not in questions[number].body][:1] if periodic else []
    parts = [[*early, span], together] if periodic else [[*together, span]]
    return [part for part in (*parts, *([number] for number in large if number not in early)) if part]


def _in_turn(
    ask: Callable[..., list[Result]],
    questions: Sequence[Question],
    given: Sequence[Mapping[str, str]],
    options: QueryOptions,
    around: Around,
    *,
    periodic: bool,
) -> tuple[list[Result], str]:
    """Return the results of questions and at the end that of ``_SPAN``, and the period."""
    found: dict[int, Result] = {}
    span, period = len(questions), "1h"

    def job(number: int) -> tuple[str, QueryOptions]:
        if number == span:
            return _SPAN, options
        return _job(questions[number], options, {"period": period, **given[number]})

    for part in readings(questions, periodic=periodic):

        def within(place: int, part: list[int] = part) -> AbstractContextManager[None]:
            return around(questions[part[place]]) if part[place] < span else nullcontext()

        found |= dict(zip(part, ask(list(map(job, part)), around=within), strict=True))
        if periodic and span in part:
            period = _period(found[span].to_polars())
    return [found[number] for number in range(span + 1)], period


def _report(logs: Logs, answers: tuple[Answer, ...], period: str, span: Result) -> Report:
    """Return a report of answers, with what ``_SPAN`` has found."""
    first, last = (_printed(span, name) for name in ("first", "last"))
    events = int(span.rows[0]["events"]) if span.rows else 0
    return Report(answers, logs.source.log_groups, period, span.report, logs.source.formats, events, first, last)


def _unanswered(question: Question, logs: Logs, names: Names | None) -> Answer:
    """Return a question with the fields and tables that it lacks."""
    known = Tables.of(names.tables if names else None).names
    missing = tuple(field for field in question.needs if not _has(logs, field))
    return Answer(question, question.query, missing, tuple(each for each in question.tables if each not in known))


def _has(logs: Logs, field: str) -> bool:
    return field in logs.source.fields or field in logs.source.aliases


def _check(parameters: Mapping[str, str], questions: list[Question]) -> None:
    for key in parameters:
        if not any(_given(each, {key: ""}) for each in questions):
            raise ValueError(f"no question of the report has the placeholder {key}")


def _given(question: Question, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that are meant for a question."""
    parts = [(*key.rpartition(".")[::2], value) for key, value in parameters.items()]
    return {
        name: value
        for pattern, name, value in parts
        if fnmatchcase(question.name, pattern or "*") and f"{{{{{name}}}}}" in question.body
    }


def _job(question: Question, shared: QueryOptions, values: Mapping[str, str]) -> tuple[str, QueryOptions]:
    """Return the query of a question and its options; if all rows count, they have its last ``limit``."""
    query = _with_values(question.query, values)
    used = {name: value for name, value in values.items() if f"{{{{{name}}}}}" in question.body}
    options = structs.replace(shared, parameters={**QueryOptions.of(query).parameters, **used}, total=question.total)
    last = _LAST_LIMIT.search(query.rstrip()) if question.total or "{rows}" in question.finding else None
    return (query[: last.start()], structs.replace(options, limit=int(last[1]))) if last else (query, options)


def _with_values(query: str, values: Mapping[str, str]) -> str:
    """Return a query file with other values of its placeholders."""
    lines = query.splitlines(keepends=True)
    for name, value in values.items():
        pattern = re.compile(rf"#\s*\{{\{{\s*{re.escape(name)}\s*\}}\}}")
        lines = [f"# {{{{{name}}}}} = {value}\n" if pattern.match(line) else line for line in lines]
    return "".join(lines)


def _answered(answer: Answer, values: Mapping[str, str], result: Result, *, with_names: bool) -> Answer:
    query, shown = _with_values(answer.question.query, values), result.with_names() if with_names else result
    chart = _chart(_with_named_keys(result, shown), answer.question.chart)
    return replace(answer, query=query, result=shown, chart=chart)


def _with_named_keys(result: Result, named: Result) -> Result:
    """Return a result with ``web-1 (10.0.0.1)`` in place of an address or id, for a chart."""
    labels = {key: f"{key}.name" for key in result.keys if f"{key}.name" in named.printed.columns}
    cells = [
        pl.coalesce(pl.format("{} ({})", pl.col(name), pl.col(key)), pl.col(key).cast(pl.String)).alias(key)
        for key, name in labels.items()
    ]
    printed, typed = (frame.with_columns(cells).select(result.columns) for frame in (named.printed, named.typed))
    return structs.replace(result, printed=printed, typed=typed)


def _period(span: pl.DataFrame) -> str:
    """Return the shortest period that divides the time of the logs into parts that can be drawn."""
    first, last = span.row(0)[:2] if span.height else (None, None)
    if first is None or last is None:
        return "1h"
    length = _moment(last) - _moment(first)
    return next((name for name, period in _PERIODS.items() if length / period <= _MOST_PERIODS), "1w")


def _moment(value: object) -> timedelta:
    """Return a time of a result, in epoch milliseconds or typed, as the duration since the epoch."""
    return value - datetime(1970, 1, 1) if isinstance(value, datetime) else timedelta(milliseconds=float(str(value)))


def _printed(span: Result, name: str) -> str:
    """Return a time of the span of the logs; empty if there is none."""
    value = span.to_polars()[name][0] if span.rows else None
    return "" if value is None else f"{datetime(1970, 1, 1) + _moment(value):%Y-%m-%d %H:%M:%S}"


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
    return structs.replace(result, columns=tuple(name for name in result.columns if name not in numeric[1:]))
