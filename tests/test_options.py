"""The options of a query: every function of the library takes the same ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import flowlocal
import flowlocal.namespace

RECORD = "2 123456789010 eni-1 10.0.0.1 10.0.0.9 49152 22 6 20 4249 1777600000 1777600060 ACCEPT OK\n"
QUERY = "fields {{what}}, fromMillis(now() * 1000) as at"


@pytest.fixture(params=["query", "Logs.query", "frame.insights.query"])
def query(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Any]:
    """Return a function of the library that answers queries over one event."""
    log = tmp_path / "flow.log"
    log.write_text(RECORD)
    functions: dict[str, Callable[..., Any]] = {
        "query": lambda text, **options: flowlocal.query(text, log, **options),
        "Logs.query": flowlocal.scan(log).query,
        "frame.insights.query": partial(pl.DataFrame({"dstport": [22]}).insights.query),  # type: ignore[attr-defined]
    }
    return functions[request.param]


def test_options(query: Callable[..., Any]) -> None:
    """Parameters and the present are options everywhere."""
    rows = query(QUERY, parameters={"what": "dstPort"}, now=1777600000).rows
    assert rows == [{"dstPort": "22", "at": "2026-05-01 01:46:40.000"}]


def test_misspelt(query: Callable[..., Any]) -> None:
    """An option that does not exist is an error that names those that do."""
    with pytest.raises(TypeError, match="'strat' is not an option of a query: expected one of start, end, limit, now"):
        query("fields dstPort", strat=0)
