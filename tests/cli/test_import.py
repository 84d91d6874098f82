"""``flowlocal import`` as a user runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "s3"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``flowlocal import`` in pipes."""
    command = [sys.executable, "-m", "flowlocal", "import", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True)


def test_sizes_and_what_to_run_next(tmp_path: Path) -> None:
    """It says how much text became how much Parquet, and how to query it; nothing new says so, too."""
    dataset = tmp_path / "my logs"
    said = run(SAMPLES, "-o", dataset).stderr.splitlines()
    assert re.fullmatch(r"flowlocal: 2,751 events of 12 files in [\d.]+ s", said[0])
    assert re.fullmatch(
        r"flowlocal: 300\.8 kB of lines \(44\.4 kB as stored\) became [\d.]+ kB of Parquet in .*", said[1]
    )
    assert said[2] == f"flowlocal: query it with: flowlocal query 'stats count(*) by action' '{dataset}'"
    again = run(SAMPLES, "-o", dataset).stderr
    assert "12 skipped: imported before" in again
    assert "of Parquet" not in again
