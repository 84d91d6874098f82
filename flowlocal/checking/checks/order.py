"""Check stages whose position makes them do something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.finding import Severity, Violation, check
from flowlocal.checking.subject import Subject
from flowlocal.commands.display import Display
from flowlocal.commands.fields import Fields
from flowlocal.commands.limit import Limit
from flowlocal.commands.parse import Parse
from flowlocal.commands.sort import Sort
from flowlocal.commands.stats import Stats
from flowlocal.language import tree
from flowlocal.planning.placement import Condition

_KEEPING_ORDER = (Condition, Fields, Parse, Display, Sort)
"""Stages that do the same to each event, whatever the order."""


def _before(query: Subject, kind: type[tree.Stage], later: type[tree.Stage]) -> Iterator[tree.Stage]:
    """Yield the stages of one kind that come before a stage of another kind."""
    for number, stage in enumerate(query.stages):
        if isinstance(stage, kind) and any(isinstance(each, later) for each in query.stages[number + 1 :]):
            yield stage


@check(
    "FL401",
    "limit-before-sort",
    example="stats count(*) as n by dstPort | limit 10 | sort n desc",
    better="stats count(*) as n by dstPort | sort n desc | limit 10",
)
def limit_before_sort(query: Subject) -> Iterator[Violation]:
    """Report a `limit` before a `sort`.

    Stages run in the order written: this takes some rows, and then sorts those. For the largest or smallest, sort
    first.
    """
    for stage in _before(query, Limit, Sort):
        yield Violation(stage.span, "rows are cut off before they are sorted", "move `limit` after `sort`")


@check(
    "FL402",
    "before-stats",
    example="limit 100 | stats sum(bytes) by srcAddr",
    better="stats sum(bytes) by srcAddr",
)
def before_stats(query: Subject) -> Iterator[Violation]:
    """Report a `limit` before a `stats`.

    `stats` then counts some events only. With several `stats`, the service takes `limit` after the last alone
    (documented).
    """
    for stage in _before(query, Limit, Stats):
        yield Violation(stage.span, "`stats` gets these rows only", "move `limit` after the last `stats`")


@check(
    "FL403",
    "display-in-vain",
    example="display srcAddr, dstAddr | display bytes",
    better="display srcAddr, dstAddr, bytes",
)
def display_in_vain(query: Subject) -> Iterator[Violation]:
    """Report a `display` that is followed by another one.

    Only the last `display` of a query counts (documented).
    """
    stages = list(query.stages)
    for number, stage in enumerate(stages):
        later = next((each for each in stages[number + 1 :] if isinstance(each, (Display, Stats))), None)
        if isinstance(stage, Display) and isinstance(later, Display):
            yield Violation(stage.span, "only the last `display` counts", "put all columns into one `display`")


@check(
    "FL404",
    "tail",
    example="sort @timestamp asc | tail 5",
    better="sort @timestamp desc | limit 5",
)
def tail(query: Subject) -> Iterator[Violation]:
    """Report the old word `tail`, which means `limit`.

    It keeps the first rows, not the last (documented). Sort the other way round.
    """
    for stage in query.nodes(Limit):
        word = query.first_token(stage.span)
        if word.value.lower() == "tail":
            yield Violation(
                word.span, "`tail` keeps the first rows, as `limit` does", "sort the other way, and use `limit`"
            )


@check(
    "FL405",
    "two-limits",
    example="filter dstPort = 22 | limit 10 | limit 100",
    better="filter dstPort = 22 | limit 10",
    severity=Severity.NOTE,
)
def two_limits(query: Subject) -> Iterator[Violation]:
    """Report a `limit` after a smaller one.

    There are never more rows than the first of them keeps.
    """
    least: int | None = None
    for stage in query.stages:
        if isinstance(stage, Stats):
            least = None
        if isinstance(stage, Limit):
            if least is not None and stage.rows >= least:
                yield Violation(stage.span, f"there are at most {least} rows already", "leave this `limit` out")
            least = min(stage.rows, least or stage.rows)


def _passed(query: Subject) -> Iterator[tuple[Condition, list[tree.Stage]]]:
    """Yield filters, each with a stage that is written before it and acts after it."""
    for number, stage in enumerate(query.stages):
        if isinstance(stage, Condition):
            yield stage, [each for each in query.stages[number + 1 :] if each.span.start < stage.span.start]


@check(
    "FL406",
    "filter-after-stats",
    example='stats max(bytes) by srcAddr | filter action = "REJECT"',
    better='filter action = "REJECT" | stats max(bytes) by srcAddr',
)
def filter_after_stats(query: Subject) -> Iterator[Violation]:
    """Report a `filter` after `stats` that names fields of the events.

    If it names no output of `stats`, the service applies it to the events, before `stats` (recorded). Write it there,
    so that it says what happens.
    """
    for stage, passed in _passed(query):
        if any(isinstance(each, Stats) for each in passed):
            yield Violation(stage.span, "this filters the events, before `stats`", "move it before `stats`")


@check(
    "FL407",
    "filter-after-limit",
    example='sort bytes desc | limit 100 | filter action = "REJECT"',
    better='filter action = "REJECT" | sort bytes desc | limit 100',
)
def filter_after_limit(query: Subject) -> Iterator[Violation]:
    """Report a `filter` after a `limit`.

    It acts before the `limit` (recorded once, in 2022): the rows are filtered first, and then cut off.
    """
    for stage, passed in _passed(query):
        if any(isinstance(each, Limit) for each in passed) and not any(isinstance(each, Stats) for each in passed):
            yield Violation(stage.span, "this acts before the `limit`", "move `limit` after `filter`")


@check(
    "FL408",
    "time-after-stats",
    example="stats sum(bytes) by bin(5m) | sort @timestamp",
    better="stats sum(bytes) by bin(5m) as time | sort time",
    severity=Severity.NOTE,
)
def time_after_stats(query: Subject) -> Iterator[Violation]:
    """Report rows of `stats ... by bin(...)` that are sorted by `@timestamp`.

    A group has no time of its own: they are sorted by the bin. Samples in the documentation show it. Name the bin, so
    that the query says what happens.
    """
    for stage, before in query.steps:
        for key in stage.keys if isinstance(stage, Sort) else ():
            if (
                key.field.name == "@timestamp"
                and before.rows.origin.command
                and before.names.known("@timestamp") is None
            ):
                yield Violation(key.span, "this sorts by the bin", "name the bin with `as`, and sort by that name")


@check(
    "FL409",
    "sort-before-stats",
    example="sort @timestamp desc | stats sum(bytes) by srcAddr",
    better="stats sum(bytes) by srcAddr",
    severity=Severity.NOTE,
)
def sort_before_stats(query: Subject) -> Iterator[Violation]:
    """Report a `sort` before a `stats` if nothing between them depends on the order.

    `stats` makes new rows in an order of their own: the `sort` does no harm, and has no effect.
    """
    for number, stage in enumerate(query.stages):
        later = next((each for each in query.stages[number + 1 :] if not isinstance(each, _KEEPING_ORDER)), None)
        if isinstance(stage, Sort) and isinstance(later, Stats):
            yield Violation(stage.span, "`stats` does not keep this order", "sort after `stats`, or leave `sort` out")
