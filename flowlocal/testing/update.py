"""Expectations recorded anew, in the files that hold them, comments and order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from flowlocal.small_files import parse_toml, read_bytes, write_bytes
from flowlocal.testing.case import Case, Row, WrongCase
from flowlocal.testing.compare import row_matches
from flowlocal.testing.keys import OF_ERROR, printed
from flowlocal.testing.run import CaseStatus, Outcome
from flowlocal.testing.snapshots import lines

_BOM = b"\xef\xbb\xbf"
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
    recorded = [outcome for outcome in outcomes if outcome.status is CaseStatus.FAILED]
    record(recorded)
    passed = [
        replace(each, status=CaseStatus.PASSED) if each.status is CaseStatus.FAILED else each for each in outcomes
    ]
    return passed, len(recorded)


def record(outcomes: Sequence[Outcome]) -> None:
    """Write what queries answered to the files that hold their cases.

    Raises:
        WrongCase: a file cannot be written.
    """
    by_file: dict[Path, list[Outcome]] = {}
    for outcome in outcomes:
        by_file.setdefault(outcome.case.snapshot or outcome.case.path, []).append(outcome)
    for path, own in by_file.items():
        try:
            _record_in(path, own)
        except OSError as error:
            raise WrongCase(f"the file cannot be written: {error.strerror}", path) from error


def _record_in(path: Path, outcomes: Sequence[Outcome]) -> None:
    case = outcomes[0].case
    within = case.within or (case.path, case.path.parent)
    if case.snapshot is not None:
        write_bytes(path, lines(outcomes[0].rows or ()).encode(), within=within)
    else:
        write_bytes(path, _rewritten(path, read_bytes(path, within=within), outcomes), within=within)


def _rewritten(path: Path, data: bytes, outcomes: Sequence[Outcome]) -> bytes:
    """Return a file of cases that contains the answers."""
    import tomlkit  # noqa: PLC0415 - only where something is recorded

    mark = _BOM if data.startswith(_BOM) else b""
    try:
        document = tomlkit.parse(data.removeprefix(mark).decode())
    except (ValueError, RecursionError) as error:
        raise WrongCase("this file cannot be changed by --update; change it by hand", path) from error
    for outcome in outcomes:
        _record(_table(document, outcome.case), outcome)
    text = tomlkit.dumps(document)
    if not _reads_alike(text, document.unwrap()):
        raise WrongCase("this way of writing rows cannot be changed by --update; change it by hand", path)
    return mark + text.encode()


def _reads_alike(text: str, content: object) -> bool:
    """Return True if a text reads as the intended content."""
    try:
        return parse_toml(text) == content
    except ValueError:
        return False


def _table(document: Any, case: Case) -> Any:  # noqa: ANN401 - tomlkit's own types
    return document if case.number is None else document[case.array][case.number]


def _record(table: Any, outcome: Outcome) -> None:  # noqa: ANN401
    """Write into a case's table what its query answered, in the form in which the case expects it."""
    if outcome.rows is None:
        table.update(outcome.error)
        return
    for key in ("error", *OF_ERROR):
        table.pop(key, None)
    if outcome.case.array == "value":
        _record_value(table, outcome)
        return
    expected = outcome.case.expected
    if outcome.statistics:
        table["statistics"].update(outcome.statistics)
    if expected.columns not in (None, tuple(outcome.columns)):
        table["columns"] = list(outcome.columns)
    if expected.row_count is not None:
        table["row_count"] = len(outcome.rows)
    elif expected.rows is not None or expected.error or expected.nothing:
        _record_rows(table, outcome.rows)


def _record_value(table: Any, outcome: Outcome) -> None:  # noqa: ANN401
    """Write what an expression prints; a missing value is left out."""
    rows = outcome.rows or ()
    if len(rows) != 1:
        raise WrongCase(f"a value has one row, not {len(rows)}; write a [[case]]", outcome.case.path, outcome.case.line)
    if not rows[0]:
        table.pop("prints", None)
        return
    table["prints"] = _RowStyle.of([{"v": table.get("prints", "")}]).cell("v", rows[0]["v"])


