"""An import that ends anywhere leaves a dataset that is whole, says what is missing, and is completed by the next."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
import pytest
from polars.exceptions import PanicException

import flowlocal
from flowlocal import importing
from flowlocal.cli._guard import run
from flowlocal.importing import import_logs
from flowlocal.sources import opening
from flowlocal.sources.dataset.manifest import Manifest, load
from flowlocal.sources.dataset.part_writer import PartWriter
from flowlocal.sources.files.paths import MANIFEST
from tests.hostile.command import RECORD

FILES, LINES = 4, 1
STEP = int(os.environ.get("FLOWLOCAL_FAULT_STEP", "17"))
"""Of so many lines of an import, one is tried; all are with 1."""


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files that are imported in two batches."""
    monkeypatch.setattr(importing, "_BATCH_FILES", FILES // 2)
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.log").write_text(f"{RECORD}\n" * LINES)
    return folder


def count(dataset: Path) -> tuple[int, str]:
    """Return the number of events of a dataset, and what is said of it."""
    result = flowlocal.query("stats count(*) as n", dataset)
    return int(result.rows[0]["n"]) if result.rows else 0, " ".join(result.report.warnings)


def full() -> OSError:
    """Return the error that a full disk raises."""
    return OSError(errno.ENOSPC, "No space left on device", "x")


def panic() -> BaseException:
    """Return the exception that a panic of Polars raises."""
    return PanicException("x")


@contextmanager
def stopped(at: int, error: Callable[[], BaseException]) -> Iterator[list[int]]:
    """Raise an error in the line of that number that this thread runs in the modules of imports; give the number."""
    run = [0]

    def in_line(_frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            run[0] += 1
            if run[0] == at:
                raise error()
        return in_line

    def in_call(frame: FrameType, _event: str, _argument: object) -> Any:
        name = frame.f_code.co_filename
        return in_line if name.endswith(("importing.py", "manifest.py", "parts.py", "locking.py")) else None

    before = sys.gettrace()
    sys.settrace(in_call)
    try:
        yield run
    finally:
        sys.settrace(before)


def lines_of_an_import(logs: Path, dataset: Path) -> int:
    """Return how many lines an import runs, after one that also ran those of modules imported on first use."""
    for _ in range(2):
        with stopped(-1, full) as run:
            import_logs([logs], dataset)
        shutil.rmtree(dataset)
    return run[0]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("error", [KeyboardInterrupt, panic, full])
def test_stopped_anywhere(error: Callable[[], BaseException], logs: Path, tmp_path: Path) -> None:
    """Whatever line an error comes from: no file counts in part, none is lost, and none counts twice."""
    dataset = tmp_path / "set"
    for at in range(1, lines_of_an_import(logs, dataset), STEP):
        with stopped(at, error), pytest.raises(type(error())):
            import_logs([logs], dataset)
        if (dataset / MANIFEST).exists():
            found, said = count(dataset)
            files = len(load(dataset).files)
            assert found == files * LINES
            assert (f"unfinished: {files} of {FILES} files" in said) == (files < FILES)
        import_logs([logs], dataset)
        assert count(dataset) == (FILES * LINES, "")
        assert len(list(dataset.glob("*part*"))) == len(load(dataset).parts)
        shutil.rmtree(dataset)


def test_other_imports_do_not_finish_it(logs: Path, tmp_path: Path) -> None:
    """A dataset lacks the files of a stopped import until they are imported, whatever else is."""
    (logs / "3.log").rename(tmp_path / "3.log")
    with (
        stopped(lines_of_an_import(logs, tmp_path / "set") // 2, KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        import_logs([logs], tmp_path / "set")
    missing = len(load(tmp_path / "set").pending)
    assert missing
    import_logs([tmp_path / "3.log"], tmp_path / "set")
    assert f"unfinished: {4 - missing} of 4 files are imported" in count(tmp_path / "set")[1]
    shutil.rmtree(logs)
    again = import_logs([tmp_path / "3.log"], tmp_path / "set")
    assert len([warning for warning in again.report.warnings if "it is gone" in warning]) == missing
    assert count(tmp_path / "set") == ((4 - missing) * LINES, "")


def test_only_files_that_cannot_be_read_are_refused(
    logs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of many files, those that fail are named, the others are imported, and the exit code is that of bad input."""
    (logs / "1.log").write_bytes(b"PAR1 and no more")
    assert run(["import", str(logs), "-o", str(tmp_path / "set")]) == 3
    told = capfd.readouterr().err
    assert "Parquet file is damaged" in told
    assert "1.log" in told
    assert "1 file not imported" in told
    found, said = count(tmp_path / "set")
    assert found == 3 * LINES
    assert "unfinished: 3 of 4 files" in said


def _lose(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.head(rows.height - 1)


def _double(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([rows, rows.tail(1)])


@pytest.mark.parametrize("change", [_lose, _double])
def test_what_is_written_is_counted(
    change: Callable[[pl.DataFrame], pl.DataFrame], logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of which not all events arrive in the dataset is refused; those beside it are imported."""
    write = PartWriter._write
    (logs / "1.log").write_text(f"{RECORD}\nthe last\n")

    def wrong(writer: PartWriter, rows: pl.DataFrame) -> Any:
        return write(writer, change(rows) if rows["@message"][-1] == "the last" else rows)

    monkeypatch.setattr(PartWriter, "_write", wrong)
    done = import_logs([logs], tmp_path / "set")
    assert [Path(error.path).name for error in done.refused] == ["1.log"]
    assert "2 events were read" in str(done.refused[0])
    found, said = count(tmp_path / "set")
    assert found == 3 * LINES
    assert "unfinished: 3 of 4 files" in said


def test_what_readers_lose_is_counted(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that were counted where they were read, and did not arrive, are missed."""
    read = opening.read_frames

    def lose(*arguments: Any) -> Iterator[pl.DataFrame]:
        yield from (frame.head(LINES // 2) for frame in read(*arguments))

    monkeypatch.setattr(importing, "read_frames", lose)
    done = import_logs([logs], tmp_path / "set")
    assert (done.files, len(done.refused)) == (0, FILES)


def test_manifests_are_written_in_proportion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small batches do not write the list of all files each time."""
    monkeypatch.setattr(importing, "_BATCH_FILES", 1)
    save, sizes = Manifest.save, list[int]()

    def watched(manifest: Manifest, directory: Path) -> int:
        sizes.append(save(manifest, directory))
        return sizes[-1]

    monkeypatch.setattr(Manifest, "save", watched)
    for number in range(100):
        (tmp_path / f"{number}.log").write_text(f"{RECORD}\n")
    import_logs([tmp_path / f"{number}.log" for number in range(100)], tmp_path / "set")
    assert sum(sizes) <= 100 * len(RECORD) + 3 * max(sizes)
    assert count(tmp_path / "set") == (100, "")
