"""The shell on a terminal, as people see it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.shell.screen import Screen

pytest.importorskip("prompt_toolkit")
pytest.importorskip("pty")

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs"
Start = Callable[..., Screen]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start shells, each with its own folder for history and queries."""
    with ExitStack() as stack:

        def run(*arguments: object, logs: Path = SAMPLES / "s3", **options: int | dict[str, str]) -> Screen:
            command = [sys.executable, "-m", "flowlocal", "shell", str(logs), *map(str, arguments)]
            variables = {"XDG_STATE_HOME": str(tmp_path / "state"), **options.pop("variables", {})}  # type: ignore[dict-item]
            screen = stack.enter_context(Screen(command, variables=variables, folder=tmp_path, **options))  # type: ignore[arg-type]
            screen.wait("flowlocal>")
            return screen

        yield run


def prompts(count: int) -> Callable[[str], bool]:
    """Return a predicate: True if the screen has this many prompts, the last of them empty."""
    return lambda text: text.count("flowlocal>") == count and text.endswith("flowlocal>")


def test_a_session(start: Start) -> None:
    """Queries show a table and a line with the duration, and Ctrl-D ends the session."""
    screen = start()
    screen.type("stats count(*) as n by action | sort n\r")
    shown = screen.wait(prompts(2))
    assert (
        "action     n\n────────────\n-        153\nREJECT   373\nACCEPT  2225\n3 rows; 2,751 of 2,751 records matched"
        in shown
    )
    assert " s\n" in shown
    screen.type("\x04")
    assert screen.end() == 0


def test_the_documented_session(start: Start) -> None:
    """The session in docs/shell.md is what the shell shows, except for durations."""
    page = (SAMPLES.parent / "docs" / "shell.md").read_text(encoding="utf-8")
    _, _, session = page.split("```")[1].partition("sample_logs/s3\n")
    screen = start()
    done = 1
    for block in re.findall(r"^flowlocal> (.*(?:\n       \.\.\. .*)*)", session, re.MULTILINE):
        for line in block.split("\n"):
            screen.type(line.removeprefix("       ... ") + "\r")
        done += 1
        screen.wait(prompts(done))
    shown = screen.text.removesuffix("flowlocal>").rstrip()
    assert re.sub(r"in [\d.]+ s", "", shown) == re.sub(r"in [\d.]+ s", "", session.rstrip())


def test_enter_goes_on_where_the_query_does(start: Start) -> None:
    """After a pipe Enter begins a new line; Alt-Enter does so anywhere."""
    screen = start()
    screen.type("filter action = 'REJECT' |\r")
    screen.type("stats count(*) as n\x1b\r")
    screen.type("| limit 5\r")
    shown = screen.wait(prompts(2))
    assert "flowlocal> filter action = 'REJECT' |\n       ... stats count(*) as n\n       ... | limit 5\n" in shown
    assert "\n373\n" in shown


def test_an_empty_line_runs_in_any_case(start: Start) -> None:
    """Enter on an empty line runs the query even within an open quote, and shows the error."""
    screen = start()
    screen.type("filter action = 'REJECT\r")
    screen.type("\r")
    assert "this text is not closed" in screen.wait(prompts(2))


def test_carets_stand_under_what_was_typed(start: Start) -> None:
    """A malformed query has carets under its invalid part, and a hint."""
    screen = start()
    screen.type("filter dstPort = 22 | sttas count(*)\r")
    shown = screen.wait(prompts(2))
    assert (
        "flowlocal> filter dstPort = 22 | sttas count(*)\n"
        "                                 ^^^^^\n"
        "malformed query: unexpected symbol found sttas\n" in shown
    )
    assert "did you mean `stats`?" in shown


def test_carets_where_the_line_is_folded(start: Start) -> None:
    """A query that does not fit on a line of the terminal is shown again with its carets, even with wide characters."""
    screen = start(columns=60)
    screen.type("filter srcAddr = '日本語' | sttas x\r")
    screen.wait(prompts(2))
    screen.type("filter srcAddr = '日本語日本語日本語日本語' | sttas x\r")
    shown = screen.wait(prompts(3))
    assert "-->" in shown
    assert shown.count("-->") == 1


def test_completion(start: Start) -> None:
    """Functions are offered with signatures, fields as they were found; Tab inserts them."""
    screen = start()
    screen.type("stats su")
    screen.wait("sum  ")
    screen.type("\t")
    screen.wait("stats sum(")
    screen.type("byt")
    screen.wait("integer")
    screen.type("\t) as b by logStat")
    screen.wait("logStatus")
    screen.type("\t | sort b desc\r")
    assert "stats sum(bytes) as b by logStatus | sort b desc" in screen.wait("rows; ")


def test_highlighting(start: Start) -> None:
    """Commands, discovered fields, texts and errors have different colours."""
    screen = start()
    screen.type("filter dstPort = 'abc' and nosuch(srcPort) | sttas ")
    screen.wait("sttas")
    words = ("filter", "dstPort", "'abc'", "nosuch", "srcPort", "sttas")
    assert [screen.color_of(word) for word in words] == ["cyan", "green", "magenta", "red", "green", "red"]