def _record_rows(table: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401
    before = table.get("rows")
    style = _RowStyle.of(before or ())
    if before and len(rows) <= _MOST_MERGED:
        _merge(before, rows, style)
    else:
        table["rows"] = _array(rows, style)


def _merge(array: Any, rows: Sequence[Row], style: _RowStyle) -> None:  # noqa: ANN401
    """Change an array of rows where the answer differs; rows that are still right stay as they are written."""
    before = [{name: printed(_plain(cell)) for name, cell in row.items()} for row in array]
    numbers = _numbers(rows, before)
    operations = SequenceMatcher(None, list(range(len(before))), numbers, autojunk=False).get_opcodes()
    for operation, start, end, first, last in reversed(operations):
        if operation == "equal":
            continue
        changed = min(end - start, last - first)
        for at in reversed(range(start + changed, end)):
            del array[at]
        for at in range(first + changed, last):
            array.insert(start + at - first, style.row(rows[at]))
        for at in range(changed):
            _change(array, start + at, rows[first + at], style)


def _change(array: Any, at: int, row: Row, style: _RowStyle) -> None:  # noqa: ANN401
    """Write a row over another one; cells that are still right stay as they are written."""
    old = array[at]
    if list(old) != list(row):
        array[at] = style.row(row, old)
        return
    for name, text in row.items():
        if printed(_plain(old[name])) != text:
            old[name] = style.cell(name, text)


def _numbers(rows: Sequence[Row], before: Sequence[Row]) -> list[int]:
    """For each row the number of the row before that is still right for it; negative where there is none."""
    free, numbers = dict(enumerate(before)), list[int]()
    for at, row in enumerate(rows):
        number = next((number for number, expected in free.items() if row_matches(expected, row)), -1 - at)
        free.pop(number, None)
        numbers.append(number)
    return numbers


def _array(rows: Sequence[Row], style: _RowStyle) -> Any:  # noqa: ANN401
    """Rows, one a line."""
    import tomlkit  # noqa: PLC0415

    array = tomlkit.array()
    for row in rows:
        array.add_line(style.row(row), indent="  ")
    array.add_line(indent="")
    return array


@dataclass(frozen=True)
class _RowStyle:
    """How the rows of a case are written.

    Attributes:
        padding: blanks within the braces of a row.
        numeric: the columns with a value that is written as a number, not as a text.
    """

    padding: str = " "
    numeric: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rows: Sequence[Any]) -> _RowStyle:
        """Return the style of rows as tomlkit reads them; without any, the usual one."""
        numeric = frozenset(name for row in rows for name, cell in row.items() if not isinstance(cell, str))
        is_tight = bool(rows) and hasattr(rows[0], "as_string") and not rows[0].as_string().startswith("{ ")
        return cls("" if is_tight else " ", numeric)

    def cell(self, name: str, text: str) -> object:
        """Return the value of a cell: a number where the column has numbers and one is printed in this way."""
        if name in self.numeric:
            try:
                number = parse_toml(f"v = {text}")["v"]
            except ValueError:
                return text
            if isinstance(number, int | float) and printed(number) == text:
                return number
        return text

    def row(self, row: Row, before: Any = None) -> Any:  # noqa: ANN401 - tomlkit's own types
        """Return a row as tomlkit writes it; cells that are equal in the one before it are written as there."""
        import tomlkit  # noqa: PLC0415

        cells = []
        for name, text in row.items():
            is_same = before is not None and name in before and printed(_plain(before[name])) == text
            value = before[name] if is_same else tomlkit.item(self.cell(name, text))
            cells.append(f"{tomlkit.key(name).as_string()} = {value.as_string()}")
        inside = f"{self.padding}{', '.join(cells)}{self.padding}" if cells else ""
        return tomlkit.parse(f"row = {{{inside}}}")["row"]


def _plain(cell: Any) -> object:  # noqa: ANN401
    return cell.unwrap() if hasattr(cell, "unwrap") else cell
