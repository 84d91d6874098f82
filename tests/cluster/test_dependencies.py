"""Every aggregate and every command declares how a cluster runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

import flowlocal
from flowlocal import engine
from flowlocal.cluster.tasks import TaskRows
from flowlocal.compiler.registry import Function, all_functions
from flowlocal.compiler.scope import QueryContext
from flowlocal.engine import Meter, open_frame, parse
from flowlocal.events import ScanReport
from flowlocal.planning.dependency import Dependency
from flowlocal.planning.grouping import Grouping
from flowlocal.planning.registry import CommandDefinition, all_commands

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "lines"


def grouping_of(query: str) -> Grouping:
    """Return the groups that a task makes for a query that is one `stats`."""
    rows = TaskRows()
    events = replace(flowlocal.scan(SAMPLES).source, cluster=rows)
    engine.plan(parse(query), open_frame(events, QueryContext(query, 0), ScanReport(), Meter()))
    assert rows.grouping is not None
    return rows.grouping


@pytest.mark.parametrize("aggregate", [each for each in all_functions() if each.aggregate], ids=lambda each: each.name)
def test_aggregates(aggregate: Function) -> None:
    """An aggregate says how each of its columns is merged, or that it needs all events of a group."""
    for example in aggregate.examples:
        grouping = grouping_of(example.query)
        assert grouping.merge is None or set(grouping.merge) == set(grouping.columns)
        assert grouping.merge is not None or not {"count", "sum", "avg", "min", "max"} & {aggregate.name}
        if grouping.merge is not None:
            parts = grouping.parts()
            assert set(grouping.merged(parts).collect_schema()) == set(parts.collect_schema())


def test_one_shuffled_aggregate_shuffles_its_stage() -> None:
    """The events of groups are exchanged if one aggregate of a stage needs them."""
    assert grouping_of("stats count(*), pct(bytes, 90) by srcAddr").merge is None


@pytest.mark.parametrize("command", all_commands(), ids=lambda each: each.name)
def test_commands(command: CommandDefinition) -> None:
    """A command declares its dependency."""
    assert isinstance(command.dependency, Dependency)


PAGE = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")


def listed(names: list[str]) -> str:
    """Return names as the page lists them."""
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize("dependency", Dependency, ids=lambda each: each.value)
def test_page_lists_commands(dependency: Dependency) -> None:
    """The page has a row for each kind of command, with all commands of that kind."""
    names = [each.name for each in all_commands() if each.dependency is dependency]
    assert f"| {dependency.value} | {listed(names)} |" in PAGE


def test_page_lists_aggregates() -> None:
    """The page says which aggregates are merged, and for which events are exchanged."""
    kinds: dict[bool, list[str]] = {True: [], False: []}
    for each in all_functions():
        if each.aggregate:
            kinds[grouping_of(each.examples[0].query).merge is not None].append(each.name)
    assert f"| merged | {listed(kinds[True])} |" in PAGE
    assert f"| exchanged | {listed(kinds[False])} |" in PAGE
