"""What the command line must not load, and how it refuses wrong usage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.command import RECORD

HEAVY = ("polars", "pyarrow", "rich", "importlib.metadata", "numpy", "msgspec")
DATACLASSES = """(
    f"{name}.{each}"
    for name, module in list(sys.modules.items())
    if name.startswith("flowlocal.")
    for each, value in vars(module).items()
    if "__dataclass_fields__" in getattr(value, "__dict__", ())
)"""
"""An expression for the names of dataclasses in loaded modules."""


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a pipe."""
    command = [sys.executable, "-m", "flowlocal", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, stdin=subprocess.DEVNULL)


def imported_by(code: str) -> set[str]:
    """Which heavy modules a piece of Python loads."""
    probe = f"import sys\n{code}\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, encoding="utf-8", check=True)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


def printed_after(arguments: list[str], names: str) -> list[str]:
    """Return the names that an expression has after the command line was run in a process of its own."""
    program = f"import sys\nfrom flowlocal.cli._guard import run\nrun({arguments})\nprint(*{names})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert len(done.stdout.splitlines()) > 1, done.stderr
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("arguments", [["--help"], ["query", "--help"], ["completion", "bash"], []])
def test_help_is_light(arguments: list[str]) -> None:
    """Help and completion load neither Polars nor anything else that takes time."""
    assert imported_by(f"from flowlocal.cli._guard import run; run({arguments})") == set()


def test_import_is_light() -> None:
    """``import flowlocal`` loads neither Polars nor click."""
    assert imported_by("import flowlocal") == set()


def test_a_query_loads_its_own_commands(tmp_path: Path) -> None:
    """A query loads the commands that it names, the family of its functions, and no folders of names."""
    (tmp_path / "flow.log").write_text(f"{RECORD}\n")
    query = ["query", "stats count(*) by dstPort | sort dstPort", str(tmp_path / "flow.log")]
    loaded = set(printed_after(query, "[name for name in sys.modules if name.startswith('flowlocal.')]"))
    commands = {name for name in loaded if name.startswith("flowlocal.commands.")}
    functions = {name for name in loaded if name.startswith("flowlocal.functions.")}
    assert commands == {"flowlocal.commands.stats", "flowlocal.commands.sort"}
    assert functions == {"flowlocal.functions.aggregates"}
    tables = {"flowlocal.lookups.folder", "flowlocal.lookups.reading", "flowlocal.lookups.mmdb"}
    assert not loaded & {*tables, "flowlocal.notes", "flowlocal.handbook", "flowlocal.explaining"}


@pytest.mark.parametrize(
    "query",
    [
        "fields srcAddr",
        "filter dstPort in [22, 80] | stats count(*) as n, avg(bytes) by bin(1h) | sort n desc | limit 3",
        "parse @message '* * *' as a, b, c | dedup a",
        "lookup ports port as dstPort OUTPUT service",
    ],
)
def test_a_query_makes_no_dataclass(query: str, tmp_path: Path) -> None:
    """What a query loads, but for its notes, is made of ``msgspec.Struct``: a dataclass takes a millisecond to make."""
    (tmp_path / "flow.log").write_text(f"{RECORD}\n")
    (tmp_path / "ports.csv").write_text("port,service\n22,ssh\n")
    arguments = ["query", "--quiet", query, str(tmp_path / "flow.log"), "--table", f"ports={tmp_path / 'ports.csv'}"]
    assert printed_after(arguments, DATACLASSES) == []


def test_help_lists_every_subcommand() -> None:
    """The modules of the package are the subcommands, each with a line of help."""
    shown = run("--help").stdout
    for name in ("completion", "query"):
        assert f"  {name}  " in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query"], "give a QUERY, or -f FILE"),
        (["query", "limit 1", "--start", "yesterday", "x"], "invalid time 'yesterday'"),
        (["query", "limit 1", "--start", "-1h", "--end", "-2h", "x"], "--start is later than --end"),
        (["query", "limit 1", "-o", "xml", "x"], "'xml' is not one of"),
        (["query", "limit 1", "--limit", "0", "x"], "--limit"),
        (["query", "-f", "nowhere.insights", "x"], "there is no query file nowhere.insights"),
        (["nosuch"], "no command is called nosuch"),
        (["query", "--nosuch"], "No such option"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    """Wrong usage is exit code 2, a message on standard error and nothing on standard output."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_version() -> None:
    """``--version`` names the program and its version."""
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("flowlocal ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    """``completion`` prints a script for the shell, which calls flowlocal back."""
    done = run("completion", shell)
    assert done.returncode == 0
    assert f"_FLOWLOCAL_COMPLETE={shell}_complete" in done.stdout


def test_completion_answers() -> None:
    """The script's call gives the words that fit."""
    code = "from flowlocal.cli._guard import run; run([])"
    variables = {"_FLOWLOCAL_COMPLETE": "bash_complete", "COMP_WORDS": "flowlocal query -o js", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False, env=variables
    )
    assert done.stdout.split() == ["plain,json", "plain,jsonl"]


LATER = """
import sys
from flowlocal import warming
warming._UNREAD = {unread}
warming.warm_up()
import polars as pl
print(*[name for name in sys.modules if name.startswith("polars.io.delta")])
try:
    pl.read_delta("gone")
except Exception as error:
    print(type(error).__name__)
print(pl.select(pl.lit(1) + 1).item(), pl.io.delta.__name__)
"""


def printed_with(unread: str) -> list[str]:
    """Return what LATER prints in a process of its own."""
    program = [sys.executable, "-c", LATER.format(unread=unread)]
    return subprocess.run(program, check=True, capture_output=True, encoding="utf-8").stdout.splitlines()


def test_polars_without_what_no_query_reads() -> None:
    """A query leaves out parts of Polars, which are loaded when they are called."""
    loaded = printed_after(["query", "fields 1", __file__], "[name for name in sys.modules if 'iceberg' in name]")
    assert loaded == []
    assert printed_with("warming._UNREAD") == ["", "ModuleNotFoundError", "2 polars.io.delta"]


def test_another_polars_is_imported_whole() -> None:
    """Where Polars needs more of such a module than its functions, it is imported as it is."""
    loaded, *others = printed_with('("polars.io.delta", "polars.datatypes")')
    assert "polars.io.delta.functions" in loaded.split()
    assert others == ["ModuleNotFoundError", "2 polars.io.delta"]
