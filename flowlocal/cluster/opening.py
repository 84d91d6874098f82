"""Open the paths of a query for a cluster: list them here, look into the files in tasks if they are many."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from flowlocal.api import Logs, Paths, named_groups
from flowlocal.cluster.driver import Driver
from flowlocal.cluster.files import FileSlice, SourceGroup, joined_groups, slice_size, slices, stored_bytes
from flowlocal.cluster.protocol import TaskRunner, failure, loads
from flowlocal.events import LINE_BITS, UnreadableInput, split_row
from flowlocal.sources.files.paths import STDIN, NamedFile, expand, is_dataset
from flowlocal.sources.joining import MOST_FILES
from flowlocal.sources.opening import options_of
from flowlocal.sources.survey import Survey

_FEW = 256
"""Files that the driver looks into itself."""
_MOST_FILES = 1 << (63 - LINE_BITS)


def scan(
    paths: Paths | Mapping[str, Paths],
    runner: TaskRunner,
    log_format: str | None = None,
    log_group: str | None = None,
    *,
    strict: bool = False,
    span: tuple[int | None, int | None] = (None, None),
    partial_answer: bool = False,
    task_bytes: int | None = None,
) -> Logs:
    """Open logs for queries that run on a cluster; workers must be able to read the paths under the same names.

    Args:
        paths: see ``flowlocal.scan``; not standard input.
        runner: runs the tasks.
        log_format: see ``flowlocal.scan``.
        log_group: see ``flowlocal.scan``.
        strict: see ``flowlocal.scan``.
        span: the time range in epoch milliseconds; files that can contain nothing in it may be left out.
        partial_answer: see ``flowlocal.scan``.
        task_bytes: stored bytes of the files of a task (default: 4 to 256 MB, so that each slot has several tasks).

    Raises:
        UnreadableInput: a path does not exist, cannot be read, or can only be read by this process.
        ValueError: see ``flowlocal.scan``.
    """
    groups = named_groups(paths, log_group)
    opened = [_listed(name, each, log_format, span, partial_answer) for name, each in groups.items()]
    total = sum(stored_bytes(file) for _, files in opened for file in files)
    size = task_bytes or slice_size(total, runner.slots)
    found = [_surveyed(group, slices(n, files, size), runner) for n, (group, files) in enumerate(opened)]
    _check_numbers([group for group, _ in found])
    parts = [part for _, each in found for part in each]
    numbered = tuple(replace(part, number=number) for number, part in enumerate(parts))
    driver = Driver(runner, tuple(group for group, _ in found), numbered, strict, partial_answer)
    first = next((file.path for _, files in opened for file in files), "")
    events = replace(joined_groups(driver.groups), cluster=driver, locate=partial(_locate, driver.paths, first))
    return Logs(events, strict, partial_answer)


def _listed(
    name: str | None, paths: Sequence[str], log_format: str | None, span: tuple[int | None, int | None], partial_: bool
) -> tuple[SourceGroup, tuple[NamedFile, ...]]:
    """Return a log group and its files.

    Raises:
        UnreadableInput: a path does not exist, or only this process can read it.
    """
    for path in paths:
        _check_shared(path)
    options_of(log_format, name)
    found, folder = expand(paths, start=span[0], end=span[1]), os.getcwd()
    files = tuple(replace(file, folder=folder) for file in found.files)
    return SourceGroup(name, log_format, partial_, skipped=found.skipped), files


def _check_shared(path: str) -> None:
    """Refuse a path that other processes cannot read."""
    if path == STDIN:
        hint = "write it to a file, or leave out `--engine`"
        raise UnreadableInput("other processes cannot read standard input", STDIN, hint=hint)
    if is_dataset(path):
        hint = "name the logs that it was made of, or leave out `--engine`"
        raise UnreadableInput(f"{path}: a dataset is read by one process", path, hint=hint)


def _surveyed(
    group: SourceGroup, parts: Iterable[FileSlice], runner: TaskRunner
) -> tuple[SourceGroup, list[FileSlice]]:
    """Return a group and its slices after a look into the files."""
    parts = list(parts)
    if sum(part.count for part in parts) <= _FEW:
        surveys = [_survey(group, part) for part in parts]
    else:
        data = [pickle.dumps(part) for part in parts]
        surveys = [_read(each) for each in runner.map(partial(survey, pickle.dumps(group)), data)]
    whole, first, numbered = Survey.joined(surveys), 0, list[FileSlice]()
    if whole.error is not None:
        raise whole.error
    for part, each in zip(parts, surveys, strict=True):
        numbered.append(replace(part, first=first))
        first += each.files
    return replace(group, survey=whole), numbered


def survey(group: bytes, part: bytes) -> bytes:
    """Look into the files of a task, and return what is found."""
    try:
        own, files = loads(group), loads(part)
        assert isinstance(own, SourceGroup)  # noqa: S101 - the driver pickled them
        assert isinstance(files, FileSlice)  # noqa: S101
        return pickle.dumps(_survey(own, files))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again in the driver
        return failure(error)


def _survey(group: SourceGroup, part: FileSlice) -> Survey:
    return Survey.of(group.opened(part))


def _read(data: bytes) -> Survey:
    found = loads(data)
    if isinstance(found, Exception):
        raise found
    assert isinstance(found, Survey)  # noqa: S101 - the task pickled it
    return found


def _check_numbers(groups: Sequence[SourceGroup]) -> None:
    """Refuse more files than row ids can number."""
    most = MOST_FILES if len(groups) > 1 else _MOST_FILES
    for group in groups:
        if group.survey.files > most:
            hint = "name fewer files, such as those of one day"
            raise UnreadableInput(f"one query reads at most {most:,} files", group.name or "", hint=hint)


def _locate(paths: Mapping[int, str], first: str, row: int) -> tuple[str, int]:
    """Return file and line of a row that a task returned."""
    number, line = split_row(row)
    return paths[number] if row else paths.get(0, first), line + 1
