"""Expectations recorded anew, in the files that hold them, comments and order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from flowlocal.testing.case import Case, Row, WrongCase, printed
from flowlocal.testing.compare import row_matches
from flowlocal.testing.run import Outcome, Status
from flowlocal.testing.snapshots import write

_MOST_MERGED = 500
"""Rows up to which an array is changed in place; more are written anew."""


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
    passed = [replace(each, status=Status.PASSED) if each.status is Status.FAILED else each for each in outcomes]
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
    elif "rows" in table and table["rows"] and len(outcome.rows) <= _MOST_MERGED:
        _merge(table["rows"], outcome.rows)
    elif outcome.differences or outcome.case.expected.rows is None:
        table["rows"] = _array(outcome.rows)


def _merge(array: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401
    """Change an array of rows where the answer differs; rows that are still right stay as they are written."""
    before = [{name: printed(_plain(cell)) for name, cell in row.items()} for row in array]
    numbers = [_number(row, before, -1 - at) for at, row in enumerate(rows)]
    operations = SequenceMatcher(None, list(range(len(before))), numbers, autojunk=False).get_opcodes()
    for operation, start, end, first, last in reversed(operations):
        if operation == "equal":
            continue
        changed = min(end - start, last - first)
        for at in reversed(range(start + changed, end)):
            del array[at]
        for at in range(first + changed, last):
            array.insert(start + at - first, _inline(rows[at]))
        for at in range(changed):
            array[start + at] = _inline(rows[first + at])


def _number(row: Row, before: Sequence[Row], otherwise: int) -> int:
    """The number of the row before that is still right for a row; another number where there is none."""
    return next((number for number, expected in enumerate(before) if row_matches(expected, row)), otherwise)


def _array(rows: Sequence[Row]) -> Any:  # noqa: ANN401
    """Rows, one a line."""
    import tomlkit  # noqa: PLC0415

    array = tomlkit.array()
    for row in rows:
        array.add_line(_inline(row), indent="  ")
    array.add_line(indent="")
    return array


def _inline(row: Row) -> Any:  # noqa: ANN401
    import tomlkit  # noqa: PLC0415

    table = tomlkit.inline_table()
    table.update(row)
    return table


def _plain(cell: Any) -> object:  # noqa: ANN401
    return cell.unwrap() if hasattr(cell, "unwrap") else cell
