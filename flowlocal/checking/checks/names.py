"""Names that mean nothing, or something else."""

from __future__ import annotations

from collections.abc import Iterator

from flowlocal.checking.finding import Hit, check
from flowlocal.checking.subject import Subject, flow_log_names, insights_names
from flowlocal.commands.frame import Frame
from flowlocal.commands.join import Join
from flowlocal.language import tree
from flowlocal.language.suggest import nearest

_SYSTEM = frozenset({"@timestamp", "@message", "@logStream", "@log", "@ingestionTime", "@ptr"})
_OF_EVERY_LOG = ("@aws.", "@source.", "@entity.", "@data_")
_VALUES = frozenset({"ingress", "egress", "tcp", "udp", "icmp", "accept", "reject"})
"""What is often meant as a text, beside words in capitals such as ``REJECT``."""


def _unknown(query: Subject) -> Iterator[tuple[tree.Name, Frame]]:
    """Names of no field of a flow log that no stage has defined where they stand, and the frame they stand over."""
    sides = {side.name for join in query.nodes(Join) for side in (join.left, join.right)}
    for stage, before, after in zip(query.stages, query.frames, query.frames[1:], strict=False):
        made = {item.name for item in tree.walk(stage) if isinstance(item, tree.Item) and item.aliased}
        known = flow_log_names() | _SYSTEM | made | after.ephemeral
        for node in tree.walk(stage):
            if not isinstance(node, tree.Name) or node.name.startswith(_OF_EVERY_LOG) or not before.events:
                continue
            side, _, field = node.name.partition(".")
            name = field if side in sides else node.name
            if name not in known and before.known(node.name) is None:
                yield node, before


def _meant_as_texts(query: Subject) -> set[int]:
    """The offsets of names that stand where a value was meant."""
    rights = [each.right for each in query.nodes(tree.Comparison)]
    rights += [item for each in query.nodes(tree.In) for item in each.items]
    names = (each for each in rights if isinstance(each, tree.Name))
    return {each.span.start for each in names if each.name.isupper() or each.name in _VALUES}


@check(
    "FL501",
    "unknown-field",
    example="stats sum(bytes) by srcAdr, dstAddr",
    better="stats sum(bytes) by srcAddr, dstAddr",
)
def unknown_field(query: Subject) -> Iterator[Hit]:
    """A name is unknown to flow logs.

    A field that no event has is missing everywhere, without a word: filters find nothing, sums are empty. This is
    looked for where a query names fields that only flow logs have, or with `--flow-logs`.
    """
    if not query.flow_logs:
        return
    texts = _meant_as_texts(query)
    for node, frame in _unknown(query):
        if node.span.start in texts:
            continue
        near = nearest(node.name, [*insights_names(), *_SYSTEM, *frame.ephemeral, *flow_log_names()])
        remedy = f"did you mean `{near}`?" if near else "texts stand in quotes; fields are listed by `flowlocal fields`"
        yield Hit(node.span, f"flow logs have no field `{node.name}`", remedy)


@check(
    "FL502",
    "unquoted-text",
    example="filter action = REJECT",
    better='filter action = "REJECT"',
)
def unquoted_text(query: Subject) -> Iterator[Hit]:
    """A text stands without quotes, so that it is read as the name of a field.

    The field is missing, and nothing equals it.
    """
    texts = _meant_as_texts(query)
    for node, _frame in _unknown(query):
        if node.span.start in texts:
            yield Hit(node.span, f"`{node.name}` is read as the name of a field", f'write `"{node.name}"`')


@check(
    "FL503",
    "redefined-field",
    example='parse @message "* * *" as version, account, interface | filter srcAddr = "10.0.0.1"',
    better='parse @message "* * *" as v, account, interface | filter srcAddr = "10.0.0.1"',
)
def redefined_field(query: Subject) -> Iterator[Hit]:
    """A name is defined that flow logs in the default format already have.

    Over such logs the service refuses the query: `Ephemeral field is already defined`.
    """
    error = query.shadowing() if query.flow_logs else None
    if error is not None:
        yield Hit(
            error.span, f"{error.message}, in flow logs of the default format", error.hint or "choose another name"
        )


@check(
    "FL504",
    "shadowed-field",
    example='fields bytes / 1024 as bytes | filter dstAddr = "10.0.0.1"',
    better='fields bytes / 1024 as kilobytes | filter dstAddr = "10.0.0.1"',
)
def shadowed_field(query: Subject) -> Iterator[Hit]:
    """A new column gets the name of a field of flow logs.

    From there on the name means the new column; readers will take it for the field. The service may refuse it.
    """
    if not query.flow_logs:
        return
    for stage, before in zip(query.stages, query.frames, strict=False):
        for item in tree.walk(stage):
            if isinstance(item, tree.Item) and item.aliased and before.events and _shadows(item):
                message = f"`{item.name}` is the name of a field of flow logs"
                yield Hit(item.name_span, message, "choose another name")


def _shadows(item: tree.Item) -> bool:
    return item.name in flow_log_names() | _SYSTEM and item.expression != tree.Name(item.name)
