"""The engine ``processes``: the answers of a local run, also if a process is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, run

import polars as pl
import pytest

import flowlocal
from flowlocal import UnreadableInput
from flowlocal.cluster.opening import scan
from flowlocal.cluster.runners import ClusterAddress
from flowlocal.cluster.runners.processes import ProcessRunner, opened
from tests.cluster.corpus import check_equal
from tests.cluster.faults import DyingRunner
from tests.cluster.test_equal_answers import QUERIES

LOGS = Path(__file__).parents[2] / "sample_logs" / "s3"


@pytest.fixture(scope="module")
def runner() -> Iterator[ProcessRunner]:
    """Two processes."""
    with opened(ClusterAddress()) as started:
        started.slots = 2
        yield started


@pytest.mark.parametrize("query", QUERIES)
def test_answers(runner: ProcessRunner, query: str) -> None:
    """Rows, statistics and reports are those of a local run."""
    check_equal(flowlocal.scan(LOGS).query(query), scan(LOGS, runner, task_bytes=1).query(query))


@pytest.mark.parametrize("query", QUERIES[:2])
def test_a_killed_process_changes_nothing(runner: ProcessRunner, tmp_path: Path, query: str) -> None:
    """A task whose process dies is run again, whether tasks are mapped or exchange events."""
    dying = DyingRunner(runner, tmp_path / "died")
    check_equal(flowlocal.scan(LOGS).query(query), scan(LOGS, dying, task_bytes=1).query(query))
    assert dying.mark.exists()
    assert not list(tmp_path.glob("flowlocal-shuffle-*"))


def test_processes_that_died_between_tasks(runner: ProcessRunner) -> None:
    """Tasks are run by other processes if all are dead before the first of them is started."""
    assert list(runner.map(bytes.upper, [b"a"])) == [b"A"]
    for process in runner.processes:
        os.kill(process, signal.SIGKILL)
    while runner.processes:
        time.sleep(0.01)
    time.sleep(0.2)  # the pool sees it a little later
    assert list(runner.map(bytes.upper, [b"b", b"c", b"d"])) == [b"B", b"C", b"D"]


def test_the_environment_is_left_alone(runner: ProcessRunner) -> None:
    """Processes get one thread each, and this one keeps its own."""
    assert list(runner.map(threads, [b""])) == [b"1"]
    assert "POLARS_MAX_THREADS" not in os.environ


def threads(_task: bytes) -> bytes:
    """Return the number of threads of Polars in a process."""
    return str(pl.thread_pool_size()).encode()


def test_bad_input_is_named(runner: ProcessRunner, tmp_path: Path) -> None:
    """A task that cannot read its file says which file, and which line under `strict`."""
    good, bad = tmp_path / "good.log", tmp_path / "bad.log"
    good.write_bytes((LOGS.parent / "article" / "flow.log").read_bytes())
    bad.write_bytes(good.read_bytes() + b"odd\n")
    with pytest.raises(UnreadableInput) as here:
        flowlocal.scan([good, bad], strict=True).query("stats count(*)")
    with pytest.raises(UnreadableInput) as there:
        scan([good, bad], runner, task_bytes=1, strict=True).query("stats count(*)")
    assert vars(here.value) == vars(there.value)
    assert there.value.path == str(bad)
    logs = scan([good, bad], runner, task_bytes=1)
    bad.unlink()
    with pytest.raises(UnreadableInput, match="No such file") as gone:
        logs.query("stats count(*)")
    assert gone.value.path == str(bad)


def command(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run the command line in a folder, and return exit code and outputs."""
    done = run(
        [sys.executable, "-m", "flowlocal", "query", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


def test_command_line(tmp_path: Path) -> None:
    """`--engine processes` answers over relative paths, and refuses what it cannot do before anything is read."""
    (tmp_path / "logs").symlink_to(LOGS)
    query = "stats count(*) as n by action"
    local, there = (command(query, "logs/", *more, folder=tmp_path) for more in ((), ("--engine", "processes")))
    assert local == there
    assert {json.loads(line)["action"] for line in there[1].splitlines()} == {"ACCEPT", "REJECT", "-"}
    code, _, message = command("stats count(*) by abz(action)", "logs/", "--engine", "processes", folder=tmp_path)
    assert (code, "unknown function abz" in message) == (2, True)
    code, _, message = command(query, "logs/", "--engine", "processes", "--master", "x", folder=tmp_path)
    assert (code, "leave out --master" in message) == (2, True)
    code, _, message = command(query, "logs/", "--master", "x", folder=tmp_path)
    assert (code, "need --engine" in message) == (2, True)
    code, _, message = command(query, "--engine", "processes", folder=tmp_path)
    assert (code, "standard input" in message) == (3, True)


def test_workers_end_with_a_killed_driver() -> None:
    """Processes do not outlive the one that started them, however it ends."""
    code = (
        "from flowlocal.cluster.runners.processes import ProcessRunner\n"
        "import os, signal\n"
        "if __name__ == '__main__':\n"
        "    runner = ProcessRunner(1)\n"
        "    list(runner.map(bytes, [b'']))\n"
        "    print(*runner.processes, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = run([sys.executable, "-c", code], stdout=PIPE, encoding="utf-8", check=False, timeout=120)
    (worker,) = map(int, done.stdout.split())
    for _ in range(600):
        if not Path(f"/proc/{worker}").exists():
            return
        time.sleep(0.1)
    pytest.fail("the worker still runs")
