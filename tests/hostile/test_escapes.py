"""Names and values full of escape sequences and workflow commands: no terminal and no CI system obeys them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from flowlocal import outputs
from flowlocal.checking import reports
from flowlocal.cli._group import _modules
from tests.hostile.command import RECORD, flowlocal, several
from tests.shell.screen import Screen
from tests.terminal import on_terminal

ESCAPES = "\x1b[5;35mEVIL\x1b]0;owned\x07\x9b2J\u202e\u200f\u2028\u2066\x08\r"
"""SGR that is not ours, a title for the window, C1, texts from right to left, a separator of lines, going back."""
COMMANDS = "x\n::error::EVIL\n  ::warning::EVIL\n##[error]EVIL %0A::error::EVIL"
"""What runners of GitHub, and of Azure with ``##vso[``, take for commands of a workflow."""
NAME = ESCAPES + "\n" + COMMANDS
LOGS = f"logs{NAME}"
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
OURS = re.compile(r"\x1b\[(?!5;35m)[\d;]*m")
COMMAND = re.compile(r"^\s*::(?!(?:error|warning|notice) file=)|##\w*\[", re.MULTILINE)
QUERY = f"filter @message = '{ESCAPES}' or 1 = 1 | stats count(*) as `{ESCAPES}` by @message as `b{ESCAPES}`"

pytest.importorskip("pty")