@pytest.mark.parametrize(("arguments", "variables"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"})])
def test_no_color(arguments: list[str], variables: dict[str, str], start: Start) -> None:
    """If colours are turned off, there are none at the prompt, in results and in errors."""
    screen = start(*arguments, variables=variables)
    screen.type("filter dstPort = 'abc' | sttas x\r")
    screen.wait(prompts(2))
    screen.type("stats count(*) by action\r")
    screen.wait("3 rows")
    assert {screen.color_of(word) for word in ("filter", "dstPort", "'abc'", "sttas", "ACCEPT")} == {"default"}
    assert b"\x1b[32m" not in screen.written
    assert b"\x1b[1;31m" not in screen.written


def test_control_c_drops_the_line(start: Start) -> None:
    """Ctrl-C drops the typed text, and the next query runs."""
    screen = start()
    screen.type("filter nonsense")
    screen.wait("nonsense")
    screen.type("\x03")
    screen.wait(prompts(2))
    screen.type("stats count(*) as n\r")
    assert "2751" in screen.wait("1 row; ")


def test_control_c_stops_a_query(start: Start, tmp_path: Path) -> None:
    """Ctrl-C interrupts a query and returns to the prompt; the session continues, and ends normally."""
    logs = tmp_path / "big.log"
    record = "2 123456789012 eni-0123456789abcdef0 10.0.0.9 10.0.1.7 {} 443 6 2 {} 1777593600 1777593660 ACCEPT OK\n"
    logs.write_text("".join(record.format(i % 60_000, i) for i in range(800_000)))
    screen = start(logs=logs)
    # Each pattern takes a second or two for these lines; the progress bar appears after one.
    parses = " | ".join(f"parse @message /(?<a{i}>.*){i}(?<b{i}>.*)9/" for i in range(6))
    screen.type(
        f"{parses} | stats {', '.join(f'count_distinct(a{i}), count_distinct(b{i})' for i in range(6))} by a0\r"
    )
    screen.wait("reading ")
    screen.type("\x03")
    screen.wait("interrupted")
    screen.wait(prompts(2))
    screen.type("limit 1\r")
    screen.wait("1 row; ")
    screen.wait(prompts(3))  # before the prompt Ctrl-D is the terminal's end of input, and may be lost
    screen.type("\x04")
    assert screen.end() == 0


def test_history_is_kept(start: Start, tmp_path: Path) -> None:
    """Typed queries are available in the next session, from a file that only the owner can read."""
    first = start()
    first.type("limit 1 # remember\r")
    first.wait(prompts(2))
    first.type("quit\r")
    assert first.end() == 0
    file = tmp_path / "state" / "flowlocal" / "history"
    assert file.stat().st_mode & 0o077 == 0
    second = start()
    second.type("\x1b[A\x1b[A")
    second.wait("flowlocal> limit 1 # remember")


def test_history_that_cannot_be_kept(start: Start, tmp_path: Path) -> None:
    """If the history cannot be written, the shell works without it."""
    (tmp_path / "file").write_text("in the way")
    screen = start("--history", tmp_path / "file" / "history")
    screen.type("limit 1\r")
    screen.wait("1 row; ")


def test_long_results_are_paged(start: Start) -> None:
    """A result that is longer than the screen is shown a screen at a time, and `pager off` shows it at once."""
    screen = start(lines=20, variables={"PAGER": "less", "LESS": "-X"})
    screen.type("fields dstPort | limit 100\r")
    screen.wait(lambda text: text.endswith("\n:"))
    screen.type("q")
    screen.wait("100 rows; ")
    screen.type("pager off\r")
    screen.wait(prompts(3))
    screen.type("fields dstPort | limit 50\r")
    screen.wait("50 rows; ")


def test_load_puts_a_query_at_the_prompt(start: Start, tmp_path: Path) -> None:
    """A loaded query is at the prompt, to be changed and run; its name can be completed."""
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "newest.insights").write_text("fields srcAddr\n| limit 1", encoding="utf-8")
    screen = start()
    screen.type("load new")
    screen.wait("newest")
    screen.type("\t\r")
    screen.wait("       ... | limit 1")
    screen.type("0\r")
    screen.wait("10 rows; ")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: int, start: Start) -> None:
    """Tables and help fit at any width."""
    screen = start("--no-pager", columns=columns)
    screen.type("limit 2\r")
    screen.wait("2 rows; ")
    screen.type("help stats\r")
    shown = screen.wait("Known from")
    assert max(map(len, shown.splitlines())) <= columns


def test_how_tables_are_shown(start: Start) -> None:
    """Without a pager long results are cut in the middle, and `all` shows them; tables can be vertical."""
    screen = start("--no-pager", lines=100)
    screen.type("fields dstPort | limit 200\r")
    assert "40 of 200 rows (type `all`, or `pager on`)" in screen.wait("200 rows; ")
    screen.type("all\r")
    assert screen.wait(prompts(3)).count("\n") > 240
    screen.type("human on\r")
    screen.wait(prompts(4))
    screen.type("vertical on\r")
    screen.wait(prompts(5))
    screen.type("stats sum(bytes) as b by action | sort b desc | limit 1\r")
    assert "action  ACCEPT\nb       6201941655  6.2 GB\n" in screen.wait("1 row; ")
    screen.type("wide maybe\r")
    screen.wait("write `wide on` or `wide off`")
