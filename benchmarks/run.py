"""Time the same questions with flowlocal and with what a user would pick instead, on the same files.

    python -m benchmarks.run [--size 100MB] [--files 1] [--shape lines] [--rounds 5] [--only WORD] [--memory]

Whole processes are timed, start-up included, tool after tool in turn, so that a busy moment of the machine hits all of
them. The table shows the least and the median of each in seconds, and for each peer the median of flowlocal's time
divided by the peer's in the same round: below 1 flowlocal is the faster. Answers are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
OURS = "flowlocal"


@dataclass(frozen=True)
class Question:
    """One question in the words of every tool; see questions.toml."""

    name: str
    insights: str
    sql: str = ""
    awk: str = ""
    after: str = "cat"
    value: int = 0


@dataclass(frozen=True)
class Files:
    """What the questions are put to."""

    directory: Path
    shape: str

    @property
    def pattern(self) -> str:
        """A glob for all files."""
        return f"{self.directory}/**/*.gz" if self.shape == "export" else f"{self.directory}/*"


@dataclass
class Timing:
    """How long the runs of one tool took, in seconds, and the most memory one of them held, in MB."""

    seconds: list[float] = field(default_factory=list)
    peak: float = 0.0

    def __str__(self) -> str:
        return f"{min(self.seconds):.2f} / {median(self.seconds):.2f}"


Command = str
Tool = Callable[[Question, Files], Command | None]


def flowlocal(question: Question, files: Files) -> Command | None:
    """The command line under test."""
    return shlex.join(
        [sys.executable, "-m", "flowlocal", "query", question.insights, str(files.directory), "-o", "csv"]
    )


def duckdb(question: Question, files: Files) -> Command | None:
    """DuckDB's CSV reader."""
    return shlex.join([sys.executable, str(HERE / "duck.py"), question.sql, files.pattern, files.shape])


def mawk(question: Question, files: Files) -> Command | None:
    """A one-liner in mawk, behind zcat where the files are compressed."""
    if not question.awk:
        return None
    offset, header = int(files.shape == "export"), '$1 == "version" { next } ' if files.shape == "s3" else ""
    program = f"mawk -v o={offset} {shlex.quote(header + question.awk)}"
    names = f"find {shlex.quote(str(files.directory))} -type f -print0 | sort -z | xargs -0"
    reading = f"{names} cat" if files.shape == "lines" else f"{names} zcat"
    return f"{reading} | {program} | {question.after}"


TOOLS: dict[str, Tool] = {OURS: flowlocal, "duckdb": duckdb, "mawk": mawk}


