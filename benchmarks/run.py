"""Time the same questions with flowlocal and with what a user would pick instead, on the same files.

    python -m benchmarks.run --core
    python -m benchmarks.run [--size 100MB] [--files 1] [--shape lines] [--rounds 5] [--only WORD] [--memory]
                             [--tools flowlocal,duckdb] [--budget 600MB]
                             [--parts questions,startup,opened,small-files,dataset,growth,limits,reading]

Whole processes are timed, start-up included, tool after tool in turn, so that a busy moment of the machine hits all of
them. The table shows the least and the median of each in seconds, and after each peer the median of flowlocal's time
divided by the peer's in the same round, then the same of their processor time: below 1 flowlocal is the faster. Answers
are compared before anything is timed. ``--core`` measures everything that README.md states at 1 GB, one table after the
other, ready to be pasted: about half an hour once the files are made.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import beside, generate
from benchmarks.race import able, head, race, row
from benchmarks.tools import HERE, OURS, TOOLS, Files, available, questions

PARTS = ["questions", "startup", "opened", "small-files", "dataset", "growth", "limits", "reading"]
SHAPES = ["lines", "s3", "export", "parquet", "dataset"]
CORE = (
    "--size=1GB --tools=flowlocal,duckdb,polars --memory --parts=questions",
    "--size=100MB --tools=flowlocal,duckdb,polars --parts=questions,startup",
    "--size=1GB --shape=s3 --tools=flowlocal,duckdb --parts=questions --only=port",
    "--size=1GB --files=100 --tools=flowlocal,duckdb --parts=questions --only=by",
    "--size=1GB --shape=parquet --tools=flowlocal,duckdb --parts=questions --only=by",
    "--size=1GB --shape=dataset --tools=flowlocal,duckdb --parts=questions,opened",
    "--size=1GB --budget=600MB --tools=flowlocal,duckdb --memory --parts=questions --only=bytes",
    "--size=1GB --tools=flowlocal --parts=dataset,growth,limits,reading",
)
"""The runs of ``--core``."""


def made(asked: argparse.Namespace, files: int | None = None, shape: str | None = None, times: int = 1) -> Files:
    """Files of the size that was asked for, or of a multiple; kept for the next time.

    They are made in a process of their own: what this one holds in memory would count as that of every tool.
    """
    files, shape = files or asked.files, shape or asked.shape
    size = asked.size if times == 1 else str(times * generate.size(asked.size))
    directory = asked.directory / f"{size}-{files}-{shape}"
    if not directory.exists() and shape == "dataset":
        beside.make_dataset(directory, made(asked, files, "lines", times))
    elif not directory.exists():
        options = [f"--files={files}", f"--shape={shape}"]
        subprocess.run([sys.executable, "-m", "benchmarks.generate", size, str(directory), *options], check=True)
    return Files(directory, shape, asked.budget)


def describe(asked: argparse.Namespace, tools: list[str]) -> str:
    """Return what was measured, where and with what."""
    packages = ", ".join(f"{name} {_version(name)}".rstrip() for name in dict.fromkeys([OURS, "polars", *tools]))
    budget = f", at most {asked.budget} of memory" if asked.budget else ""
    files = "1 file" if asked.files == 1 else f"{asked.files} files"
    return (
        f"{asked.size} of text in {files}, shape {asked.shape}{budget}; "
        f"{asked.rounds} rounds; least / median in seconds\n\n"
        f"{date.today()}; {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {packages}\n"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a program
        return ""


def ask(asked: argparse.Namespace, tools: list[str]) -> None:
    """Put the questions to all tools."""
    files = made(asked)
    print(head("question", tools, memory=asked.memory))
    for question in (each for each in questions() if asked.only in each.name):
        timings = race(able(question, files, tools), asked.rounds)
        print(row(question.name, timings, tools, memory=asked.memory), flush=True)


def arguments(line: Sequence[str] | None = None) -> argparse.Namespace:
    """Read a command line, by default that of the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--core", action="store_true", help="everything that README.md states, at 1 GB; only --rounds counts"
    )
    parser.add_argument("--size", default="100MB", help="of the text before compression")
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--shape", choices=SHAPES, default="lines")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="WORD", help="only questions whose name holds WORD")
    parser.add_argument("--memory", action="store_true", help="show the peak memory of each, in MB")
    parser.add_argument("--budget", default="", help="memory that flowlocal and DuckDB may use (default: theirs)")
    parser.add_argument("--tools", default=",".join(TOOLS), help="flowlocal and those it is held against")
    parser.add_argument("--parts", default="questions,startup", help=f"what to measure: any of {', '.join(PARTS)}")
    parser.add_argument("--directory", type=Path, default=HERE / "data", help="where the files are made, and kept")
    asked = parser.parse_args(line)
    asked.parts = asked.parts.split(",")
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    return asked


def measure(asked: argparse.Namespace) -> None:
    """Make the files if they are not there, ask, print."""
    tools = available(asked.tools.split(","))
    print(describe(asked, tools))
    parts: dict[str, Callable[[], None]] = {
        "questions": lambda: ask(asked, tools),
        "startup": lambda: beside.startup(asked.directory, asked.rounds),
        "opened": lambda: beside.opened(made(asked), asked.rounds),
        "small-files": lambda: beside.small_files(made(asked, 1, "s3"), made(asked, 5_000, "s3"), asked.rounds),
        "dataset": lambda: beside.dataset(made(asked, shape="dataset"), made(asked), asked.rounds),
        "growth": lambda: beside.growth(made(asked, times=4), made(asked), asked.rounds),
        "limits": lambda: beside.limits(made(asked, 1, "lines"), made(asked, 1, "s3"), asked.rounds),
        "reading": lambda: beside.reading(made(asked, 1, "lines")),
    }
    for name in PARTS:
        if name in asked.parts:
            parts[name]()


def main() -> None:
    """Measure what was asked for, or the core."""
    asked = arguments()
    if not asked.core:
        measure(asked)
        return
    for line in CORE:
        print(f"\n### `{line}`\n")
        measure(arguments([*line.split(), f"--rounds={asked.rounds}", f"--directory={asked.directory}"]))


if __name__ == "__main__":
    main()
