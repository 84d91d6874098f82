"""Whatever ends the reading of events ends the query, in every front end: no answer is made of the rest."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.exceptions import PanicException

import flowlocal
from flowlocal import collecting
from flowlocal.aws.operations.log_records import read_newest, read_shares
from flowlocal.aws.operations.log_streams import stream_times
from flowlocal.aws.operations.read_log_events import has_stream
from flowlocal.aws.queries import StartedQuery, Status
from flowlocal.aws.tasks import Task
from flowlocal.aws.windows import Selection, read_window
from flowlocal.cli import _guard
from flowlocal.cli._guard import run
from flowlocal.events import Events, UnreadableInput
from flowlocal.importing import import_logs
from flowlocal.sources import open_events
from flowlocal.sources.reading.blocks import BlockReader, Chunk, LineBlock
from tests.hostile.command import RECORD

LINES = 400


class _Unknown(BaseException):
    """Something that is not an ``Exception``."""


RAISED = [KeyboardInterrupt(), PanicException("out of range"), SystemExit(4), _Unknown(), UnreadableInput("gone", "x")]
QUERIES = [
    "stats count(*)",
    "filter bytes > 1000000",
    "fields @message | sort @timestamp | limit 3",
    "fields @message | sort @timestamp | limit 300",
    "stats count(*) by bin(5m) | fillmissing",
    "filter srcAddr in (SOURCE logGroups() | stats count(*) by srcAddr | fields srcAddr)",
    "join left=a right=b where a.srcAddr = b.srcAddr (SOURCE logGroups() | stats count(*) as n by srcAddr)",
    "join left=a right=b where a.srcAddr = b.srcAddr (SOURCE logGroups() | filter bytes = 40 | limit 300)",
    "pattern @message",
    "stats pct(bytes, 95) by srcAddr",
    "stats sum(bytes) by srcAddr, dstAddr",
    "stats sum(bytes) by bin(5m)",
]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of several blocks."""
    monkeypatch.setattr("flowlocal.sources.reading.lines.BLOCK_BYTES", 4096)
    monkeypatch.setattr("flowlocal.sources.reading.lines.SMALL", 0)
    path = tmp_path / "flow.log"
    path.write_text(f"{RECORD}\n" * LINES)
    return path


@pytest.fixture(params=RAISED, ids=lambda error: type(error).__name__)
def error(request: pytest.FixtureRequest) -> Iterator[BaseException]:
    """Something that is raised."""
    yield request.param
    request.param.__traceback__ = None


@pytest.fixture
def failing(log: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file whose reading ends with that after its first block."""
    chunk = BlockReader._chunk

    def fail(reader: BlockReader, block: LineBlock, *read: Any) -> Chunk:
        if block.continues:
            raise error
        return chunk(reader, block, *read)

    monkeypatch.setattr(BlockReader, "_chunk", fail)
    return log


@pytest.mark.parametrize("query", QUERIES)
def test_queries(query: str, failing: Path, error: BaseException) -> None:
    """Each of the places in which the engine and its commands collect raises what was raised."""
    with pytest.raises(type(error)) as caught:
        flowlocal.query(query, failing)
    assert caught.value is error


def test_imports(failing: Path, error: BaseException, tmp_path: Path) -> None:
    """An import registers no part of the file, and says that it is missing."""
    if isinstance(error, UnreadableInput):
        assert import_logs([failing], tmp_path / "set").refused == (error,)
    else:
        with pytest.raises(type(error)):
            import_logs([failing], tmp_path / "set")
    assert [path.name for path in (tmp_path / "set").glob("*part*")] == []
    result = flowlocal.query("stats count(*)", tmp_path / "set")
    assert result.rows == []
    assert "unfinished: 0 of 1 files" in result.report.warnings[0]


@pytest.mark.parametrize("query", QUERIES)
def test_what_sources_raise_is_known_if_polars_keeps_it(
    query: str, failing: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If Polars takes an exception of a source for its end, it is raised again."""
    collect = pl.LazyFrame.collect

    def keep(lazy: pl.LazyFrame, **options: Any) -> Any:
        try:
            return collect(lazy, **options)
        except BaseException as found:
            if found is error or type(found).__name__ == type(error).__name__:
                return pl.DataFrame(schema=lazy.collect_schema())
            raise

    monkeypatch.setattr(pl.LazyFrame, "collect", keep)
    with pytest.raises(type(error)):
        flowlocal.query(query, failing)


COMMANDS: dict[str, list[str]] = {
    "query": ["query", "stats count(*)"],
    "fields": ["fields"],
    "report": ["report"],
    "import": ["import", "-o", "set"],
    "shell": ["shell"],
}
CODES = {KeyboardInterrupt: 130, PanicException: 70, SystemExit: 4, _Unknown: 70, UnreadableInput: 3}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Enter a new working directory, with a query on standard input."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queries").write_text("stats count(*)\n")
    with (tmp_path / "queries").open() as queries:
        monkeypatch.setattr(sys, "stdin", queries)
        yield


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("name", COMMANDS)
def test_commands(name: str, failing: Path, error: BaseException, capfd: pytest.CaptureFixture[str]) -> None:
    """No subcommand ends with success, and what is a defect is called one."""
    code = run([*COMMANDS[name], str(failing)])
    output = capfd.readouterr()
    assert (code, output.out) == (CODES[type(error)], "")
    assert ("defect of flowlocal" in output.err) == (code == 70)