def execute(command: Command) -> tuple[float, float, bytes]:
    """Seconds, peak memory in MB and output of one run."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(["/bin/sh", "-c", f"exec 2>&1; {command}"], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode:
        raise RuntimeError(text.decode(errors="replace").strip().splitlines()[0] if text else command)
    return seconds, usage.ru_maxrss / 1000, text


def answers(text: bytes, question: Question, tool: str) -> list[str]:
    """The compared column of an answer, in order of value; blank where nothing is to be compared."""
    rows = list(csv.reader(io.StringIO(text.decode())))[1 if tool == OURS else 0 :]
    cells = [row[question.value - 1] if question.value else "" for row in rows]
    return sorted(cell for cell in cells if cell not in {"", "-"} or not question.value)


def able(question: Question, files: Files, tools: Sequence[str]) -> dict[str, Command]:
    """The commands of the tools that can answer; warns where their answers differ."""
    commands: dict[str, Command] = {}
    expected: list[str] | None = None
    for tool in tools:
        command = TOOLS[tool](question, files)
        if command is None:
            continue
        try:
            given = answers(execute(command)[2], question, tool)
        except RuntimeError as error:
            print(f"# {question.name}: {tool} cannot: {error}", file=sys.stderr)
            continue
        commands[tool] = command
        if expected is not None and given != expected:
            print(f"# {question.name}: {tool} answers otherwise: {given[:3]} for {expected[:3]}", file=sys.stderr)
        expected = given if expected is None else expected
    return commands


def race(commands: dict[str, Command], rounds: int) -> dict[str, Timing]:
    """Run the commands in turn, each round beginning with another one."""
    timings = {tool: Timing() for tool in commands}
    order = list(commands)
    for _ in range(rounds):
        for tool in order:
            seconds, peak, _ = execute(commands[tool])
            timings[tool].seconds.append(seconds)
            timings[tool].peak = max(timings[tool].peak, peak)
        order = order[1:] + order[:1]
    return timings


def ratio(ours: Timing, theirs: Timing) -> str:
    """The median of our time over theirs, round by round."""
    return f"{median(mine / other for mine, other in zip(ours.seconds, theirs.seconds, strict=True)):.2f}"


def row(name: str, timings: dict[str, Timing], tools: Sequence[str], memory: bool) -> str:
    """A line of the Markdown table."""
    cells = [name]
    for tool in tools:
        timing = timings.get(tool)
        cells.append(str(timing) if timing else "–")
        if tool != tools[0]:
            cells.append(ratio(timings[tools[0]], timing) if timing and tools[0] in timings else "–")
        if memory:
            cells.append(f"{timing.peak:.0f}" if timing else "–")
    return "| " + " | ".join(cells) + " |"


def head(first: str, tools: Sequence[str], memory: bool) -> str:
    """The head of the Markdown table."""
    cells = [first]
    for tool in tools:
        cells += [tool] + ([f"{tools[0]} ÷ {tool}"] if tool != tools[0] else []) + (["MB"] if memory else [])
    return "| " + " | ".join(cells) + " |\n|" + " --- |" * len(cells)


def make(directory: Path, size: str, *options: str) -> None:
    """Make files in a process of its own: what this one holds in memory would count as that of every tool."""
    subprocess.run([sys.executable, "-m", "benchmarks.generate", size, str(directory), *options], check=True)


def startup(directory: Path, rounds: int) -> None:
    """Time what a user waits for before any work is done."""
    lines = directory / "thousand-lines"
    make(lines, "112KB")
    python = shlex.quote(sys.executable)
    pairs = {
        "`flowlocal query` on a thousand lines; peer: `import polars`": (
            f"{python} -m flowlocal query 'stats count(*) by dstPort' {lines}",
            f"{python} -c 'import polars'",
        ),
        "`flowlocal --help`; peer: `import click`": (f"{python} -m flowlocal --help", f"{python} -c 'import click'"),
    }
    print(f"\n{head('start-up', [OURS, 'peer'], memory=False)}")
    for name, commands in pairs.items():
        for command in commands:
            execute(command)
        timings = race(dict(zip([OURS, "peer"], commands, strict=True)), rounds * 3)
        print(row(name, timings, [OURS, "peer"], memory=False), flush=True)


def describe(asked: argparse.Namespace) -> str:
    """What was measured, where and with what."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("flowlocal", "polars", "duckdb"))
    files = "1 file" if asked.files == 1 else f"{asked.files} files"
    return (
        f"{asked.size} of text in {files}, shape {asked.shape}; {asked.rounds} rounds; least / median in seconds\n\n"
        f"{platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()}, {packages}, mawk\n"
    )


def check_peers() -> list[str]:
    """The tools that are there."""
    there = {OURS: True, "duckdb": _importable("duckdb"), "mawk": shutil.which("mawk") is not None}
    for tool in (name for name, found in there.items() if not found):
        print(f"# {tool} is not installed and is left out", file=sys.stderr)
    return [name for name, found in there.items() if found]


def _importable(name: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="100MB", help="of the text before compression")
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--shape", choices=["lines", "s3", "export"], default="lines")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="WORD", help="only questions whose name holds WORD")
    parser.add_argument("--memory", action="store_true", help="show the peak memory of each, in MB")
    parser.add_argument("--no-startup", action="store_true", help="leave out the start-up rows")
    parser.add_argument("--directory", type=Path, default=HERE / "data", help="where the files are made, and kept")
    return parser.parse_args()


def main() -> None:
    """Make the files if they are not there, ask, print."""
    asked = arguments()
    files = Files(asked.directory / f"{asked.size}-{asked.files}-{asked.shape}", asked.shape)
    if not files.directory.exists():
        make(files.directory, asked.size, f"--files={asked.files}", f"--shape={asked.shape}")
    tools = check_peers()
    questions = [Question(**each) for each in tomllib.loads((HERE / "questions.toml").read_text("utf-8"))["question"]]
    print(describe(asked))
    print(head("question", tools, asked.memory))
    for question in (each for each in questions if asked.only in each.name):
        commands = able(question, files, tools)
        print(row(question.name, race(commands, asked.rounds), tools, asked.memory), flush=True)
    if not asked.no_startup:
        startup(asked.directory, asked.rounds)


if __name__ == "__main__":
    main()
