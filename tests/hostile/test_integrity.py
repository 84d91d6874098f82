"""Imports and queries that are interrupted, killed, concurrent, or on a full disk: no event is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import flowlocal
from flowlocal.importing import import_logs
from flowlocal.sources.dataset.locking import locked
from flowlocal.sources.dataset.manifest import load
from flowlocal.sources.files.paths import MANIFEST
from tests.hostile.command import RECORD, Outcome, sound
from tests.hostile.command import flowlocal as command

LINES = 250_000
ROUNDS = int(os.environ.get("FLOWLOCAL_ROUNDS", "3"))
"""Moments at which each kind of run is ended."""
SEED = int(os.environ.get("FLOWLOCAL_SEED", str(time.time_ns())))
LONGEST = 0.8
"""Seconds after which a signal is sent at the latest, counted from the start of the work itself."""
_READY = """
import sys
from flowlocal import cli, engine, importing

print("ready", file=sys.stderr, flush=True)
sys.argv[0] = "flowlocal"
cli.main()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX does")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log that takes a while to read."""
    path = tmp_path_factory.mktemp("integrity") / "big.log"
    path.write_text(f"{RECORD}\n" * LINES)
    return path


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start a command line, and wait until its modules are loaded."""
    command = [sys.executable, "-c", _READY, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    assert process.stderr
    assert process.stderr.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a command line."""
    out, err = process.communicate(timeout=120)
    return Outcome(process.returncode, out, err, 0)


def interrupted(process: subprocess.Popen[str], seconds: float, number: int = signal.SIGINT) -> Outcome:
    """Send a signal to a command line after some seconds, and wait for it."""
    time.sleep(seconds)
    process.send_signal(number)
    return ended(process)


def count(dataset: Path) -> int:
    """Return the number of events of a dataset; what is missing must be said."""
    result = flowlocal.query("stats count(*) as n", dataset)
    assert any("unfinished: " in warning for warning in result.report.warnings) == bool(load(dataset).pending)
    return int(result.rows[0]["n"]) if result.rows else 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_imports_that_are_ended(number: int, log: Path, tmp_path: Path) -> None:
    """Ctrl-C ends an import with 130; however it is ended, what it has not registered is imported by the next."""
    moments = random.Random(SEED)
    for turn in range(ROUNDS):
        dataset, seconds = tmp_path / f"set{turn}", moments.uniform(0, LONGEST)
        done = interrupted(start("import", log, "-o", dataset), seconds, number)
        found = count(dataset) if (dataset / MANIFEST).exists() else 0
        assert done.code in (0, 130 if number == signal.SIGINT else -number), (SEED, seconds, done.err)
        assert found in ((LINES,) if done.code == 0 else (0, LINES)), (SEED, seconds, done.err)
        assert not done.err or found == LINES, (SEED, seconds, done.err)  # it may be ended after it has said so
        import_logs([log], dataset)
        assert count(dataset) == LINES, (SEED, seconds)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("stats count(*) as n", f'{{"n": "{LINES}"}}\n'),
        ("stats sum(bytes) as b by srcAddr", f'{{"srcAddr": "10.0.0.1", "b": "{40 * LINES}"}}\n'),
        (
            "filter srcAddr in (SOURCE logGroups() | stats count(*) by srcAddr | fields srcAddr) | stats count(*) as n",
            "",
        ),
    ],
)
def test_queries_that_are_interrupted(query: str, answer: str, log: Path) -> None:
    """Ctrl-C ends a query with 130 and no answer, or comes too late."""
    moments = random.Random(SEED)
    answer = answer or f'{{"n": "{LINES}"}}\n'
    for _ in range(ROUNDS):
        seconds = moments.uniform(0, LONGEST)
        done = interrupted(start("query", query, log), seconds)
        assert (done.code, done.out) in ((130, ""), (130, answer), (0, answer)), (SEED, seconds, done)
        assert done.err == "", (SEED, seconds)


def test_two_imports_at_once(log: Path, tmp_path: Path) -> None:
    """Of imports that start together, one goes on and the others are refused, or find nothing more to do."""
    dataset = tmp_path / "set"
    outcomes = [ended(each) for each in [start("import", log, "-o", dataset) for _ in range(3)]]
    for outcome in outcomes:
        sound(outcome)
    assert {outcome.code for outcome in outcomes} <= {0, 3}
    assert 0 in {outcome.code for outcome in outcomes}
    assert all("another import is writing this dataset" in each.err for each in outcomes if each.code == 3)
    assert count(dataset) == LINES


def test_a_dataset_that_is_written(tmp_path: Path) -> None:
    """An import is refused while another one holds the lock, not after; queries are answered all the while."""
    (tmp_path / "a.log").write_text(f"{RECORD}\n")
    (tmp_path / "b.log").write_text(f"{RECORD}\n")
    import_logs([tmp_path / "a.log"], tmp_path / "set")
    before = (tmp_path / "set" / MANIFEST).read_bytes()
    with locked(tmp_path / "set"):
        refused = command("import", tmp_path / "b.log", "-o", tmp_path / "set")
        assert count(tmp_path / "set") == 1
    assert (refused.code, refused.out) == (3, "")
    assert "another import is writing this dataset" in refused.err
    assert (tmp_path / "set" / MANIFEST).read_bytes() == before
    assert import_logs([tmp_path / "b.log"], tmp_path / "set").files == 1
    assert count(tmp_path / "set") == 2


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """An import on a full disk says so, leaves no partial file, and is completed when there is space."""
    varied = (RECORD.replace(" 10.0.0.1 ", f" 10.{n % 199}.{n % 251}.{n % 241} ") for n in range(50_000))
    (tmp_path / "a.log").write_text("\n".join(varied))
    done = command("import", tmp_path / "a.log", "-o", tmp_path / "set", largest_file=50_000)
    assert (done.code, done.out) == (3, "")
    assert "cannot write" in done.err
    assert str(tmp_path / "set") in done.err
    assert count(tmp_path / "set") == 0
    assert list((tmp_path / "set").glob("*part*")) == []
    assert command("import", tmp_path / "a.log", "-o", tmp_path / "set").code == 0
    assert count(tmp_path / "set") == 50_000
