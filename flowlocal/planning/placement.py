"""Move a ``filter`` before the ``limit`` that it follows, and before ``stats`` if it names fields of the events.

Both are recorded. A filter that moves is planned at its new position, and the stages that it passed are planned again
after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from flowlocal.compiler.registry import find
from flowlocal.language import tree
from flowlocal.language.errors import MalformedQuery
from flowlocal.planning.frame import Frame
from flowlocal.planning.names import bases
from flowlocal.planning.registry import Command


class Condition(Command, frozen=True):
    """A stage that keeps the rows for which a condition holds."""

    condition: tree.Expression

    def follow(self, frame: Frame) -> Frame:
        """Return the frame after the stage, which may act before stages that it follows."""
        passed = _passed_stats(frame, self.condition) or _passed_limit(frame, self.condition)
        if passed is None:
            return super().follow(frame)
        moved = passed.frame
        for stage in (*passed.needed, self, *passed.others):
            moved = stage.follow(moved)
        return replace(moved, output=replace(moved.output, shown=frame.output.shown, fixed=frame.output.fixed))


class _Passed(Struct, frozen=True):
    """The stages that a filter passes.

    Attributes:
        frame: the frame before the first of them.
        needed: those that define what the filter names; they move with it.
        others: the rest, which follows it.
    """

    frame: Frame
    needed: tuple[Command, ...]
    others: tuple[Command, ...]


def _passed_stats(frame: Frame, condition: tree.Expression) -> _Passed | None:
    """Return the last ``stats`` and what follows it, if a condition names only fields of the events."""
    names = list(_names(condition, frame))
    if (
        frame.rows.origin.command != "stats"
        or not names
        or any(frame.names.known(each.name) is not None for each in names)
    ):
        return None
    steps = _steps(frame)
    before = steps[0].before
    if before is None or not all(before.names.is_of_events(each.name) for each in names):
        return None
    return _Passed(before, (), tuple(map(_stage, steps)))


def _passed_limit(frame: Frame, condition: tree.Expression) -> _Passed | None:
    """Return the first ``limit`` over these rows and what follows it.

    Raises:
        MalformedQuery: a stage between defines a name of the condition, and depends on the rows that remain.
    """
    steps = _steps(frame)
    place = next((place for place, step in enumerate(steps) if _stage(step).cuts), None)
    before = None if place is None else steps[place].before
    if place is None or before is None:
        return None
    needed, others, wanted = list[Command](), list[Command](), _meant(frame, _names(condition, frame))
    for step in reversed(steps[place + 1 :]):
        stage, changed = _stage(step), _changed(step) & wanted.keys()
        if changed and not stage.rowwise:
            raise _too_late(wanted[min(changed)])
        if changed:
            wanted |= _meant(step, (node for node in tree.walk(stage) if isinstance(node, tree.Name)))
        (needed if changed else others).insert(0, stage)
    return _Passed(before, tuple(needed), (_stage(steps[place]), *others))


def _too_late(name: tree.Name) -> MalformedQuery:
    return MalformedQuery(
        f"a `filter` acts before the `limit` that it follows, and {name.name} is not defined there yet",
        name.span,
        hint="move `limit` after `filter`",
    )


def _steps(frame: Frame) -> list[Frame]:
    """Return the frames over the current rows, in order: from the stage that made the rows to the last."""
    steps, each = list[Frame](), frame
    while each.before is not None and each.rows.origin is frame.rows.origin:
        steps.insert(0, each)
        each = each.before
    return steps


def _stage(step: Frame) -> Command:
    """Return the stage that made a frame."""
    stage = step.stages[-1]
    assert isinstance(stage, Command)  # noqa: S101 - the grammar contains nothing else
    return stage


def _changed(step: Frame) -> set[str]:
    """Return the names to which a stage has given a value."""
    before = {} if step.before is None else step.before.values
    return {name for name, value in step.values.items() if before.get(name) is not value}


def _meant(frame: Frame, names: Iterable[tree.Name]) -> dict[str, tree.Name]:
    """Return every name, base and alias that some names may refer to, with the name in the query."""
    found = {each: node for node in names for each in bases(node.name)}
    return {frame.names.canonical(name): node for name, node in found.items()} | found


def _names(node: tree.Node, frame: Frame) -> Iterator[tree.Name]:
    """Yield the names in a condition; a column of ``stats`` may be named by its expression."""
    column = frame.names.column_name(node) if isinstance(node, tree.Expression) else None
    if column is not None:
        yield tree.Name(column, span=node.span)
        return
    if isinstance(node, tree.Name):
        yield node
    function = find(node.function) if isinstance(node, tree.Call) else None
    if function is not None and function.name == "bin":
        yield tree.Name("@timestamp", span=node.span)
    for child in tree.children(node):
        if not isinstance(child, tree.Query):
            yield from _names(child, frame)
