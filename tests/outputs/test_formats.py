"""The output of each format, compared with cases.toml, and the contract that all formats share."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlocal import outputs
from flowlocal.events import ScanReport
from flowlocal.result import Result, Statistics

CASES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("cases.toml").read_text(encoding="utf-8"))["case"]


def make(case: dict[str, Any]) -> Result:
    """Return a result as the engine would return it."""
    columns = tuple(case["columns"])
    printed = pl.DataFrame(
        {name: [row.get(name) for row in case["rows"]] for name in columns}, schema=dict.fromkeys(columns, pl.String)
    )
    return Result(
        columns=columns,
        printed=printed,
        typed=case.get("typed", printed),
        pointers=case.get("pointers"),
        statistics=Statistics(**case.get("statistics", {})),
        report=ScanReport(),
        context=case.get("context", {}),
    )


def written(name: str, result: Result, *, color: bool = False, width: int | None = None) -> bytes:
    """Return the output of a format."""
    stream = io.BytesIO()
    outputs.find(name).write(result, outputs.Sink(stream, color=color, width=width))
    return stream.getvalue()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_case(case: dict[str, Any]) -> None:
    """A format writes exactly the text of its case."""
    text = written(case["format"], make(case), color=case.get("color", False), width=case.get("width")).decode()
    assert text == case["text"].removeprefix("\n")


EVENTS: dict[str, Any] = {
    "columns": ["@timestamp", "dstPort"],
    "rows": [{"@timestamp": "2014-12-14 04:06:50.000", "dstPort": "22"}, {"dstPort": "-"}],
    "typed": pl.DataFrame(
        {"@timestamp": [1418530010000, None], "dstPort": [22, None]},
        schema={"@timestamp": pl.Datetime("ms"), "dstPort": pl.Int32},
    ),
}


def test_parquet_keeps_types() -> None:
    """Parquet contains the typed columns, read back unchanged."""
    result = make(EVENTS)
    assert pl.read_parquet(written("parquet", result)).equals(result.to_polars(), null_equal=True)


def test_csv_reads_back() -> None:
    """Python's csv module reads the output of the csv format."""
    rows = [{"a": 'x"y', "b": "1,2"}, {"a": "line\nbreak", "b": " padded "}]
    text = written("csv", make({"columns": ["a", "b"], "rows": rows})).decode()
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == rows


@given(
    rows=st.lists(st.tuples(*[st.none() | st.text('a",\n\r é', max_size=3)] * 2), min_size=1, max_size=5),
    name=st.text('a",^$'),
)
def test_csv_of_many_rows(rows: list[tuple[str | None, str | None]], name: str) -> None:
    """Few rows are written as Polars writes many."""
    found = [dict(zip([name, "b"], row, strict=True)) for row in rows]
    few = written("csv", make({"columns": [name, "b"], "rows": found}))
    many = written("csv", make({"columns": [name, "b"], "rows": found * 1_001}))
    header = len(written("csv", make({"columns": [name, "b"], "rows": []})))
    assert many == few[:header] + few[header:] * 1_001


def test_json_and_jsonl_agree() -> None:
    """The formats json and jsonl contain the same objects as Result.rows."""
    result = make(EVENTS)
    lines = written("jsonl", result).decode().splitlines()
    assert json.loads(written("json", result)) == [json.loads(line) for line in lines] == result.rows


def test_aws_members_stand_as_in_the_service_model() -> None:
    """Every member is one of GetQueryResults, in the order in which the AWS command line prints them."""
    loader = pytest.importorskip("botocore.loaders").Loader()
    shapes = loader.load_service_model("logs", "service-2")["shapes"]
    answer = json.loads(written("aws", make(EVENTS)))
    for name, part in [("GetQueryResultsResponse", answer), ("QueryStatistics", answer["statistics"])]:
        known = [member for member in shapes[name]["members"] if member in part]
        assert list(part) == known


def test_every_module_is_a_format() -> None:
    """A format is found by its module's name, and no other format has its suffixes."""
    assert {"aws", "csv", "json", "jsonl", "markdown", "parquet", "table"} <= set(outputs.names())
    assert [form.name for form in outputs.every()] == outputs.names()
    suffixes = [suffix for form in outputs.every() for suffix in form.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_unknown_format() -> None:
    """An unknown format is a KeyError, as is a private module."""
    for name in ("xml", "_layout"):
        with pytest.raises(KeyError):
            outputs.find(name)


@pytest.mark.parametrize(
    ("path", "name"), [("a.JSON", "json"), ("x/y.md", "markdown"), ("b.parquet", "parquet"), ("c.txt", None)]
)
def test_suffix(path: str, name: str | None) -> None:
    """The suffix of a file determines the format, if one has it."""
    found = outputs.for_file(path)
    assert (found and found.name) == name


@pytest.mark.parametrize("width", [None, 10, 20, 40, 80, 200])
def test_table_never_cuts_a_value_nor_exceeds_the_terminal(width: int | None) -> None:
    """At any width every character of every value is printed, and no line is longer than the terminal."""
    rows = [{"a": "x" * 50, "b": "1234567890123", "c": "日本語" * 9}]
    text = written("table", make({"columns": ["a", "b", "c"], "rows": rows}), width=width).decode()
    assert text.count("x") == 50
    assert text.count("日") == 9
    if width:
        assert all(len(line) <= width for line in text.splitlines())
