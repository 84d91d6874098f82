"""Type checkers know ``frame.insights``: mypy by the plugin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

PROGRAM = """
import polars as pl
import flowlocal.namespace

frame = pl.DataFrame({"bytes": [1]})
reveal_type(frame.insights.query("limit 1"))
reveal_type(frame.lazy().insights.query("limit 1").rows)
frame.insights.query(1)
frame.insights.nothing
"""
SETTINGS = """
[mypy]
plugins = flowlocal.mypy_plugin
follow_imports = skip
[mypy-flowlocal,flowlocal.namespace,flowlocal.result,polars,polars.dataframe.*,polars.lazyframe.*]
follow_imports = silent
"""
"""All that the program needs: the whole of Polars takes mypy four times as long."""
FOUND = [
    'note: Revealed type is "flowlocal.result.Result"',
    'note: Revealed type is "list[dict[str, str]]"',
    'error: Argument 1 to "query" of "LazyInsights" has incompatible type "int"; expected "str"  [arg-type]',
    'error: "Insights" has no attribute "nothing"  [attr-defined]',
]


def test_attribute_of_frames(tmp_path: Path) -> None:
    """The attribute of eager and lazy frames has types, and a wrong argument or name is found."""
    program, settings = tmp_path / "program.py", tmp_path / "mypy.ini"
    program.write_text(PROGRAM)
    settings.write_text(SETTINGS)
    options = ["--config-file", str(settings), "--cache-dir", str(tmp_path), str(program)]
    done = subprocess.run([sys.executable, "-m", "mypy", *options], capture_output=True, text=True, check=False)
    found = [line.partition(": ")[2] for line in done.stdout.splitlines()[:-1]]
    assert (found, done.stderr) == (FOUND, "")
