"""The cases of ``tests/cases`` over shards, and what must be equal in a local run and on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

import flowlocal
from flowlocal import MalformedQuery, UnreadableInput
from flowlocal.api import Logs
from flowlocal.cluster.opening import scan
from flowlocal.cluster.protocol import TaskRunner
from flowlocal.result import Result
from flowlocal.testing.case import Case, read_cases
from flowlocal.testing.discover import CASES as SUFFIX
from flowlocal.testing.run import companions

CASES = Path(__file__).parents[1] / "cases"
SHARDS = 3
NOW = 1_700_000_000_000


def all_cases() -> list[Case]:
    """Return every case whose logs are text or files, in the order of the files."""
    cases = (case for path in sorted(CASES.rglob(f"*{SUFFIX}")) for case in read_cases(path))
    return [case for case in cases if case.asking.events is None]


@dataclass
class Shards:
    """Folders of shards, one for each different text."""

    folder: Path

    def paths(self, case: Case) -> dict[str, list[str]] | list[str]:
        """Return the files of a case's logs; texts are written as ``SHARDS`` files of whole lines."""
        asking = case.asking
        if asking.lines is not None:
            return self._written(asking.lines)
        if asking.groups:
            return {name: self._written(text) for name, text in asking.groups}
        named = {name: list(paths) for name, paths in asking.logs if name is not None}
        return named or [path for _, paths in asking.logs for path in paths]

    def _written(self, text: str) -> list[str]:
        folder = self.folder / sha256(text.encode()).hexdigest()[:16]
        lines = text.splitlines(keepends=True)
        bounds = [len(lines) * part // SHARDS for part in range(SHARDS + 1)]
        if not folder.exists():
            folder.mkdir()
            for number, (start, end) in enumerate(pairwise(bounds)):
                (folder / f"{number}.log").write_bytes("".join(lines[start:end]).encode())
        return [str(folder / f"{number}.log") for number in range(SHARDS)]


Answer = Result | MalformedQuery | UnreadableInput


@dataclass
class Comparison:
    """A query over logs, here and on a cluster."""

    case: Case
    shards: Shards

    @cached_property
    def _paths(self) -> Any:
        return self.shards.paths(self.case)

    def local(self) -> Answer:
        """Return the answer of a local run."""
        return self._answer(lambda: flowlocal.scan(self._paths, **self.case.asking.opening))

    def on(self, runner: TaskRunner) -> Answer:
        """Return the answer of a cluster, in which each file has a task."""
        return self._answer(lambda: scan(self._paths, runner, task_bytes=1, **self.case.asking.opening))

    def _answer(self, opened: Callable[[], Logs]) -> Answer:
        case = self.case
        beside = companions(case.query, case.folder, case.within)
        tables = {name: _table(text) for name, text in case.tables.items()}
        try:
            logs, options = opened(), {"now": NOW, **case.asking.options}
            return logs.query(
                case.query,
                **options,
                parameters=case.parameters,
                tables={**beside["tables"], **tables},
                saved={**beside["saved"], **case.saved},
            )
        except (MalformedQuery, UnreadableInput) as error:
            return error


def _table(text: str) -> Any:
    return pl.read_csv(text.encode(), infer_schema=False) if "\n" in text else text


def check_equal(here: Answer, there: Answer, *, statistics: bool = True) -> None:
    """Compare two answers: rows, order, types, statistics, and the report of the reading; or the errors.

    Args:
        here: the answer of a local run.
        there: that of a cluster.
        statistics: False for a query that may end before all events are read.
    """
    if not isinstance(here, Result) or not isinstance(there, Result):
        assert (type(here), str(here), vars(here)) == (type(there), str(there), vars(there))
        return
    assert here.columns == there.columns
    assert here.printed.rows() == there.printed.rows()
    assert_frame_equal(here.typed, there.typed)
    for name in ("pointers", "truncated", "keys", "series"):
        assert getattr(here, name) == getattr(there, name), name
    if not statistics:
        return
    assert here.statistics == there.statistics
    for name in ("records", "bytes", "odd_count", "odd_lines", "warnings", "lost", "unreadable", "skipped", "files"):
        assert getattr(here.report, name) == getattr(there.report, name), name
