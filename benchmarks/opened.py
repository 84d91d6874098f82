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
from benchmarks.race import Timing, head, row
from benchmarks.tools import OURS, Files, Question, questions

if TYPE_CHECKING:
    import duckdb

TOOLS = [OURS, "duckdb"]


def _sides(question: Question, files: Files, connection: duckdb.DuckDBPyConnection) -> dict[str, Callable[[], object]]:
    return {
        OURS: lambda: flowlocal.query(question.insights, files.directory),
        "duckdb": lambda: connection.execute(question.sql).fetchall(),
    }


def _timed(ask: Callable[[], object], timing: Timing) -> None:
    began, had = time.perf_counter(), time.process_time()
    ask()
    timing.seconds.append(time.perf_counter() - began)
    timing.cpu.append(time.process_time() - had)
    timing.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def race_opened(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Ask all sides once, then in turn, each round beginning with another one."""
    timings, order = {name: Timing() for name in sides}, list(sides)
    for ask in sides.values():
        ask()
    for _ in range(rounds):
        for name in order:
            _timed(sides[name], timings[name])
        order = order[1:] + order[:1]
    return timings


def main(directory: str, shape: str, rounds: str = "5") -> None:
    """Print a table of all questions."""
    import duckdb  # noqa: PLC0415 - an extra, which tests can do without

    from benchmarks.duck import views  # noqa: PLC0415

    files = Files(Path(directory), shape)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    for name, view in zip(("flows", "lines"), views(files.pattern, shape), strict=True):
        connection.execute(f"CREATE VIEW {name} AS {view}")
    print(f"\n{head('asked again, in one process', TOOLS)}")
    for question in questions():
        if shape != "parquet" or "line" not in question.sql:  # which has no lines for DuckDB
            print(row(question.name, race_opened(_sides(question, files, connection), int(rounds)), TOOLS), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
