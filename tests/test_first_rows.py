"""The first rows of many are those of a sort of all."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.importing import import_logs
from flowlocal.planning.first_rows import FirstRows
from flowlocal.planning.rows import PlanRows
from flowlocal.values import Key
from tests.test_samples import SAMPLES

row = st.tuples(
    st.none() | st.integers(0, 4), st.none() | st.floats(0, 3, allow_nan=False), st.none() | st.sampled_from("abc")
)


@given(
    rows=st.lists(row, max_size=200),
    keys=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), min_size=1, max_size=3),
    count=st.integers(1, 60),
)
def test_any_rows(rows: list[tuple[object, ...]], keys: list[tuple[str, bool]], count: int) -> None:
    """Nulls, equal keys, both directions, and as many rows as there are, fewer or more."""
    made = pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.Float64, "c": pl.String}, orient="row").with_row_index("n")
    order = [*(Key(pl.col(name), descending=descending) for name, descending in keys), Key(pl.col("n"))]
    descending = [key.descending for key in order]
    expected = made.sort([key.expression for key in order], descending=descending, nulls_last=descending).head(count)
    batches = [made[start : start + 17] for start in range(0, len(made), 17)] or [made]
    first = FirstRows(pl.concat([batch.lazy() for batch in batches]), order, count).lazy()
    assert first.collect(engine="streaming").equals(expected)
    assert first.filter(pl.col("n") % 2 == 0).select("c").collect().equals(expected.filter(pl.col("n") % 2 == 0)[["c"]])


QUERIES = [
    "fields @timestamp, @message",
    "fields srcAddr, bytes | sort bytes desc | limit 7",
    "sort action, srcAddr desc, @message | limit 5 | stats count(*) as n by action",
    "filter dstPort = 22 | sort bytes | limit 9 | filter srcAddr like '10.' | sort dstAddr",
    "limit 6 | stats count(*)",
    "fields 7 | limit 3",
    "sort packets | limit 4 | dedup action",
]


@pytest.mark.parametrize("query", QUERIES)
def test_queries(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are those of Polars' own search for the first rows."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 4_000)
    here = flowlocal.query(query, SAMPLES / "lines")
    monkeypatch.setattr(FirstRows, "lazy", lambda self: PlanRows(self.rows, self.order).sorted().head(self.count))
    assert flowlocal.query(query, SAMPLES / "lines").rows == here.rows


@pytest.mark.parametrize("query", ["fields bytes / 7 as t | sort t desc, srcAddr | limit 3", "sort bytes | limit 2"])
def test_all_events_are_counted(query: str) -> None:
    """Also those that are not among the first: Polars' own search passed over some before they were counted."""
    everything = flowlocal.query("stats count(*) as n", SAMPLES / "lines").rows[0]["n"]
    assert flowlocal.query(query, SAMPLES / "lines").statistics.recordsMatched == int(everything)


@pytest.mark.parametrize("mark", ["", "#"])
@pytest.mark.parametrize("is_imported", [False, True])
def test_fields_with_any_name(mark: str, is_imported: bool, tmp_path: Path) -> None:
    """Columns that a plan or a dataset adds have names that no field has."""
    names = [f"{mark}{name}" for name in ("key 0", "value 0", "first", "size", "place", "row", "met")]
    line = json.dumps(dict.fromkeys([*names, "s", "t"], 7))
    path = tmp_path / "x.json"
    path.write_text(f"{line}\n{line}\n")
    if is_imported:
        import_logs([path], tmp_path / "set")
        path = tmp_path / "set"
    listed = ", ".join(f"`{name}`" for name in names)
    assert set(flowlocal.query(f"fields {listed} | limit 1", path).rows[0].values()) == {"7"}
    sums = ", ".join(f"sum(`{name}`) as a{place}" for place, name in enumerate(names))
    for stage in (
        f"{sums}, pct(`{names[0]}`, 50) as p by s, t",
        f"{sums} by s, action",
        f"pct(s, 50) as a0 by {listed}",
    ):
        assert flowlocal.query(f"stats {stage}", path).rows[0]["a0"] in {"7", "14"}
    assert flowlocal.query(f"relevantfields {listed} where s = 7", path).statistics.recordsMatched == 2
