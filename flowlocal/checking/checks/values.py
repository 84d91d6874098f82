"""Check values that no field has, and numbers that mean something else than intended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from flowlocal.checking.checks.names import is_field
from flowlocal.checking.finding import Severity, Violation, check
from flowlocal.checking.subject import BOOLEANS, Subject
from flowlocal.commands.filter import Filter
from flowlocal.language import tree
from flowlocal.language.suggest import nearest
from flowlocal.language.unparse import print_expression

_PROTOCOLS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "sctp": 132}
"""Some of IANA's protocol numbers."""
_WORDS = {
    "action": ("ACCEPT", "REJECT"),
    "logStatus": ("OK", "NODATA", "SKIPDATA"),
    "flowDirection": ("ingress", "egress"),
    "type": ("IPv4", "IPv6", "EFA"),
}
"""All values that a field can have beside ``-`` (documented: flow log records)."""


def _compared(query: Subject) -> Iterator[tuple[str, tree.String]]:
    """Yield fields and the texts that they are compared with."""
    for node in query.nodes(tree.Comparison):
        if isinstance(node.left, tree.Name) and isinstance(node.right, tree.String) and node.operator in ("=", "!="):
            yield node.left.name, node.right
    for membership in query.nodes(tree.In):
        if isinstance(membership.subject, tree.Name):
            subject = membership.subject.name
            yield from ((subject, item) for item in membership.items if isinstance(item, tree.String))


@check(
    "FL601",
    "protocol-name",
    example='filter protocol = "TCP" and dstPort = 443',
    better="filter protocol = 6 and dstPort = 443",
)
def protocol_name(query: Subject) -> Iterator[Violation]:
    """Report `protocol` that is compared with a name.

    Flow logs contain IANA's protocol numbers: 6 is TCP, 17 is UDP, 1 is ICMP.
    """
    for field, text in _compared(query):
        number = _PROTOCOLS.get(text.value.lower())
        if field == "protocol" and number is not None and field not in query.defined:
            yield Violation(text.span, "flow logs contain the number of the protocol", f"write `{number}`")


@check(
    "FL602",
    "impossible-value",
    example='filter action = "DENY" and dstPort = 22',
    better='filter action = "REJECT" and dstPort = 22',
)
def impossible_value(query: Subject) -> Iterator[Violation]:
    """Report a field that is compared with a text that it never has.

    `action` is `ACCEPT` or `REJECT`, `logStatus` is `OK`, `NODATA` or `SKIPDATA`; letter case counts.
    """
    if not query.flow_logs:
        return
    for field, text in _compared(query):
        words = _WORDS.get(field, ())
        if words and field not in query.defined and text.value not in (*words, "-"):
            near = nearest(text.value, words)
            fix = f'write `"{near}"`' if near else "it is " + " or ".join(f'`"{word}"`' for word in words)
            yield Violation(text.span, f'`{field}` is never "{text.value}"', fix)


@check(
    "FL603",
    "percentile-fraction",
    example="stats pct(bytes, 0.95)",
    better="stats pct(bytes, 95)",
)
def percentile_fraction(query: Subject) -> Iterator[Violation]:
    """Report a percentile that is given as a fraction.

    `pct` counts from 0 to 100: 0.95 asks for the value that 0.95 percent are below (recorded).
    """
    for call in query.calls("pct"):
        percent = call.arguments[-1]
        if isinstance(percent, tree.NumberLiteral) and 0 < percent.value < 1:
            meant = f"{percent.value * 100:g}"
            yield Violation(percent.span, f"this is {percent.value} percent", f"write `{meant}` for {meant} percent")


@check(
    "FL604",
    "histogram-width",
    example="stats count(*) by histogram(bytes, 50)",
    better="stats count(*) by floor(bytes / 50) * 50 as from",
    severity=Severity.NOTE,
)
def histogram_width(query: Subject) -> Iterator[Violation]:
    """Report the second argument of `histogram`, which is a width.

    The documentation calls it the number of buckets; the service was seen to take it for the width of each. flowlocal
    does the latter.
    """
    for call in query.calls("histogram"):
        if len(call.arguments) == 2:
            message = "the second argument is the width of a bucket, not their number, whatever the documentation says"
            yield Violation(call.arguments[1].span, message, "check the width")