def harmless(shown: str) -> None:
    """Fail if a terminal would obey anything but our own styles."""
    obeyed = OBEYED.findall(OURS.sub("", shown))
    assert not obeyed, (obeyed, shown)
    assert "\x1b[5;35m" not in shown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which all names and values are full of escapes."""
    logs = tmp_path / LOGS
    logs.mkdir()
    event = {"timestamp": 1777600000000, "message": json.dumps({f"key{ESCAPES}": ESCAPES, "n": 1})}
    (logs / f"{NAME}.json").write_text(json.dumps({"events": [event]}))
    (logs / f"{NAME}.log").write_bytes(f"{RECORD}\n2 {ESCAPES}\n{RECORD}\n".encode())
    (tmp_path / f"{NAME}.insights").write_bytes(f"# {NAME}\nfilter a = '{ESCAPES}' {ESCAPES} ::error::\n".encode())
    (tmp_path / "good.insights").write_text("stats count(*)")
    case = f"title = {json.dumps(NAME)}\nquery = {json.dumps(QUERY)}\nlines = {json.dumps(ESCAPES)}\n"
    rows = f'rows = [{{ "{json.dumps(NAME)[1:-1]}" = {json.dumps(NAME)} }}]\n'
    (tmp_path / f"{NAME}.insights.toml").write_text(case + rows)
    (tmp_path / f"{NAME}wrong.insights.toml").write_text(case + f"{json.dumps(NAME)} = 1")
    (tmp_path / "settings").mkdir()
    settings = f"log_group = {json.dumps(NAME)}\ntables = {{ {json.dumps(NAME)} = {json.dumps(NAME)} }}\n"
    (tmp_path / "settings" / "flowlocal.toml").write_text(settings)
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "flowlocal.toml").write_text(f"{json.dumps(NAME)} = 1")
    return tmp_path


LINES: dict[str, list[list[str]]] = {
    "query": [
        *(["fields @timestamp, @message", "LOGS", "-o", form.name] for form in outputs.every() if not form.binary),
        [QUERY, "LOGS"],
        [QUERY, "LOGS", "-o", "markdown"],
        [QUERY, "LOGS", "--chart", "bar"],
        [f"stats count(*) as `{ESCAPES}` by bin(1h)", "LOGS", "--chart", "line"],
        ["limit 1", "LOGS", "--strict"],
        ["limit 1", f"nowhere{NAME}"],
        ["limit 1", "LOGS", "--log-format", NAME],
        ["limit 1", "LOGS", "--start", NAME],
        ["limit 1", "LOGS", f"--{NAME}"],
        ["limit 1", "LOGS", "--chart-file", NAME],
        ["-f", f"{NAME}.insights", "LOGS"],
        ["-f", f"nowhere{NAME}.insights", "LOGS"],
        ["lookup t a OUTPUT b", "LOGS", "--table", f"t={NAME}"],
        [f"filter {NAME}", "LOGS"],
    ],
    "explain": [[QUERY, "LOGS"], [QUERY, "LOGS", "-o", "json"], [NAME, "LOGS"]],
    "fields": [["LOGS"], ["LOGS", "-o", "json"], [f"nowhere{NAME}"]],
    "report": [
        ["LOGS", "--only", "overview"],
        ["LOGS", "--only", "overview", "-o", "markdown"],
        ["LOGS", "--only", "overview", "-o", "html"],
        ["--only", NAME],
        ["--queries", ".", "LOGS"],
    ],
    "import": [["LOGS", "-o", f"dataset{NAME}"], [f"nowhere{NAME}", "-o", "dataset"]],
    "check": [
        *(["-o", form, "."] for form in reports.names()),
        ["-q", QUERY, "-q", NAME],
        ["--ignore", NAME],
        [f"nowhere{NAME}"],
    ],
    "test": [
        ["."],
        ["--github", "."],
        ["--junit-xml", "/dev/stdout", "."],
        [".", "--logs", "LOGS"],
        [f"nowhere{NAME}"],
        ["-p", NAME],
    ],
    "serve": [["--log-group", f"{NAME}=LOGS"], [f"nowhere{NAME}"], ["--host", NAME]],
    "config": [[], [NAME]],
    "console": [[f"nowhere{NAME}", "--no-browser", "--port", "0"], ["--host", NAME], ["--log-group", f"{NAME}="]],
    "compare": [
        [QUERY, "LOGS", "--before", "/2020-01-01", "--after", "2020-01-01/"],
        [QUERY, "LOGS", "--before", NAME, "--after", "2020-01-01/"],
        [f"nowhere{NAME}", "--before-logs", NAME, "--after-logs", NAME],
    ],
    "conversations": [["LOGS"], [f"nowhere{NAME}"], ["LOGS", "--by", NAME]],
    "rules": [["LOGS"], ["LOGS", "-o", "terraform"], [f"nowhere{NAME}"], ["LOGS", "--names", NAME]],
    "cookbook": [[], [NAME]],
    "fmt": [["--diff", "."], ["--check", "."], [f"nowhere{NAME}"]],
    "lsp": [[NAME]],
    "record": [[NAME], [QUERY, "--log-group", NAME]],
    "help": [[NAME], ["stats"]],
    "completion": [[NAME]],
    "shell": [[f"nowhere{NAME}"]],  # the prompt has a test of its own
}
"""Command lines by subcommand; LOGS is the folder of logs."""


def lines_of(subcommand: str) -> list[list[str]]:
    """Return the command lines of a subcommand."""
    quiet = ["--no-progress"] if subcommand in {"query", "report", "fields", "import"} else []
    return [[subcommand, *quiet, *(LOGS if word == "LOGS" else word for word in line)] for line in LINES[subcommand]]


def check_codes(shown: str) -> None:
    """Fail if one of the lines ended in a defect."""
    assert set(json.loads(shown.splitlines()[-1])) <= {0, 1, 2, 3}, shown


def test_every_subcommand_is_here() -> None:
    """A new subcommand gets its lines above."""
    assert set(LINES) == set(_modules())


@pytest.mark.parametrize("subcommand", sorted(LINES))
def test_terminal(subcommand: str, folder: Path) -> None:
    """Whatever the names and values, a terminal gets nothing to obey."""
    code, shown = on_terminal(several(lines_of(subcommand)), folder=folder)
    assert code == 0, shown
    check_codes(shown)
    harmless(shown)


@pytest.mark.parametrize("place", ["settings", "wrong"])
def test_configuration(place: str, folder: Path) -> None:
    """Neither settings nor what is wrong with them steer a terminal."""
    _, shown = on_terminal([sys.executable, "-m", "flowlocal", "config"], folder=folder / place)
    harmless(shown)


def _has_prompts(count: int, text: str) -> bool:
    return text.count("flowlocal>") >= count


def test_prompt(folder: Path) -> None:
    """Neither does a session at the prompt."""
    command = [sys.executable, "-m", "flowlocal", "shell", LOGS, "--no-pager"]
    with Screen(command, folder=folder, lines=100) as screen:
        typed = ("fields @message", "fields", "stats count(*) by @message", "chart", "help stats", "format csv")
        for number, each in enumerate(typed, 1):
            screen.wait(partial(_has_prompts, number))
            screen.type(each + "\r")
        screen.wait(partial(_has_prompts, len(typed) + 1))
        screen.type("filter key\t\t")
        screen.wait(lambda text: "EVIL" in text.splitlines()[-1] or "EVIL" in text.splitlines()[-2])
        screen.type("\x03\x04")
        screen.end()
    steering = ("\x1b[5;35m", "\x1b]0;owned", "\x9b2J", "\u202e", "\u2028", "\u200f")
    assert not [each for each in steering if each.encode() in screen.written]


@pytest.mark.parametrize("subcommand", ["check", "test"])
@pytest.mark.parametrize("color", ["", "1"])
def test_workflow_commands(subcommand: str, color: str, folder: Path) -> None:
    """In a pipe, as in a CI system, nothing of a title, a name or a query begins a command."""
    variables = {**os.environ, "NO_COLOR": "", "FORCE_COLOR": color}
    done = subprocess.run(
        several(lines_of(subcommand)),
        cwd=folder,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    check_codes(done.stdout)
    for text in (done.stdout, done.stderr):
        assert not COMMAND.search(text), text
        assert color or "\x1b[" not in text
        harmless("\n".join(line for line in text.split("\n") if not line.lstrip().startswith(('{"', '"'))))  # JSON


@pytest.mark.parametrize("color", ["", "1"])
def test_pipes_get_what_is_there(color: str) -> None:
    """What is data in a pipe is left as it is, with and without colours."""
    line = f"2 {ESCAPES}".rstrip("\r")
    done = flowlocal(
        "query",
        "fields @message | limit 1",
        "-o",
        "csv",
        stdin=f"{line}\n".encode(),
        variables={"FORCE_COLOR": color, "NO_COLOR": ""},
    )
    assert done.out == f"@message\n{line}\n"


def test_styles_do_not_leak_their_secret(folder: Path) -> None:
    """What marks our own styles is taken away again, wherever colours are wanted."""
    for line in (["check", "."], ["test", "."], ["query", "stats count(*) by action", LOGS, "-o", "table"]):
        done = flowlocal(*line, folder=folder, variables={"FORCE_COLOR": "1", "NO_COLOR": ""})
        assert "\x1b[" in done.out
        assert not re.search(r"\x1b[0-9a-f]{16}", done.out + done.err)
