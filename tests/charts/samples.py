"""Results to draw."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import flowlocal
from flowlocal.api import Logs
from flowlocal.result import Result

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"


@cache
def logs() -> Logs:
    """Open the sample logs once."""
    return flowlocal.scan(SAMPLES / "lines")


def ask(query: str) -> Result:
    """Return the result of a query over the sample logs."""
    return logs().query(query)