@check(
    "FL605",
    "impossible-port",
    example="filter dstPort > 65535",
    better="filter dstPort > 1023",
)
def impossible_port(query: Subject) -> Iterator[Violation]:
    """Report a port that is compared with a number that no port has.

    Ports go from 0 to 65535.
    """
    for node in query.nodes(tree.Comparison):
        if isinstance(node.left, tree.Name) and isinstance(node.right, tree.NumberLiteral):
            port = node.left.name in ("srcPort", "dstPort", "srcport", "dstport") and query.flow_logs
            last = 65_534 if node.operator == ">" else 65_535
            if port and node.right.value > last and node.operator in ("=", ">", ">="):
                yield Violation(node.right.span, f"no port is {node.operator} {node.right.value}", "ports end at 65535")


@check(
    "FL606",
    "boolean-word",
    example="filter coldStart = true",
    better="filter coldStart = 1",
)
def boolean_word(query: Subject) -> Iterator[Violation]:
    """Report `true` or `false` without quotes.

    The service reads it as the name of a field (recorded), which hardly any event has, so nothing equals it. The
    `true` of JSON counts and prints as 1, its `false` as 0 (recorded).
    """
    for node in query.nodes(tree.Name):
        word = node.name.lower()
        if word in BOOLEANS and node.name not in query.defined:
            fix = "write `1`, or the field alone" if word == "true" else "write `0`"
            yield Violation(node.span, f"`{node.name}` is read as the name of a field", fix)


@check(
    "FL607",
    "value-as-condition",
    example="filter srcPort or dstPort = 22",
    better="filter srcPort = 22 or dstPort = 22",
)
def value_as_condition(query: Subject) -> Iterator[Violation]:
    """Report a field, a number or a text in place of a condition.

    `and`, `or` and `not` join conditions, not values: `srcPort or dstPort = 22` is true for every `srcPort` but 0, and
    `dstPort = 22 or 3389` for every event. Compare each field, or write `dstPort in [22, 3389]`.
    """
    for node, others in _conditions(query):
        if isinstance(node, (tree.NumberLiteral, tree.String)) or _is_value(query, node):
            written = print_expression(node)
            yield Violation(node.span, f"`{written}` is a value, not a condition", _as_condition(node, others))


def _conditions(query: Subject) -> Iterator[tuple[tree.Expression, Sequence[tree.Expression]]]:
    """Yield what takes the place of a condition, with the other conditions that it is joined with, nearest first."""
    for stage in query.nodes(Filter):
        yield stage.condition, ()
    for negation in query.nodes(tree.Unary):
        if negation.operator == "not":
            yield negation.operand, ()
    for node in query.nodes(tree.Logical):
        for place, operand in enumerate(node.operands):
            earlier, later = node.operands[:place][::-1], node.operands[place + 1 :]
            yield operand, (*later, *earlier) if isinstance(operand, tree.Name) else (*earlier, *later)


def _is_value(query: Subject, node: tree.Expression) -> bool:
    """Return True for a field of flow logs, none of which is a boolean."""
    return isinstance(node, tree.Name) and node.name not in query.defined and is_field(query, node.name)


def _as_condition(node: tree.Expression, others: Sequence[tree.Expression]) -> str:
    """Return the fix: the nearest condition with the value put in."""
    for other in (each for condition in others for each in tree.walk(condition)):
        if isinstance(node, tree.Name) and isinstance(other, tree.Comparison):
            return f"write `{print_expression(replace(other, left=node))}`"
        if isinstance(node, tree.Name) and isinstance(other, (tree.Like, tree.In)):
            return f"write `{print_expression(replace(other, subject=node))}`"
        if not isinstance(node, tree.Name) and isinstance(other, tree.Comparison):
            return f"write `{print_expression(replace(other, right=node))}`"
    return (
        f"compare it, or write `ispresent({print_expression(node)})`" if isinstance(node, tree.Name) else "compare it"
    )
