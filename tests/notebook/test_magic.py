"""The magics, in a shell of IPython."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("IPython")

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs" / "s3"
COUNT = "stats count(*) as n by action | sort n"
ROWS = [{"action": "-", "n": "153"}, {"action": "REJECT", "n": "373"}, {"action": "ACCEPT", "n": "2225"}]
Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a shell without a history file."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.cache_size = 0  # to forget results, it would look for all garbage of this process
    make: Any = InteractiveShell  # IPython has few types
    before = sys.modules["__main__"]  # the shell puts its own there, from which no process can be started
    yield make(config=settings, ipython_dir=str(tmp_path_factory.mktemp("ipython")))
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = before


@pytest.fixture
def run(shell: Any) -> Run:
    """Run cells in a new shell and return their results; those that fail give the error."""
    shell.reset()
    shell.run_cell("%reload_ext flowlocal")

    def cell(text: str) -> Any:
        done = shell.run_cell(text)
        return done.error_in_exec or done.error_before_exec or done.result

    return cell


def test_a_cell_is_a_query(run: Run, shell: Any) -> None:
    """A cell's query is answered over the logs of its line, and kept in a variable."""
    assert run(f"%%insights {SAMPLES} --as totals\n{COUNT}").rows == ROWS
    assert shell.user_ns["totals"].rows == ROWS


def test_logs_stay_open(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """`%insights` opens logs for the cells that follow, and says what was found."""
    assert run(f"%insights {SAMPLES}") is None
    assert "log group flowlocal, 19 fields: @timestamp, " in capsys.readouterr().out
    assert run(f"%%insights\n{COUNT}").rows == ROWS
    assert run(f"%%insights\n{COUNT}").rows == ROWS


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("where = {path!r}", "where"),
        ("import pathlib; where = pathlib.Path({path!r})", "where"),
        ("where = [{path!r}]", "where"),
        ("import flowlocal; where = flowlocal.scan({path!r})", "where"),
        ("import flowlocal; where = flowlocal.scan({path!r}).events", "where"),
        ("import flowlocal; where = flowlocal.scan({path!r}).events.collect()", "where"),
        ("where = {path!r}", "$where"),
    ],
)
def test_logs_in_a_variable(code: str, word: str, run: Run) -> None:
    """The line names a path, or a variable that holds paths, logs or a frame."""
    run(code.format(path=str(SAMPLES)))
    assert run(f"%%insights {word}\nfilter action = 'REJECT' | stats count(*) as n").rows == [{"n": "373"}]


def test_options(run: Run) -> None:
    """Time range and limit are those of the library; a chart replaces the rows."""
    line = f"%%insights {SAMPLES} --start 2026-05-01T14:00Z --end 2026-05-01T14:59:59Z"
    assert run(f"{line}\nstats count(*) as n").rows == [{"n": "321"}]
    assert len(run("%%insights --limit 3\nfields @message")) == 3
    assert run(f"%%insights --chart bar\n{COUNT}").chart.kind == "bar"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            "%%insights {path}\nfilter dstPort = 22 | sttas x",
            "  1 | filter dstPort = 22 | sttas x\n    |                       ^^^^^",
        ),
        ("%%insights nowhere\nlimit 1", "unreadable input: no such file or directory"),
        ("%%insights {path} --start yesterday\nlimit 1", "invalid time 'yesterday'"),
        ("%%insights {path} --chart pie\nlimit 1", "only results of `stats` can be drawn"),
        ("%%insights {path} --nosuch\nlimit 1", "unrecognized arguments: --nosuch; %insights? shows"),
        ("%%insights {path} --as a-b\nlimit 1", "a-b is not a valid name for a variable"),
        ("%%insights {path} --limit many\nlimit 1", "invalid int value"),
        ("%%insights 'open\nlimit 1", "No closing quotation"),
        ("%%insights number\nlimit 1", "number holds neither paths nor logs nor a Polars frame, but int"),
        ("%%insights logs {path}\nlimit 1", "logs holds logs that are open already"),
        ("%%insights blob\nlimit 1", "the column x is Binary, which no query can read"),
    ],
)
def test_errors_are_text(cell: str, message: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is shown as text without a traceback, and counts as an error, so that no further cell runs."""
    run(f"import flowlocal, polars; number = 5; logs = flowlocal.scan({str(SAMPLES)!r})")
    run("blob = polars.DataFrame({'x': [b'']})")
    error = run(cell.format(path=SAMPLES))
    assert type(error).__name__ == "UsageError"
    shown = "".join(capsys.readouterr())
    assert message in shown
    assert "Traceback" not in shown


def test_without_logs(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """If no logs were named, the magic says how to name them."""
    run("%%insights\nlimit 1")
    assert "name the logs: %insights PATH" in capsys.readouterr().err


def test_on_a_terminal(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """IPython on a terminal shows an aligned table."""
    run(f"%%insights {SAMPLES}\n{COUNT}")
    assert "action     n\n────────────\n-        153\n" in capsys.readouterr().out


def completions(shell: Any, cell: str) -> list[str]:
    """Return what the completer of IPython offers at the end of a cell."""
    with provisionalcompleter():
        return [each.text for each in shell.Completer.completions(cell, len(cell))]


@pytest.mark.parametrize(
    ("line", "query", "offered"),
    [
        ("", "filter dstP", "dstPort"),
        ("", "filter dstPort = 22\n| stats countD", "countDistinct("),
        ("", "disp", "display"),
        ("frame", "filter own", "own_column"),
    ],
)
@pytest.mark.parametrize("opened", [False, True])
def test_completion(line: str, query: str, offered: str, *, opened: bool, run: Run, shell: Any) -> None:
    """A cell completes commands, functions and fields: of the logs that its line names, or that were opened last."""
    run("import polars; frame = polars.DataFrame({'own_column': [1]})")
    if opened:
        run(f"%insights {SAMPLES}")
    assert completions(shell, f"%%insights {line}\n{query}")[0] == offered


def test_other_cells_complete_as_before(run: Run, shell: Any) -> None:
    """Python cells, and the line of the magic, get nothing of the query language."""
    run("dst_ports = 1")
    assert "dstPort" not in completions(shell, "x = 1\ndst")
    assert "filter" not in completions(shell, "%%insights fil")


def test_polars_namespace(run: Run) -> None:
    """The extension gives Polars frames their namespace."""
    run("import polars")
    assert run("polars.DataFrame({'bytes': [1, 2]}).insights.query('stats sum(bytes) as s').rows") == [{"s": "3"}]
