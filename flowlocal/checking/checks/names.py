"""Check names that are unknown, or mean something else than intended."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.evidence import SYSTEM, flow_log_names, insights_names
from flowlocal.checking.finding import Severity, Violation, check
from flowlocal.checking.subject import BOOLEANS, Subject
from flowlocal.commands.join import Join
from flowlocal.commands.json import JsonField
from flowlocal.commands.parse import Parse
from flowlocal.commands.stats import Stats
from flowlocal.commands.unnest import Unnest
from flowlocal.compiler.registry import find
from flowlocal.language import tree
from flowlocal.language.suggest import nearest
from flowlocal.language.unparse import print_name
from flowlocal.planning.frame import Frame

_OF_EVERY_LOG = ("@aws.", "@source.", "@entity.", "@data_")
_ASKING = ("ispresent", "isempty", "isblank", "coalesce")
"""Functions that ask whether an event has a field, so that a missing one is expected."""
_TAKING_APART = (Parse, JsonField, Unnest)


def _unknown(query: Subject) -> Iterator[tuple[tree.Name, Frame]]:
    """Yield the names that neither flow logs nor earlier stages define, and the frames they are looked up in."""
    return _names_beside(query, flow_log_names())


def missing(query: Subject, fields: frozenset[str]) -> Iterator[tuple[tree.Name, Frame]]:
    """Yield the names that neither the events nor a stage define, and the frames that they are looked up in.

    Args:
        query: the query.
        fields: the names of all fields of the events.
    """
    texts = query.meant_as_texts
    asked = {
        name.span.start for call in query.calls(*_ASKING) for name in tree.walk(call) if isinstance(name, tree.Name)
    }
    for node, frame in _names_beside(query, fields):
        if node.span.start not in texts | asked:
            yield node, frame


def hyphenated(query: Subject, node: tree.Name) -> str:
    """Return the name with a hyphen that a subtraction without blanks was meant as; nothing for another name."""
    for each in query.nodes(tree.Arithmetic):
        left, right = each.left, each.right
        names = isinstance(left, tree.Name) and isinstance(right, tree.Name) and node.span in (left.span, right.span)
        if names and each.operator == "-" and right.span.start - left.span.end == 1:
            return f"{left.name}-{right.name}"  # type: ignore[attr-defined] # both are names
    return ""


def _names_beside(query: Subject, fields: frozenset[str]) -> Iterator[tuple[tree.Name, Frame]]:
    sides = {side.name for join in query.nodes(Join) for side in (join.left, join.right)}
    for stage, before, after in zip(query.stages, query.frames, query.frames[1:], strict=False):
        made = {item.name for item in tree.walk(stage) if isinstance(item, tree.Item) and item.aliased}
        known = fields | SYSTEM | made | after.names.ephemeral
        for node in tree.walk(stage):
            if not isinstance(node, tree.Name) or node.name.startswith(_OF_EVERY_LOG) or not before.rows.events:
                continue
            side, _, field = node.name.partition(".")
            name = field if side in sides else node.name
            if name not in known and before.names.known(node.name) is None and name.lower() not in BOOLEANS:
                yield node, before


@check(
    "FL501",
    "unknown-field",
    example="stats sum(bytes) by srcAdr, dstAddr",
    better="stats sum(bytes) by srcAddr, dstAddr",
)
def unknown_field(query: Subject) -> Iterator[Violation]:
    """Report a name that flow logs do not have as a field.

    A field that no event has is missing in every event, without an error: filters find nothing, sums are empty.
    This check is made if a query names fields that only flow logs have, or with `--flow-logs`.
    """
    if not query.flow_logs:
        return
    texts = query.meant_as_texts
    for node, frame in _unknown(query):
        if node.span.start in texts:
            continue
        near = nearest(node.name, [*insights_names(), *SYSTEM, *frame.names.ephemeral, *flow_log_names()])
        fix = f"did you mean `{near}`?" if near else "put texts in quotes; `flowlocal fields` lists the fields"
        yield Violation(node.span, f"flow logs have no field `{node.name}`", fix)


@check(
    "FL502",
    "unquoted-text",
    example="filter action = REJECT",
    better='filter action = "REJECT"',
)
def unquoted_text(query: Subject) -> Iterator[Violation]:
    """Report a text without quotes, which is read as the name of a field.

    The field is missing, and nothing equals it.
    """
    texts = query.meant_as_texts
    for node, _frame in _unknown(query):
        if node.span.start in texts:
            yield Violation(node.span, f"`{node.name}` is read as the name of a field", f'write `"{node.name}"`')


@check(
    "FL503",
    "redefined-field",
    example='parse @message "* * *" as version, account, interface | filter srcAddr = "10.0.0.1"',
    better='parse @message "* * *" as v, account, interface | filter srcAddr = "10.0.0.1"',
    severity=Severity.NOTE,
)
def redefined_field(query: Subject) -> Iterator[Violation]:
    """Report a stage such as `parse` that gives a piece the name of a field of the events.

    After it the name means the piece. Over flow logs, in the default format or in another, the service was seen
    to do so. Over JSON events it is not known: one report says that the service refuses the query or mixes the values
    up, another that it does as over flow logs; flowlocal takes the piece. Found are the names of fields of flow logs
    in a query over these, and names that the query uses before as those of fields.
    """
    used = set[str]()
    for stage, before in query.steps:
        nodes = list(tree.walk(stage))
        for node in nodes:
            takes = isinstance(stage, _TAKING_APART) and before.rows.events
            if takes and isinstance(node, tree.Target) and (node.name in used or is_field(query, node.name)):
                yield Violation(node.span, f"`{node.name}` means this piece from here on", "choose another name")
        used |= {node.name for node in nodes if isinstance(node, tree.Name)} - before.names.ephemeral


def is_field(query: Subject, name: str) -> bool:
    """Return True if the name is that of a field of flow logs, and the query is over these."""
    return query.flow_logs and name in flow_log_names()


@check(
    "FL504",
    "shadowed-field",
    example='fields bytes / 1024 as bytes | filter dstAddr = "10.0.0.1"',
    better='fields bytes / 1024 as kilobytes | filter dstAddr = "10.0.0.1"',
)
def shadowed_field(query: Subject) -> Iterator[Violation]:
    """Report a new column with the name of a field of flow logs.

    After it the name means the new column; readers may take it for the field. The service may refuse it.
    """
    if not query.flow_logs:
        return
    for stage, before in query.steps:
        for item in tree.walk(stage):
            if isinstance(item, tree.Item) and item.aliased and before.rows.events and _shadows(item):
                message = f"`{item.name}` is the name of a field of flow logs"
                yield Violation(item.name_span, message, "choose another name")


def _shadows(item: tree.Item) -> bool:
    shadows = item.name in flow_log_names() | SYSTEM and item.expression != tree.Name(item.name)
    return shadows and _aggregate_of(item) is None


@check(
    "FL505",
    "alias-of-its-field",
    example="stats sum(bytes) as bytes by srcAddr",
    better="stats sum(bytes) as total by srcAddr",
)
def alias_of_its_field(query: Subject) -> Iterator[Violation]:
    """Report an aggregate with the name of the field that it aggregates.

    Over JSON events, `sum(x) as x` gave no cell (recorded twice), so that flowlocal leaves the cell out for `sum`,
    `avg`, `min`, `max`, `pct`, `stddev` and `countDistinct`. Over flow logs, and for other aggregates, nothing is
    known; there it gives the value.
    """
    for stage, before in query.steps:
        for item in stage.items if isinstance(stage, Stats) else ():
            function = _aggregate_of(item)
            if function is not None and before.rows.events and item.name not in before.names.ephemeral:
                message = f"`{function}` is named as its field, which gives no cell over JSON events"
                other = print_name(f"{item.name}_{function}")
                yield Violation(item.name_span, message, f"write another name: `as {other}`")


def _aggregate_of(item: tree.Item) -> str | None:
    """Return the name of the aggregate of a field whose name the item also has; None for another item."""
    call = item.expression
    function = find(call.function) if isinstance(call, tree.Call) else None
    named = item.aliased and isinstance(call, tree.Call) and call.arguments[:1] == (tree.Name(item.name),)
    return function.name if named and function is not None and function.aggregate else None
