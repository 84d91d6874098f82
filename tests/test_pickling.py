"""What goes to another process: errors, results and logs."""

from __future__ import annotations

import copy
import gzip
import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from pickle import PicklingError

import polars as pl
import pytest

import flowlocal
from flowlocal import MalformedQuery, UnreadableInput
from flowlocal.aws.errors import ApiError
from flowlocal.charts.model import ChartError, NothingToDraw
from flowlocal.configuration import ConfigurationError
from flowlocal.events import DiskFull
from flowlocal.language.errors import Span
from flowlocal.namespace import logs_of
from flowlocal.opening import Opening
from flowlocal.testing.case import WrongCase

LOGS = (Path(__file__).parents[1] / "sample_logs" / "lines").resolve()
COUNT = "stats count(*) as n"
LINE = "2 123456789010 eni-1 10.0.0.1 10.0.0.2 443 49152 6 1 40 1418530010 1418530070 ACCEPT OK\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """One process that starts from nothing."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        yield executor


def test_logs_results_and_errors_cross_processes(pool: ProcessPoolExecutor) -> None:
    """Logs are opened again there, the answer comes back, and so do both errors."""
    logs = flowlocal.scan(LOGS, log_group="vpc")
    answer = pool.submit(logs.query, f"{COUNT} by @log").result(timeout=60)
    assert answer.rows == logs.query(f"{COUNT} by @log").rows
    assert answer.notes == ()
    with pytest.raises(MalformedQuery) as malformed:
        pool.submit(logs.query, "filter dstPort = ").result(timeout=60)
    assert (malformed.value.column, malformed.value.text) == (18, "filter dstPort = ")
    with pytest.raises(UnreadableInput) as unreadable:
        pool.submit(flowlocal.scan, "nowhere.log").result(timeout=60)
    assert unreadable.value.path == "nowhere.log"


def test_options_are_kept(tmp_path: Path) -> None:
    """Reopened logs have the options of `scan`."""
    (tmp_path / "odd.log").write_text(f"{LINE}odd\n")
    strict = pickle.loads(pickle.dumps(flowlocal.scan(tmp_path, strict=True)))
    with pytest.raises(UnreadableInput):
        strict.query(COUNT)
    (tmp_path / "odd.log").write_text("eni-1 22\neni-2 23\n")
    own = pickle.loads(pickle.dumps(flowlocal.scan(tmp_path, log_format="${interface-id} ${dstport}")))
    assert own.query("display dstPort | sort dstPort").rows == [{"dstPort": "22"}, {"dstPort": "23"}]
    (tmp_path / "odd.log").write_text(LINE)
    groups = pickle.loads(pickle.dumps(flowlocal.scan({"a": LOGS, "b": [tmp_path]})))
    assert groups.source.log_groups == ("a", "b")


def test_changed_files_and_lost_files(tmp_path: Path) -> None:
    """The paths are walked again; one that is gone is an error with its name."""
    (tmp_path / "a.log").write_text(LINE)
    sent = pickle.dumps(flowlocal.scan(tmp_path))
    with gzip.open(tmp_path / "b.log.gz", "wt") as stream:
        stream.write(LINE * 2)
    assert pickle.loads(sent).query(COUNT).rows == [{"n": "3"}]
    for file in tmp_path.iterdir():
        file.unlink()
    tmp_path.rmdir()
    with pytest.raises(UnreadableInput, match=tmp_path.name):
        pickle.loads(sent)


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the same files, or refused."""
    monkeypatch.chdir(tmp_path)
    Path("a.log").write_text(LINE)
    sent = pickle.dumps(flowlocal.scan("a.log"))
    assert pickle.loads(sent).query(COUNT).rows == [{"n": "1"}]
    Path("other").mkdir()
    monkeypatch.chdir("other")
    with pytest.raises(UnreadableInput, match="is not the working directory of this process") as error:
        pickle.loads(sent)
    assert "absolute paths" in error.value.hint


def test_what_can_be_read_only_once_is_refused(tmp_path: Path) -> None:
    """Standard input, pipes and frames are refused with a sentence that says what to do."""
    with pytest.raises(PicklingError, match="standard input cannot be pickled: it can be read only once; write"):
        pickle.dumps(flowlocal.scan("-", stdin=BytesIO(LINE.encode())))
    with pytest.raises(PicklingError, match="logs of a frame in memory cannot be pickled: send the frame"):
        pickle.dumps(logs_of(pl.DataFrame({"bytes": [1]})))
    if not hasattr(os, "mkfifo"):
        return
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)  # a pipe that is open at both ends does not wait
    os.write(writer, LINE.encode())
    opening = Opening({None: (str(pipe),)}, None, (None, None), partial_answer=False)
    with pytest.raises(PicklingError, match="pipe cannot be pickled"):
        opening.check_repeatable()
    os.close(writer)


@pytest.mark.parametrize("logs", [flowlocal.scan(LOGS), logs_of(pl.DataFrame({"bytes": [1]}))], ids=["files", "frame"])
def test_copies(logs: flowlocal.Logs) -> None:
    """A copy answers as the original does."""
    for each in (copy.copy(logs), copy.deepcopy(logs), copy.deepcopy([logs])[0]):
        assert each.query(COUNT).rows == logs.query(COUNT).rows


ERRORS = (MalformedQuery, UnreadableInput, DiskFull, WrongCase, ApiError, ChartError, NothingToDraw, ConfigurationError)


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error(kind: type[BaseException], protocol: int) -> None:
    """Every error can be pickled with all that it says."""
    error = kind.__new__(kind, "what is wrong")
    vars(error).update(path="a.log", hint="do this", span=Span(1, 2), text="query")
    again = pickle.loads(pickle.dumps(error, protocol))
    assert (type(again), again.args, vars(again)) == (kind, error.args, vars(error))


def test_errors_as_they_are_raised() -> None:
    """Copies of errors have what their constructors took."""
    full = DiskFull("no room", "-", hint="free some")
    for again in (copy.copy(full), pickle.loads(pickle.dumps(full))):
        assert (str(again), again.path, again.line, again.hint) == ("no room", "-", None, "free some")
