"""Ask again in one process that has everything loaded, as a notebook, a shell and the console do: flowlocal and DuckDB.

Run ``python -m benchmarks.opened DIRECTORY SHAPE [ROUNDS]``.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import flowlocal
from benchmarks.race import Run, Timing, head, in_turn, row
from benchmarks.tools import OURS, Files, Question, questions

if TYPE_CHECKING:
    import duckdb

TOOLS = [OURS, "duckdb"]


def _sides(question: Question, files: Files, connection: duckdb.DuckDBPyConnection) -> dict[str, Callable[[], object]]:
    return {
        OURS: lambda: flowlocal.query(question.insights, files.directory),
        "duckdb": lambda: connection.execute(question.sql).fetchall(),
    }


def _run(ask: Callable[[], object]) -> Run:
    began, had = time.perf_counter(), time.process_time()
    ask()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return Run(time.perf_counter() - began, time.process_time() - had, peak, b"")


def race_opened(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Ask all sides once, then in turn."""
    for ask in sides.values():
        ask()
    return in_turn(sides, _run, rounds)


def main(directory: str, shape: str, rounds: str = "5") -> None:
    """Print a table of all questions."""
    from benchmarks.duck import connected  # noqa: PLC0415 - an extra, which tests can do without

    files = Files(Path(directory), shape)
    connection = connected(files.pattern, shape)
    print(f"\n{head('asked again, in one process', TOOLS)}")
    for question in questions():
        if shape != "parquet" or "line" not in question.sql:  # which has no lines for DuckDB
            print(row(question.name, race_opened(_sides(question, files, connection), int(rounds)), TOOLS), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
