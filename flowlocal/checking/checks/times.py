"""Check times that are compared or rounded otherwise than they seem to be."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.finding import Violation, check
from flowlocal.checking.subject import Subject
from flowlocal.compiler.registry import find
from flowlocal.language import tree
from flowlocal.language.unparse import print_expression

_CAPS = {"ms": (1000, "s"), "s": (60, "m"), "m": (60, "h"), "h": (24, "d")}
"""Units to the most of them that count, and the next larger unit (documented: functions page)."""
_SYSTEM_TIMES = ("@timestamp", "@ingestionTime")
_SECONDS = frozenset({"startTime", "endTime", "start", "end"})


@check(
    "FL301",
    "timestamp-text",
    example='filter @timestamp > "2026-05-01 12:00:00"',
    better="filter toMillis(@timestamp) > 1777636800000",
)
def timestamp_text(query: Subject) -> Iterator[Violation]:
    """Report `@timestamp` that is compared with a text.

    Such a comparison is not supported (documented), and finds nothing (recorded): a time counts as its epoch
    milliseconds. Give the time range to the query (`--start`, `--end`), or compare `toMillis(@timestamp)` with a
    number.
    """
    fix = "give the query a time range instead, or compare with epoch milliseconds"
    for node in query.nodes(tree.Comparison):
        sides = (node.left, node.right)
        if any(map(_is_time, sides)) and any(map(_is_words, sides)):
            yield Violation(node.span, "a time cannot be compared with a text", fix)
    for membership in query.nodes(tree.In):
        if _is_time(membership.subject) and any(map(_is_words, membership.items)):
            yield Violation(membership.span, "a time cannot be compared with texts", fix)


def _is_time(node: tree.Expression) -> bool:
    if isinstance(node, tree.Call):
        function = find(node.function)
        return function is not None and function.name in ("bin", "datefloor", "dateceil", "fromMillis")
    return isinstance(node, tree.Name) and node.name in _SYSTEM_TIMES


def _is_words(node: tree.Expression) -> bool:
    return isinstance(node, tree.String) and not node.value.strip().isdigit()


@check(
    "FL302",
    "period-over-cap",
    example="stats sum(bytes) by bin(300s)",
    better="stats sum(bytes) by bin(5m)",
)
def period_over_cap(query: Subject) -> Iterator[Violation]:
    """Report a period with more units than its maximum.

    `bin`, `datefloor` and `dateceil` count at most 1000 ms, 60 s, 60 m and 24 h; a larger number counts as the cap,
    so that `bin(300s)` makes bins of a minute. Write the larger unit.
    """
    for call in query.calls("bin", "datefloor", "dateceil"):
        for period in call.arguments:
            if isinstance(period, tree.Duration) and period.amount > _CAPS.get(period.unit, (period.amount, ""))[0]:
                cap, larger = _CAPS[period.unit]
                message = f"{print_expression(period)} counts as {cap}{period.unit}"
                yield Violation(period.span, message, _in_larger_unit(period, cap, larger))


def _in_larger_unit(period: tree.Duration, cap: int, larger: str) -> str:
    whole, rest = divmod(period.amount, cap)
    if rest:
        return f"there is no such period; write a whole number of `{larger}`, or at most {cap}{period.unit}"
    if larger in _CAPS and whole > _CAPS[larger][0]:
        return _in_larger_unit(tree.Duration(whole, larger), *_CAPS[larger])
    return f"write `{int(whole)}{larger}`"


@check(
    "FL303",
    "seconds-and-milliseconds",
    example="filter @timestamp > now() - 3600",
    better="filter @timestamp > (now() - 3600) * 1000",
)
def seconds_and_milliseconds(query: Subject) -> Iterator[Violation]:
    """Report seconds that are compared with milliseconds.

    `@timestamp`, `toMillis`, `queryStartTime` and `queryEndTime` count in milliseconds; `now()` and the fields
    `startTime` and `endTime` of a flow log in seconds. Multiply the seconds by 1000.
    """
    for node in query.nodes(tree.Comparison):
        units = {_unit(query, node.left), _unit(query, node.right)}
        if units == {"s", "ms"}:
            yield Violation(node.span, "seconds are compared with milliseconds", "multiply the seconds by 1000")


def _unit(query: Subject, side: tree.Expression) -> str | None:
    """Return the unit of time of an expression: ``s``, ``ms``, or None if it is not known."""
    nodes = list(tree.walk(side))
    if any(isinstance(node, tree.NumberLiteral) and node.value in (1000, 0.001) for node in nodes):
        return None
    found = {_unit_of(query, node) for node in nodes} - {None}
    return found.pop() if len(found) == 1 else None


def _unit_of(query: Subject, node: tree.Node) -> str | None:
    if isinstance(node, tree.Name):
        if node.name in _SYSTEM_TIMES:
            return "ms"
        return "s" if query.flow_logs and node.name in _SECONDS - query.defined else None
    function = find(node.function) if isinstance(node, tree.Call) else None
    if function is None:
        return None
    milliseconds = ("toMillis", "queryStartTime", "queryEndTime", "fromMillis", "bin", "datefloor", "dateceil")
    return "s" if function.name == "now" else "ms" if function.name in milliseconds else None
