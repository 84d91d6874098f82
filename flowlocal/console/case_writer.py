"""A query with its answer as a regression case, in the folder of the saved queries."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowlocal.console.library import name_of
from flowlocal.epoch import to_iso
from flowlocal.questions import question
from flowlocal.recording.errors import NotRecorded
from flowlocal.recording.recorder import case_text
from flowlocal.small_files import write_bytes
from flowlocal.testing.case import case_of
from flowlocal.testing.compare import matches
from flowlocal.testing.discover import CASES
from flowlocal.testing.run import CaseRunner, CaseStatus

if TYPE_CHECKING:
    from flowlocal.console.queries import AnsweredQuery, OpenedLogs


def write_case(opened: OpenedLogs, answer: AnsweredQuery) -> Path:
    """Write a case that names the logs, the time range and the limit, and expects the rows of an answer.

    The case is run first, as ``flowlocal test`` will.

    Raises:
        NotRecorded: it has another answer, is too large, or cannot be written.
    """
    folder = opened.saved.folder
    path = _free(folder, name_of(answer.question.text))
    try:
        folder.mkdir(parents=True, exist_ok=True)  # first, because the case names the logs from there
        table = _checked(path, _table(opened, answer, folder), answer)
        write_bytes(path, case_text(table).encode(), within=[folder])
    except OSError as error:
        raise NotRecorded(f"the file cannot be written: {error.strerror}", str(path)) from error
    return path


def _free(folder: Path, name: str) -> Path:
    """Return the first path of a case of this name that is not taken."""
    number, path = 1, folder / f"{name}{CASES}"
    while os.path.lexists(path):
        number += 1
        path = folder / f"{name}-{number}{CASES}"
    return path


def _table(opened: OpenedLogs, answer: AnsweredQuery, folder: Path) -> dict[str, Any]:
    """Return the keys of the case."""
    asked, context = answer.question, answer.result.context
    text = asked.source + asked.text
    table: dict[str, Any] = {
        "title": question(" ".join(text.split())[:100], asked.text).title,
        "source": f"answered by flowlocal, and kept in its console at {to_iso(int(time.time() * 1000))}",
        "query": text,
        **_logs(opened, folder),
    }
    for bound in ("start", "end"):
        if isinstance(moment := context.get(bound), int):
            table[bound] = to_iso(moment)
    table |= {"now": to_iso(int(time.time() * 1000))} if "now" in text.lower() else {}
    table |= {"limit": asked.limit} if asked.limit else {}
    tables = {name: _relative(path, folder) for name, path in opened.tables.items() if name in text}
    table |= {"tables": tables} if tables else {}
    if not answer.result.statistics.recordsScanned:
        table["events"] = 0
    return table | {"rows": answer.result.rows}


def _logs(opened: OpenedLogs, folder: Path) -> dict[str, Any]:
    """Return the keys that name the logs."""
    opening = opened.logs.opening
    if opening is None:
        raise NotRecorded("the logs are not in files", "case")
    groups = {name: [_relative(path, folder) for path in paths] for name, paths in opening.groups.items()}
    (first, paths), *more = groups.items()
    found: dict[str, Any] = {"logs": groups} if more else {"logs": paths}
    found |= {"log_group": first} if first and not more else {}
    found |= {"log_format": opening.log_format} if opening.log_format else {}
    return found | ({"strict": True} if opened.logs.strict else {})


def _relative(path: str | os.PathLike[str], folder: Path) -> str:
    """Return a path as a case in a folder names it; one on another drive as it is."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return str(path)


def _checked(path: Path, table: Mapping[str, Any], answer: AnsweredQuery) -> dict[str, Any]:
    """Return a case that passes.

    Raises:
        NotRecorded: it does not.
    """
    outcome = CaseRunner().run(case_of(path, table))
    if outcome.status is CaseStatus.PASSED:
        return dict(table)
    if outcome.rows is not None and "now" in table:
        return {**table, "rows": outcome.rows}  # the answer to what `now()` was then
    if outcome.rows is not None and matches(answer.result.rows, outcome.rows, ordered=False):
        return {**table, "order": "any"}
    hint = "cases cannot have names beside addresses" if answer.result.names else "have the logs changed?"
    raise NotRecorded(
        f"the case has another answer than the page: {outcome.message or 'the rows differ'}", "case", hint=hint
    )
