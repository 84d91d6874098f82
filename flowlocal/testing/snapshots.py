"""Recorded answers of query files: ``__snapshots__/NAME.jsonl`` beside them, one row a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from flowlocal.language.templates import SavedQuery
from flowlocal.testing.case import Case, CaseSettings, Expected, Places, Row, WrongCase, read_file

FOLDER = "__snapshots__"
SUFFIXES = (".insights", ".cwli")
_LARGEST = 256 << 20
"""Bytes that a recorded answer may have: the most rows of a query, at 2 kB each, with room to spare."""


def snapshot_cases(
    queries: Iterable[Path], asking: CaseSettings, parameters: Mapping[str, str], within: Places | None = None
) -> list[Case | WrongCase]:
    """Return a case for each query file; parameters are given to the queries that have them.

    Args:
        queries: the query files.
        asking: the logs, and how they are asked.
        parameters: values by name.
        within: where query files and snapshots must be; None for anywhere.
    """
    cases, taken = list[Case | WrongCase](), dict[Path, Path]()
    for path in queries:
        case = _case(path, asking, parameters, within)
        if isinstance(case, Case) and case.snapshot in taken:
            case = WrongCase(f"{taken[case.snapshot].name} has the same name; one of the two needs another", path)
        elif isinstance(case, Case) and case.snapshot is not None:
            taken[case.snapshot] = path
        cases.append(case)
    return cases


def _case(path: Path, asking: CaseSettings, parameters: Mapping[str, str], within: Places | None) -> Case | WrongCase:
    snapshot = path.parent / FOLDER / f"{path.stem}.jsonl"
    try:
        text = read_file(path, within)
        own = {name: value for name, value in parameters.items() if name in SavedQuery(text).parameters}
        expected = Expected(rows=_read(snapshot, within)) if os.path.lexists(snapshot) else Expected()
    except WrongCase as error:
        return error
    return Case(path, None, 1, path.stem, text, own, path.parent, asking, expected, snapshot, within)


def _read(path: Path, within: Places | None) -> tuple[Row, ...]:
    text = read_file(path, within, largest=_LARGEST)
    return tuple(_row(line, path, number) for number, line in enumerate(text.removesuffix("\n").split("\n"), 1) if text)


def _row(line: str, path: Path, number: int) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or not all(isinstance(value, str | int | float) for value in row.values()):
        raise WrongCase("this line is not a row; record it again with --update", path, number)
    return {name: str(value) for name, value in row.items()}


def lines(rows: Iterable[Row]) -> str:
    """Return rows as they are recorded."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def unused(queries: Iterable[Path]) -> list[Path]:
    """Return recorded answers in the folders of some queries that belong to none of them."""
    paths = list(queries)
    stems = {(path.parent, path.stem) for path in paths}
    folders = sorted({path.parent / FOLDER for path in paths})
    found = (file for folder in folders for file in sorted(folder.glob("*.jsonl")))
    return [file for file in found if (file.parent.parent, file.stem) not in stems]
