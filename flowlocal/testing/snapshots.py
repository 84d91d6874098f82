"""Recorded answers of query files: ``__snapshots__/NAME.jsonl`` beside them, one row a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from flowlocal.language.templates import SavedQuery
from flowlocal.testing.case import Asking, Case, Expected, Row, WrongCase, read_text

FOLDER = "__snapshots__"
SUFFIXES = (".insights", ".cwli")


def snapshot_cases(queries: Iterable[Path], asking: Asking, parameters: Mapping[str, str]) -> list[Case | WrongCase]:
    """A case for each query file; parameters are given to the queries that have them."""
    taken: dict[Path, Path] = {}
    return [_case(path, asking, parameters, taken) for path in queries]


def _case(path: Path, asking: Asking, parameters: Mapping[str, str], taken: dict[Path, Path]) -> Case | WrongCase:
    snapshot = path.parent / FOLDER / f"{path.stem}.jsonl"
    try:
        text = read_text(path)
        own = {name: value for name, value in parameters.items() if name in SavedQuery(text).parameters}
        expected = Expected(rows=_read(snapshot)) if snapshot.exists() else Expected()
    except WrongCase as error:
        return error
    if snapshot in taken:
        return WrongCase(f"{taken[snapshot].name} has the same name; one of the two needs another", path)
    taken[snapshot] = path
    return Case(path, None, 1, path.stem, text, own, path.parent, asking, expected, snapshot)


def _read(path: Path) -> tuple[Row, ...]:
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise WrongCase("this line is no row; record it anew with --update", path, number)
        rows.append({str(name): str(value) for name, value in row.items()})
    return tuple(rows)


def write(path: Path, rows: Sequence[Row]) -> None:
    """Record rows."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")


def unused(queries: Iterable[Path]) -> list[Path]:
    """Recorded answers beside some queries, of which none is theirs."""
    paths = list(queries)
    stems = {(path.parent, path.stem) for path in paths}
    folders = sorted({path.parent / FOLDER for path in paths})
    found = (file for folder in folders for file in sorted(folder.glob("*.jsonl")))
    return [file for file in found if (file.parent.parent, file.stem) not in stems]
