"""Expectations recorded anew, in the files that hold them, comments and order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowlocal.testing.case import Case, Row, WrongCase, printed
from flowlocal.testing.compare import row_matches
from flowlocal.testing.run import Outcome, Status
from flowlocal.testing.snapshots import write


def recorded_as_passed(outcomes: Sequence[Outcome]) -> tuple[list[Outcome], int]:
    """Record what queries answered where their cases expect something else.

    A query that is malformed, though its case expects rows, is not recorded: that is no answer.

    Returns:
        The outcomes, those that were recorded as passed, and how many these are.

    Raises:
        WrongCase: a file cannot be written.
    """
    recorded = [outcome for outcome in outcomes if outcome.status is Status.FAILED]
    record(recorded)
    passed = [
        replace(each, status=Status.PASSED) if each.status is Status.FAILED else each for each in outcomes
    ]
    return passed, len(recorded)


def record(outcomes: Sequence[Outcome]) -> None:
    """Write what queries answered to the files that hold their cases."""
    by_file: dict[Path, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.case.snapshot is not None:
            write(outcome.case.snapshot, outcome.rows or ())
        else:
            by_file.setdefault(outcome.case.path, []).append(outcome)
    for path, own in by_file.items():
        _rewrite(path, own)


def _rewrite(path: Path, outcomes: Sequence[Outcome]) -> None:
    import tomlkit  # noqa: PLC0415 - only where something is recorded

    with path.open(encoding="utf-8", newline="") as stream:
        document = tomlkit.parse(stream.read())
    for outcome in outcomes:
        _record(_table(document, outcome.case), outcome)
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write(tomlkit.dumps(document))
    except OSError as error:
        raise WrongCase(f"the file cannot be written: {error.strerror}", path) from error


def _table(document: Any, case: Case) -> Any:  # noqa: ANN401 - tomlkit's own types
    return document if case.number is None else document["case"][case.number]


def _record(table: Any, outcome: Outcome) -> None:  # noqa: ANN401
    """Write into a case's table what its query answered, in the form in which the case expects it."""
    if outcome.rows is None:
        table["error"] = outcome.error
        return
    table.pop("error", None)
    if outcome.case.expected.columns is not None and "columns" in table:
        table["columns"] = list(outcome.columns)
    if outcome.case.expected.row_count is not None:
        table["row_count"] = len(outcome.rows)
    elif outcome.differences or outcome.case.expected.rows is None:
        table["rows"] = _array(outcome.rows, table.get("rows", []))


def _array(rows: Sequence[Row], before: Any) -> Any:  # noqa: ANN401
    """Rows one a line; those that were expected before are written as they were."""
    import tomlkit  # noqa: PLC0415

    known = [(dict(row), {name: printed(_plain(cell)) for name, cell in row.items()}) for row in before]
    array = tomlkit.array()
    array.multiline(True)
    for row in rows:
        written = next((each for each, expected in known if row_matches(expected, row)), dict(row))
        table = tomlkit.inline_table()
        table.update(written)
        array.append(table)
    return array


def _plain(cell: Any) -> object:  # noqa: ANN401
    return cell.unwrap() if hasattr(cell, "unwrap") else cell