READS: dict[str, Callable[[Events], object]] = {
    "GetLogEvents": lambda events: read_window(events, Selection(("eni-1-all",)), None, False),
    "a stream of GetLogEvents": lambda events: has_stream(events, "none"),
    "DescribeLogStreams": stream_times,
    "GetLogGroupFields": lambda events: read_shares(events, 0, 4_000_000_000_000),
    "the newest of GetLogGroupFields": lambda events: read_newest(events, 4_000_000_000_000),
}


@pytest.mark.parametrize("name", READS)
def test_reads_of_the_endpoint(name: str, failing: Path, error: BaseException) -> None:
    """What the operations read of events fails."""
    with pytest.raises(type(error)) as caught:
        READS[name](open_events([failing]))
    assert caught.value is error


def test_queries_of_the_endpoint(failing: Path, error: BaseException) -> None:
    """A query that was started is reported as failed, whatever ended it."""
    query = StartedQuery(Task("stats count(*)", ("g",), 0, 4_000_000_000_000), "stats count(*)", ("g",))
    with nullcontext() if isinstance(error, Exception | PanicException) else pytest.raises(type(error)):
        query.task.answer(lambda: open_events([failing]), query.report, query)
    assert query.status is Status.FAILED


def test_cells_of_notebooks(failing: Path, error: BaseException) -> None:
    """A cell fails."""
    pytest.importorskip("IPython")
    from IPython.core.error import UsageError  # noqa: PLC0415 - an extra

    from flowlocal.notebook.magic import InsightsMagic  # noqa: PLC0415

    class Shell:
        user_ns: dict[str, object] = {}  # noqa: RUF012 - as IPython has it

    magic = InsightsMagic(Shell())  # type: ignore[arg-type]
    with pytest.raises(UsageError if isinstance(error, UnreadableInput) else type(error)):
        magic.insights(str(failing), "stats count(*)")


@pytest.mark.parametrize("error", [PanicException("x")], indirect=True)
def test_frames_of_the_library(failing: Path, error: BaseException) -> None:
    """Collecting the events with Polars raises the error."""
    with pytest.raises(type(error)):
        flowlocal.scan(failing).events.collect(engine="streaming")


def test_rows_enough(log: Path) -> None:
    """A query that needs no more rows ends the reading without an error."""
    assert len(flowlocal.query("fields @message | limit 5", log)) == 5
    assert open_events([log]).locate(3)[1] == 4


def test_interrupts_that_python_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C that arrives in a finaliser, where Python only prints what is raised, arrives again."""

    class Final:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "unraisablehook", _guard.unraisable)

    def work() -> None:
        Final()
        time.sleep(60)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores Ctrl-C
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "raised", [PanicException("x"), KeyboardInterrupt(), ValueError("x")], ids=lambda error: type(error).__name__
)
def test_parts_of_plans_end_with_what_ended_them(raised: BaseException) -> None:
    """A part of a plan that cannot go on is not taken for one that has no more rows."""

    def fail(values: pl.Series) -> pl.Series:
        if len(values) and values.max() == 299_999:
            raise raised
        return values

    lazy = pl.LazyFrame({"a": range(300_000)}).select(pl.col("a").map_batches(fail, is_elementwise=True))
    with pytest.raises((type(raised), pl.exceptions.PolarsError)):
        list(collecting.part(lazy))


def test_parts_of_plans_that_are_left() -> None:
    """A part of a plan ends soon after nobody takes its rows any more."""
    rows = collecting.part(pl.LazyFrame({"a": range(3_000_000)}).with_columns(pl.col("a") + 1))
    next(rows)
    rows.close()
    ends = time.monotonic() + 30
    while any(thread.name == "flowlocal-ahead" for thread in threading.enumerate()):
        assert time.monotonic() < ends
        time.sleep(0.01)
