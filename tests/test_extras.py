"""What is said if an extra is not installed: the one command that installs it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import flowlocal

SAMPLES = Path(__file__).parents[1] / "sample_logs" / "s3"


def test_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """`to_pandas` is an `ImportError` with the command."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    result = flowlocal.query("stats count(*)", SAMPLES)
    with pytest.raises(ImportError, match=r"to_pandas needs the package pandas; .*: pip install 'flowlocal\[pandas\]'"):
        result.to_pandas()
