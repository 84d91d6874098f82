"""The engine ``processes`` beside a local run: overhead, and the gain of a second worker.

Start-up is left out: processes are started and files opened before the clock runs. Each run is a process of its own,
and the sides take turns. A worker has one processor, as an executor of a cluster has for a task; a local run beside it
has as many as there are workers. Processor time counts that of all workers.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

QUERIES = {
    "sum by source": "stats sum(bytes) as total by srcAddr | sort total desc | limit 10",
    "flows by hour": "stats count(*) as flows, avg(bytes) by bin(1h), action",
    "search": 'filter dstPort in [22, 3389] and action = "REJECT" | stats count(*) by srcAddr | limit 10',
    "rows": "filter dstPort = 22 | fields @timestamp, srcAddr, bytes | sort bytes desc | limit 100",
    "percentile": "stats pct(bytes, 95) by dstPort | sort dstPort | limit 10",
}
SIDES = (("local", 1), ("local", 2), ("workers", 1), ("workers", 2))
"""One or two processors for this process, and one or two worker processes with a processor each."""


class Spent(NamedTuple):
    """The seconds of a run by the clock and of processors, and the peak memory of the driver in megabytes."""

    wall: float
    processor: float
    memory: float


def main() -> None:
    """Print a row for each query; with ``--side``, run one side and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of log files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--side", choices=["local", "workers"], help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=1, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(*side(asked.side, asked.size, asked.folder, QUERIES[asked.only]))
        return
    print("| query | local 1 | local 2 | workers 1 | workers 2 | overhead of 1 | of 2 | gain | driver |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in QUERIES:
        if asked.only in name:
            print(line(name, measured(name, asked.folder, asked.rounds)), flush=True)


def measured(name: str, folder: Path, rounds: int) -> dict[tuple[str, int], list[Spent]]:
    """Return what each side took in each round."""
    spent: dict[tuple[str, int], list[Spent]] = {each: [] for each in SIDES}
    for _ in range(rounds):
        for kind, size in SIDES:
            command = [sys.executable, "-m", "benchmarks.cluster", str(folder), "--only", name]
            environment = {**os.environ, "POLARS_MAX_THREADS": str(size if kind == "local" else 1)}
            done = subprocess.run(
                [*command, "--side", kind, "--size", str(size)], capture_output=True, check=True, env=environment
            )
            spent[kind, size].append(Spent(*map(float, done.stdout.split())))
    return spent


def side(kind: str, size: int, folder: Path, query: str) -> Spent:
    """Run a query once, and return what it took."""
    from flowlocal import scan  # noqa: PLC0415
    from flowlocal.cluster import opening  # noqa: PLC0415
    from flowlocal.cluster.runners.processes import ProcessRunner  # noqa: PLC0415

    if kind == "local":
        os.sched_setaffinity(0, range(size))
        logs = scan(folder)
        return timed(lambda: logs.query(query))
    runner = ProcessRunner(size)
    list(runner.map(warm, [b"%d" % number for number in range(size)]))
    logs = opening.scan(folder, runner)
    spent = timed(lambda: logs.query(query), runner.processes)
    runner.close()
    return spent


def warm(processor: bytes) -> bytes:
    """Take one processor, load what tasks need, and wait until all processes have been started."""
    os.sched_setaffinity(0, {int(processor)})
    import flowlocal.cluster.tasks  # noqa: F401, PLC0415

    time.sleep(2)
    return b""


def timed(work: Callable[[], object], workers: Sequence[int] = ()) -> Spent:
    """Return what some work took, with the processor time of worker processes."""
    before, began = _processor(workers), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Spent(wall, _processor(workers) - before, memory)


def _processor(workers: Sequence[int]) -> float:
    ticks = 0
    for process in ("self", *workers):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def line(name: str, spent: dict[tuple[str, int], list[Spent]]) -> str:
    """Return a row of the table: least times, and their ratios."""
    wall = {each: min(run.wall for run in runs) for each, runs in spent.items()}
    used = {each: min(run.processor for run in runs) for each, runs in spent.items()}
    cells = [f"{wall[each]:.1f} ({used[each]:.1f})" for each in SIDES]
    ratios = [(("workers", 1), ("local", 1)), (("workers", 2), ("local", 2)), (("workers", 1), ("workers", 2))]
    figures = [f"{wall[one] / wall[other]:.2f} ({used[one] / used[other]:.2f})" for one, other in ratios]
    driver = max(run.memory for run in spent["workers", 2])
    return f"| {name} | {' | '.join([*cells, *figures])} | {driver:.0f} MB |"


if __name__ == "__main__":
    main()
