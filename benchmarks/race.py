"""How it is compared: whole processes take turns, and every round begins with another one."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from benchmarks.tools import OURS, TOOLS, Command, Files, Question

_Side = TypeVar("_Side")


@dataclass
class Timing:
    """How long the runs of one tool took, in seconds, and the most memory one of them held, in MB.

    Attributes:
        seconds: of each run.
        cpu: processor time of each run: less shaken by what else the machine does.
        peak: the most memory.
    """

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0

    def __str__(self) -> str:
        return f"{min(self.seconds):.2f} / {median(self.seconds):.2f}"


def _environment() -> dict[str, str]:
    """Return the environment of this process, but with compiled modules kept, as an installation has them."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Run:
    """One run: seconds, seconds of processor time, peak memory in MB, and output."""

    seconds: float
    cpu: float
    peak: float
    text: bytes


def execute(command: Command) -> Run:
    """Run a command.

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(["/bin/sh", "-c", f"exec 2>&1; {command}"], stdout=out, env=_environment())
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode:
        raise RuntimeError(text.decode(errors="replace").strip().splitlines()[0] if text else command)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, text)


def answers(text: bytes, question: Question, tool: str) -> list[str]:
    """Return the compared column of an answer, in order of value; blank if nothing is to be compared."""
    rows = list(csv.reader(io.StringIO(text.decode())))[1 if tool == OURS else 0 :]
    cells = [row[question.value - 1] if question.value else "" for row in rows]
    return sorted(cell for cell in cells if cell not in {"", "-"} or not question.value)


def able(question: Question, files: Files, tools: Sequence[str]) -> dict[str, Command]:
    """Return the commands of the tools that can answer; warn if their answers differ."""
    commands: dict[str, Command] = {}
    expected: list[str] | None = None
    for tool in tools:
        command = TOOLS[tool](question, files)
        if command is None:
            continue
        try:
            given = answers(execute(command).text, question, tool)
        except RuntimeError as error:
            print(f"# {question.name}: {tool} cannot: {error}", file=sys.stderr)
            continue
        commands[tool] = command
        if expected is not None and given != expected:
            print(f"# {question.name}: {tool} answers otherwise: {given[:3]} for {expected[:3]}", file=sys.stderr)
        expected = given if expected is None else expected
    return commands


def race(commands: Mapping[str, Command], rounds: int) -> dict[str, Timing]:
    """Run the commands in turn."""
    return in_turn(commands, execute, rounds)


def in_turn(sides: Mapping[str, _Side], run: Callable[[_Side], Run], rounds: int) -> dict[str, Timing]:
    """Run all sides in turn, each round beginning with another one."""
    timings = {name: Timing() for name in sides}
    order = list(sides)
    for _ in range(rounds):
        for name in order:
            done, timing = run(sides[name]), timings[name]
            timing.seconds.append(done.seconds)
            timing.cpu.append(done.cpu)
            timing.peak = max(timing.peak, done.peak)
        order = order[1:] + order[:1]
    return timings


def ratio(ours: Timing, theirs: Timing) -> str:
    """Return the median of our time over theirs, round by round; and of the processor time."""
    pairs = (ours.seconds, theirs.seconds), (ours.cpu, theirs.cpu)
    return " / ".join(f"{median(mine / other for mine, other in zip(*pair, strict=True)):.2f}" for pair in pairs)


def row(name: str, timings: Mapping[str, Timing], tools: Sequence[str], *, memory: bool = False) -> str:
    """Return a line of the Markdown table: the times of the first tool, and of each other one with the ratio to it."""
    cells = [name]
    for tool in tools:
        timing = timings.get(tool)
        cells.append(str(timing) if timing else "–")
        if tool != tools[0]:
            cells.append(ratio(timings[tools[0]], timing) if timing and tools[0] in timings else "–")
        if memory:
            cells.append(f"{timing.peak:.0f}" if timing else "–")
    return "| " + " | ".join(cells) + " |"


def head(first: str, tools: Sequence[str], *, memory: bool = False) -> str:
    """Return the head of the Markdown table."""
    cells = [first]
    for tool in tools:
        cells += [tool] + ([f"÷ {tool}"] if tool != tools[0] else []) + (["MB"] if memory else [])
    return "| " + " | ".join(cells) + " |\n|" + " --- |" * len(cells)
