"""Options have one word each in all subcommands."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest

from flowlocal.cli._group import flowlocal
from flowlocal.cli._options import RENAMED
from tests import in_process

ROOT = click.Context(flowlocal)
COMMANDS = {name: flowlocal.get_command(ROOT, name) for name in flowlocal.list_commands(ROOT)}
OUTPUT_OF_IMPORT = {"-o", "--output"}
"""`import` has no format, so -o can be short for --output there."""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command line."""
    return in_process.flowlocal(*arguments)


def options() -> list[tuple[str, click.Option]]:
    """Return all options with the names of their subcommands."""
    found = [(name, each) for name, command in COMMANDS.items() if command for each in command.params]
    return [(name, each) for name, each in found if isinstance(each, click.Option)]


def test_same_spellings_everywhere() -> None:
    """Options that share a spelling share all of them."""
    spellings: dict[str, tuple[str, set[str]]] = {}
    for command, option in options():
        own = set(option.opts)
        if command in {"import", "record"} and own == OUTPUT_OF_IMPORT:
            own = {"--output"}
        for word in own:
            where, others = spellings.setdefault(word, (command, own))
            assert own == others, f"{word} in {command} and {where}"


RENAMED_IN = [
    (command, old, new) for old, new in RENAMED.items() for command, option in options() if new in option.opts
]


@pytest.mark.parametrize(("command", "old", "new"), RENAMED_IN)
def test_earlier_names(command: str, old: str, new: str) -> None:
    """An earlier name is refused with that of today."""
    done = run(command, old, "a=b")
    assert done.returncode == 2
    assert f"{old} is now {new}" in done.stderr


def test_no_earlier_name_is_left() -> None:
    """No subcommand takes an earlier name."""
    assert {command for command, _old, _new in RENAMED_IN} == {
        "compare",
        "console",
        "explain",
        "query",
        "record",
        "report",
        "serve",
        "shell",
        "test",
    }
    assert not [(command, option.opts) for command, option in options() if set(option.opts) & set(RENAMED)]


@pytest.mark.parametrize(
    ("arguments", "help_"),
    [
        (["query", "limit 1", "x", "-o", "rows.csv"], "use --output rows.csv"),
        (["report", "x", "-o", "page.html"], "use --output page.html"),
        (["check", "-q", "limit 1", "-o", "./found"], "use --output ./found"),
        (["import", "x", "-o", "json"], "json is a format; import writes Parquet: name a directory, such as ./json"),
    ],
)
def test_a_format_is_not_a_file(arguments: list[str], help_: str) -> None:
    """The error for -o with the other meaning names the right option."""
    done = run(*arguments)
    assert done.returncode == 2
    assert help_ in " ".join(done.stderr.split())


def test_output_of_import(tmp_path: Path) -> None:
    """Both spellings name the directory of a dataset."""
    line = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 443 49152 6 1 40 1418530010 1418530070 ACCEPT OK\n"
    (tmp_path / "a.log").write_text(line)
    assert run("import", tmp_path / "a.log", "-o", tmp_path / "one").returncode == 0
    assert run("import", tmp_path / "a.log", "--output", tmp_path / "two").returncode == 0
