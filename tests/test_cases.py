"""The cases of ``tests/cases``, whose README describes them: each has a graded source, and all are run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowlocal.testing.case import Case, read_cases
from flowlocal.testing.discover import CASES as SUFFIX

CASES = Path(__file__).parent / "cases"
GRADES = ("documented", "recorded", "decided")


def all_cases() -> Iterator[Case]:
    """Yield every case of every file."""
    for path in sorted(CASES.rglob(f"*{SUFFIX}")):
        yield from read_cases(path)


def full_title(case: Case) -> str:
    """Return the title of a case after the name of its file."""
    return f"{str(case.path.relative_to(CASES)).removesuffix(SUFFIX)}: {case.title}"


def test_every_case_has_a_graded_source() -> None:
    """The source of a case says how the answer is known."""
    assert [headline_of(case) for case in all_cases() if not case.source.startswith(GRADES)] == []


def headline_of(case: Case) -> str:
    """Return the place and title of a case."""
    return f"{case.path}:{case.line}: {case.title}"


def test_every_case_is_run(pytestconfig: pytest.Config) -> None:
    """Each is a test of its own, ``pytest tests/cases``, by the plugin that users have for their queries."""
    assert pytestconfig.pluginmanager.has_plugin("flowlocal")


def test_every_file_is_run() -> None:
    """A file without the suffix would not be collected."""
    assert [path for path in CASES.rglob("*.toml") if not path.name.endswith(SUFFIX)] == []
