"""The example cases and recorded answers that are shipped with the sample logs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"


@pytest.mark.parametrize(
    "arguments", [["cases"], ["queries", "--logs", "s3"], ["queries", "--logs", "cloudwatch-export"]]
)
def test_samples_pass(arguments: list[str]) -> None:
    """Every case and every recorded answer is as it is described."""
    command = [sys.executable, "-m", "flowlocal", "test", *arguments]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, cwd=SAMPLES, timeout=300, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_sample_queries_are_checked() -> None:
    """Nothing graver than a warning is found in the sample queries."""
    command = [sys.executable, "-m", "flowlocal", "check", "queries", "article"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, cwd=SAMPLES, timeout=300, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout
