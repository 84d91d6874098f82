"""Random files in every container answer as plain Python says: messages, times, values, unparsed lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowlocal.sources.records.probing import probe
from tests.hostile.command import RECORD
from tests.hostile.model import compare
from tests.hostile.random_files import case

_CASES = 10
"""Cases of a test; a case has about two files. A longer run: ``python -m tests.hostile.random_files --minutes 10``."""


@pytest.mark.parametrize("first", range(0, 8 * _CASES, _CASES))
def test_random_files(first: int, tmp_path: Path) -> None:
    """The definition of a record, an event and an unparsed line holds for every file, container and query."""
    for seed in range(first, first + _CASES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        compare(case(seed), folder, everything=seed == first)


def test_a_damaged_time_does_not_make_all_times_streams() -> None:
    """The token before one record is not a time; those before the others are still read as times."""
    lines = [f"2026-05-01T00:00:0{second}Z {RECORD}" for second in range(4)]
    found = probe([f"2026-05-01T00:00\N{REPLACEMENT CHARACTER} {RECORD}", *lines])
    assert found is not None
    assert found.prefix.roles == ("time",)
