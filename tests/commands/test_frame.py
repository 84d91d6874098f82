"""The plan object: what is known of rows that replace the events, and that no stage changes a frame."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from msgspec.structs import replace

import flowlocal
from flowlocal import engine
from flowlocal.compiler.scope import QueryContext
from flowlocal.events import ScanReport
from flowlocal.language import tree
from flowlocal.planning.evaluation import evaluate
from flowlocal.planning.frame import Frame, PlanOutput
from flowlocal.planning.names import Bin, PlanNames
from flowlocal.planning.rows import PlanRows
from flowlocal.sources import open_events
from flowlocal.values import Key, Text

LINE = "2 1 eni-1 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n"
KEPT = {
    "names": {"ephemeral", "listed", "lost", "sides"},
    "rows": {"counted"},
    "output": {"limited"},
}
"""What is known of rows although other rows replaced them, by part of the frame."""


@pytest.fixture
def frame(tmp_path: Path) -> Frame:
    """Return a frame over one event."""
    (tmp_path / "flow.log").write_text(LINE)
    events = open_events([str(tmp_path / "flow.log")])
    return engine.open_frame(events, QueryContext("", 0), ScanReport(), engine.Meter())


def full(frame: Frame) -> Frame:
    """Return the frame with something in every field of its parts."""
    some, column = frozenset({"a"}), Text(pl.col("a"))
    names = PlanNames({"a": column}, {"b": "a"}, some, some, some, some, some, some, {"c": "a"}, ("a",), {}, ("l", "r"))
    names = replace(names, bins={"a": Bin(tree.Duration(1, "m"))})
    rows = replace(frame.rows, counted=True)
    return replace(frame, names=names, rows=rows, output=PlanOutput(("a",), ("b",), fixed=True, limited=True))


def test_replaced_rows_know_what_they_are_given(frame: Frame) -> None:
    """Whatever is not kept on purpose is unknown of rows that replaced others; a new field is decided on here."""
    before = full(frame)
    made = before.replaced_by(pl.LazyFrame({"x": [1]}), PlanNames({"x": Text(pl.col("x"))}), (), made_by="pattern")
    parts: dict[str, PlanNames | PlanRows | PlanOutput] = {
        "names": PlanNames({}),
        "rows": PlanRows(made.lazy),
        "output": PlanOutput(),
    }
    given = {"values", "lazy", "origin", "shown"}
    for part, empty in parts.items():
        for name in empty.__struct_fields__:
            found, old = getattr(getattr(made, part), name), getattr(getattr(before, part), name)
            if name not in given:
                assert found == (old if name in KEPT[part] else getattr(empty, name)), name
    assert made.output.shown == ("x",)
    assert made.rows.origin.command == "pattern"
    assert {"a", "b"} <= made.rows.origin.earlier


def test_evaluation_leaves_the_frame_as_it_was(frame: Frame) -> None:
    """Columns that a long expression needs are in the frame that is returned, and in no other."""
    text = " + ".join(["bytes * packets"] * 50)
    node = tree.walk(engine.parse(f"fields {text} as x"))
    expression = next(each.expression for each in node if isinstance(each, tree.Item))
    columns = frame.lazy.collect_schema().names()
    value, made = evaluate(frame, expression)
    assert frame.lazy.collect_schema().names() == columns
    assert made.lazy.select(next(iter(value.parts.values())).alias("x")).collect().item() == 50 * 20 * 4249
    assert set(made.lazy.collect_schema().names()) > set(columns)


def test_sort_ends_the_order_of_events(frame: Frame) -> None:
    """A frame in another order has no rank."""
    assert frame.rows.rank is not None
    assert frame.sort([Key(pl.col("bytes"))]).rows.rank is None


QUERIES = [
    "stats count(*) as n, sum(a) as s by b",
    "fields a + 1 as x | filter x > 2 | sort x desc",
    "fields a | dedup a",
    "stats pct(a, 50) by b, c",
    'parse @message /"b":"(?<w>.)/ | stats count(*) by w',
    "stats avg(a), stddev(a), earliest(a), latest(a) by b",
    'filter a in (filter b = "x" | fields a) | stats count(*) as n',
    "stats count_distinct(a) by bin(5m)",
    "unnest a into z | fields z",
    "sort a | fields a | limit 3",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_field_may_have_the_name_of_a_column_of_the_plan(
    query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of JSON may have any name: it changes no answer."""
    made, path = list[str](), tmp_path / "app.log"
    fresh = QueryContext.fresh

    def noted(context: QueryContext, label: str = "column") -> str:
        made.append(fresh(context, label))
        return made[-1]

    def answer(keys: list[str]) -> object:
        rows = [{"a": n % 5, "b": "xyz"[n % 3], "c": n % 2} | dict.fromkeys(keys, f"v{n}") for n in range(30)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return flowlocal.query(query, path).rows

    monkeypatch.setattr(QueryContext, "fresh", noted)
    expected = answer([])
    names = [*made]
    assert answer(names) == expected
    assert not {*names} & {*made[len(names) :]}
