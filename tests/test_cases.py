"""The tables of cases under ``tests/cases``; the README there describes their form."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowlocal.engine import run
from flowlocal.events import Events
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.templates import SavedQuery
from flowlocal.query_options import QueryOptions
from flowlocal.result import Result
from flowlocal.sources import open_events
from flowlocal.sources.joining import joined
from flowlocal.sources.memory import events_of_records

CASES = Path(__file__).parent / "cases"
GRADES = ("documented", "recorded", "decided")
KEYS = {
    *("title", "query", "lines", "events", "rows", "order", "columns", "error", "hint", "at", "service", "source"),
    *("start", "end", "now", "tables", "groups", "parameters", "saved", "expression", "prints", "fixed"),
    "log_format",
}


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield every case of every table, with a title that names its file."""
    for path in sorted(CASES.rglob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        defaults = content.get("defaults", {})
        cases = [{**defaults, **case} for case in content.get("case", [])]
        cases += [_value_case({**defaults, **value}) for value in content.get("value", [])]
        for case in cases:
            yield {**case, "title": f"{path.relative_to(CASES).with_suffix('')}: {case['title']}"}


def _value_case(value: dict[str, Any]) -> dict[str, Any]:
    expression = value.pop("expression")
    row = {"v": value.pop("prints")} if "prints" in value else {}
    return {"title": expression, "query": f"fields {expression} as v", "rows": [row], **value}


def _events(case: dict[str, Any], folder: Path) -> Events:
    if "events" in case:
        return events_of_records(case["events"], log_format=case.get("log_format"))
    groups = case.get("groups", {"flowlocal": case.get("lines", [])})
    log_format = case.get("log_format")
    paths = (folder / f"{number}.log" for number in range(len(groups)))
    return joined([_group(path, name, groups[name], log_format) for path, name in zip(paths, groups, strict=True)])


def _group(path: Path, name: str, lines: list[str], log_format: str | None) -> Events:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return open_events([path], log_group=name, log_format=log_format)


def run_case(case: dict[str, Any], folder: Path) -> Result:
    """The answer to the query of a case over its events."""
    times = {name: case[name] for name in ("start", "end", "now") if name in case}
    tables = {name: folder / f"{name}.csv" for name in case.get("tables", {})}
    for name, path in tables.items():
        path.write_text(case["tables"][name], encoding="utf-8")
    saved = {name: SavedQuery.read(text) for name, text in case.get("saved", {}).items()}
    options = QueryOptions(**times, tables=tables, parameters=case.get("parameters", {}), saved=saved)
    return run(case["query"], _events(case, folder), options)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["title"]) for case in all_cases()])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    """The query answers as the table says."""
    assert set(case) <= KEYS, f"unknown keys: {set(case) - KEYS}"
    assert case["source"].startswith(GRADES)
    if "error" in case:
        _check_error(case, tmp_path)
    else:
        _check_rows(case, run_case(case, tmp_path))


def _check_rows(case: dict[str, Any], result: Result) -> None:
    wanted, rows = case["rows"], result.rows
    if case.get("order", "exact") == "any":
        wanted, rows = sorted(wanted, key=repr), sorted(rows, key=repr)
    shown = [
        {name: "*" if wish.get(name) == "*" else cell for name, cell in row.items()}
        for row, wish in zip(rows, [*wanted, *[{}] * len(rows)], strict=False)
    ]
    assert shown == wanted
    if "columns" in case:
        assert list(result.columns) == case["columns"]


def _check_error(case: dict[str, Any], folder: Path) -> None:
    with pytest.raises(MalformedQuery) as caught:
        run_case(case, folder)
    error = caught.value
    assert case["error"] in error.message
    assert case.get("hint", "") in error.hint
    assert case.get("service", "") in error.service_message()
    if "at" in case:
        assert error.text[error.span.start : error.span.end] == case["at"]
    if "fixed" in case:
        run_case({**case, "query": case["fixed"]}, folder)
