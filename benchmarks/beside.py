"""What is measured beside the questions: start-up, small files, the dataset, growth, and what the machine allows."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.race import execute, head, race, row
from benchmarks.tools import HERE, OURS, Command, Files, query, questions

LIST = "filter dstPort in [22, 80, 443, 3389] | stats count(*) as n by dstPort"
DAY = "filter @timestamp >= 1777852800000 and @timestamp < 1777939200000 | stats count(*) as n by dstPort"
"""One day of the week that the files cover."""
QUESTIONS = {
    "count by port in a list": LIST,
    "bytes in each five minutes": "stats sum(bytes) as total by bin(5m)",
    "newest 20 lines with REJECT": "filter @message like /REJECT/ | sort @timestamp desc | limit 20",
}


def _compare(
    name: str, pairs: Mapping[str, tuple[Command, Command]], peer: str, rounds: int, *, memory: bool = False
) -> None:
    """Return a table of one side against another, both warmed up."""
    print(f"\n{head(name, [OURS, peer], memory=memory)}")
    for each, commands in pairs.items():
        for command in commands:
            execute(command)
        timings = race(dict(zip([OURS, peer], commands, strict=True)), rounds)
        print(row(each, timings, [OURS, peer], memory=memory), flush=True)


def startup(directory: Path, rounds: int) -> None:
    """Measure what a user waits for before any work is done."""
    lines = directory / "thousand-lines"
    if not lines.exists():
        subprocess.run([sys.executable, "-m", "benchmarks.generate", "112KB", str(lines)], check=True)
    python = shlex.quote(sys.executable)
    pairs = {
        "`flowlocal query` on a thousand lines; peer: `import polars`": (
            query("stats count(*) by dstPort", lines),
            f"{python} -c 'import polars'",
        ),
        "`flowlocal --help`; peer: `import click`": (f"{python} -m flowlocal --help", f"{python} -c 'import click'"),
    }
    _compare("start-up", pairs, "peer", rounds * 3)


def opened(files: Files, rounds: int) -> None:
    """Ask all questions in one process, beside DuckDB."""
    command = [sys.executable, "-m", "benchmarks.opened", str(files.directory), files.shape, str(rounds)]
    print(execute(shlex.join(command)).text.decode(), flush=True)


def small_files(one: Files, many: Files, rounds: int) -> None:
    """Thousands of small files against the same bytes in one."""
    pairs = {name: (query(each, many.directory), query(each, one.directory)) for name, each in QUESTIONS.items()}
    _compare("5,000 gzip files; peer: the same records in one", pairs, "peer", rounds)


def make_dataset(folder: Path, files: Files) -> None:
    """Import files into a folder."""
    made = [sys.executable, "-m", "flowlocal", "import", str(files.directory), "-o", str(folder)]
    print(f"\n`flowlocal import` took {execute(shlex.join(made)).seconds:.1f} s.")


def dataset(made: Files, files: Files, rounds: int) -> None:
    """Measure a dataset beside the text it was made of; both answers have to be the same."""
    pairs = {}
    for name, each in {**QUESTIONS, "one day, by port": DAY}.items():
        commands = query(each, made.directory), query(each, files.directory)
        if execute(commands[0]).text != execute(commands[1]).text:
            raise RuntimeError(f"the dataset answers otherwise: {each}")
        pairs[name] = commands
    _compare("dataset; peer: its text", pairs, "peer", rounds)


def growth(large: Files, small: Files, rounds: int) -> None:
    """Measure four times as much text beside the text."""
    asked = {each.name: each.insights for each in questions()}
    pairs = {name: (query(each, large.directory), query(each, small.directory)) for name, each in asked.items()}
    _compare("four times as much text; peer: the text", pairs, "peer", rounds, memory=True)


def limits(plain: Files, packed: Files, rounds: int) -> None:
    """Measure the lower bounds: to read the bytes, to count the lines, to decompress."""
    text, gzip = query(LIST, plain.directory), query(LIST, packed.directory)
    pairs = {
        "plain; peer: `cat`": (text, f"{plain.text} > /dev/null"),
        "plain; peer: `wc -l`": (text, f"{plain.text} | wc -l"),
        "gzip; peer: `zcat`": (gzip, f"{packed.text} > /dev/null"),
        "gzip; peer: ISA-L's igzip": (gzip, _igzip(packed)),
    }
    _compare("limits", pairs, "peer", rounds)


def reading(plain: Files) -> None:
    """Measure the native reader alone, on one core: every line is validated, one column is made."""
    command = [sys.executable, str(HERE / "reading.py"), *map(str, sorted(plain.directory.iterdir()))]
    print(f"\nReading alone, one core, one column: {execute(shlex.join(command)).text.decode().strip()}")


def _igzip(files: Files) -> Command:
    """Return the command of the fastest decompressor of one file: igzip, or the Python package of its library."""
    program = "igzip" if shutil.which("igzip") else f"{shlex.quote(sys.executable)} -m isal.igzip"
    return f"{program} -dc {shlex.quote(str(files.directory))}/* > /dev/null"
