"""What is compared: the questions, the files they are put to, and how each tool is asked."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
OURS = "flowlocal"
FIELDS = (
    *("version", "account_id", "interface_id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol"),
    *("packets", "bytes", "start", "end", "action", "log_status"),
)
_PATTERNS = {"export": "**/*.gz", "dataset": "*.parquet"}
Command = str


@dataclass(frozen=True)
class Question:
    """One question in the words of every tool; see questions.toml."""

    name: str
    insights: str
    sql: str
    polars: str
    awk: str = ""
    after: str = "cat"
    miller: str = ""
    value: int = 0


@dataclass(frozen=True)
class Files:
    """What the questions are put to, and the memory that flowlocal and DuckDB may use for it; theirs if it is empty."""

    directory: Path
    shape: str
    budget: str = ""

    @property
    def pattern(self) -> str:
        """A glob for all files."""
        return f"{self.directory}/{_PATTERNS.get(self.shape, '*')}"

    @property
    def text(self) -> Command:
        """A command that writes all of their text."""
        names = f"find {shlex.quote(str(self.directory))} -type f -print0 | sort -z | xargs -0"
        return f"{names} cat" if self.shape == "lines" else f"{names} zcat"


Tool = Callable[[Question, Files], Command | None]


def flowlocal(question: Question, files: Files) -> Command | None:
    """Return the command line under test."""
    return query(question.insights, files.directory, *(["--memory", files.budget] if files.budget else []))


def query(insights: str, path: Path, *options: str) -> Command:
    """Our command line over any path."""
    return shlex.join(
        [sys.executable, "-m", "flowlocal", "query", insights, str(path), "-o", "csv", "--quiet", *options]
    )


def duckdb(question: Question, files: Files) -> Command | None:
    """DuckDB's readers of CSV and of Parquet."""
    return _side("duck.py", question.sql, files, files.budget)


def chdb(question: Question, files: Files) -> Command | None:
    """ClickHouse within Python."""
    return _side("clickhouse.py", question.sql, files)


def polars(question: Question, files: Files) -> Command | None:
    """Polars as one would write it by hand, without a look at odd lines."""
    return _side("hand.py", question.polars, files)


def _side(script: str, question: str, files: Files, *options: str) -> Command | None:
    if files.shape == "parquet" and "line" in question:  # there, only flowlocal knows of lines
        return None
    if files.shape == "dataset" and script != "duck.py":  # the questions name its columns otherwise
        return None
    return shlex.join([sys.executable, str(HERE / script), question, files.pattern, files.shape, *options])


def mawk(question: Question, files: Files) -> Command | None:
    """Return a one-liner in mawk, after zcat if the files are compressed."""
    if not question.awk or files.shape in ("parquet", "dataset"):
        return None
    offset, header = int(files.shape == "export"), '$1 == "version" { next } ' if files.shape == "s3" else ""
    return f"{files.text} | mawk -v o={offset} {shlex.quote(header + question.awk)} | {question.after}"


def miller(question: Question, files: Files) -> Command | None:
    """Return a chain of Miller's verbs, after zcat if the files are compressed."""
    if not question.miller or files.shape in ("parquet", "dataset"):
        return None
    names = ",".join(["exported"] * (files.shape == "export") + list(FIELDS))
    header = "filter '$version != \"version\"' then " if files.shape == "s3" else ""
    options = "--inidx --ifs ' ' --ocsv --headerless-csv-output"
    return f"{files.text} | mlr {options} label {names} then {header}{question.miller}"


TOOLS: dict[str, Tool] = {
    OURS: flowlocal,
    "duckdb": duckdb,
    "polars": polars,
    "chdb": chdb,
    "mawk": mawk,
    "miller": miller,
}
_PROGRAMS = {"mawk": "mawk", "miller": "mlr"}


def questions() -> list[Question]:
    """All of them, in order."""
    return [Question(**each) for each in tomllib.loads((HERE / "questions.toml").read_text("utf-8"))["question"]]


def available(wanted: list[str]) -> list[str]:
    """Those of the tools that are there; the others are named on standard error."""
    there = [name for name in wanted if _is_there(name)]
    for name in sorted(set(wanted) - set(there)):
        print(f"# {name} is not installed and is left out", file=sys.stderr)
    return there


@cache
def _is_there(name: str) -> bool:
    if name in _PROGRAMS:
        return shutil.which(_PROGRAMS[name]) is not None
    return subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0
