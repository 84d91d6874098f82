"""Type checkers know ``frame.insights``: mypy by the plugin."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")

PROGRAM = """
import polars as pl
import flowlocal.namespace

frame = pl.DataFrame({"bytes": [1]})
reveal_type(frame.insights.query("limit 1"))
reveal_type(frame.lazy().insights.query("limit 1").rows)
frame.insights.query(1)
frame.insights.nothing
"""
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
    settings.write_text("[mypy]\nplugins = flowlocal.mypy_plugin\nfollow_imports = silent\n")
    options = ["--config-file", str(settings), "--cache-dir", str(tmp_path), "--python-executable", sys.executable]
    written, errors, _ = api.run([*options, str(program)])
    found = [line.partition(": ")[2] for line in written.splitlines()[:-1]]
    assert (found, errors) == (FOUND, "")
