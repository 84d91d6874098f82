"""Run flowlocal as a user does, under limits, and state what must hold of every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import in_process

RECORD = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 1 22 6 1 40 1777600000 1777600060 ACCEPT OK"
"""A valid record of the default format."""
_DEFECT = 70
_ABORTED = "panicked at", "Traceback (most recent call last)", "this is a defect"


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    Attributes:
        code: exit code; negative if a signal killed it.
        out: standard output.
        err: standard error.
        peak: peak memory in bytes (maximum resident set size).
    """

    code: int
    out: str
    err: str
    peak: int


def flowlocal(
    *arguments: str | bytes | os.PathLike[str],
    stdin: bytes = b"",
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    seconds: float = 60,
    largest_file: int | None = None,
) -> Outcome:
    """Run a command line in a process of its own; raise AssertionError for a hang, a panic or a traceback.

    Args:
        arguments: the command line after `flowlocal`.
        stdin: standard input.
        folder: working directory.
        variables: environment variables that are added.
        seconds: time after which the run counts as hanging.
        largest_file: bytes that a file may have which the run writes; a larger one fails as on a full disk.
    """
    read, write = os.pipe()
    command = [sys.executable, "-c", _MEASURED, str(write), *arguments]
    environment = {**os.environ, **(variables or {})}
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            cwd=folder,
            env=environment,
            timeout=seconds,
            check=False,
            pass_fds=[write],
            preexec_fn=None if largest_file is None else lambda: _limit_files(largest_file),
        )
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"{arguments} did not end within {seconds} s") from error
    finally:
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            peak = pipe.read()
    out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    outcome = Outcome(done.returncode, out, err, int(peak or 0))
    sound(outcome, arguments)
    return outcome


def here(
    *arguments: str | bytes | os.PathLike[str],
    stdin: bytes = b"",
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Outcome:
    """Run a command line in this process, where that is not what is tested; raise AssertionError for a defect."""
    line = map(os.fsdecode, arguments)
    done = in_process.flowlocal(*line, stdin=stdin.decode(), folder=folder, variables=variables)
    outcome = Outcome(done.returncode, done.stdout, done.stderr, 0)
    sound(outcome, arguments)
    return outcome


def _limit_files(most: int) -> None:
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def sound(outcome: Outcome, arguments: Sequence[object] = ()) -> None:
    """Raise AssertionError if a run ended in a defect."""
    shown = f"{arguments}: exit code {outcome.code}\n{outcome.err[-2000:]}"
    assert outcome.code != _DEFECT, shown
    assert outcome.code >= 0, shown
    assert not any(word in outcome.err for word in _ABORTED), shown


def several(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return a command that runs command lines one after the other in one process and prints their exit codes last."""
    return [sys.executable, "-c", _SEVERAL, json.dumps(lines)]


_SEVERAL = """
import json, sys
from flowlocal.cli._guard import run
print([run(line) for line in json.loads(sys.argv[1])])
"""
_MEASURED = """
import atexit, os, resource, sys
from flowlocal import cli

pipe = int(sys.argv.pop(1))
def peak():
    try: # Linux hands the other figure on from the process that started this one
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

atexit.register(lambda: os.write(pipe, str(peak()).encode()))
sys.argv[0] = "flowlocal"
cli.main()
"""
"""Write peak memory to a pipe at exit: the figures that the system keeps of children are those of all of them."""
