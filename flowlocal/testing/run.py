"""Cases put to flowlocal, and how they went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from enum import Enum
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import structs

from flowlocal import api
from flowlocal.events import SkipReason, UnreadableInput
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.invocations import invoked
from flowlocal.language.render import render
from flowlocal.result import Result, Statistics
from flowlocal.small_files import OUTSIDE, is_inside
from flowlocal.sources.files import REMOTE
from flowlocal.sources.files.paths import expand, is_dataset
from flowlocal.sources.joining import joined
from flowlocal.sources.memory import events_of_records
from flowlocal.testing.case import Case, CaseSettings, Places, Row, WrongCase, read_file
from flowlocal.testing.compare import Difference, differences, matches
from flowlocal.testing.snapshots import SUFFIXES


class CaseStatus(Enum):
    """How a case went; the value is the exit code it asks for."""

    PASSED = 0
    FAILED = 1
    WRONG = 2
    """The query is malformed, against expectation, or the case cannot be run."""
    UNREADABLE = 3


@dataclass(frozen=True)
class Outcome:
    """How a case went.

    Attributes:
        case: the case.
        status: how.
        message: what is wrong, in a line; empty where nothing is.
        details: more lines on it.
        differences: rows that are not as expected.
        rows: what the query answered; None where it did not.
        statistics: statistics that are not as expected.
        columns: the columns of the answer.
        error: parts of its error that are not as expected, by the key of the case that expects them.
        seconds: how long it took.
    """

    case: Case
    status: CaseStatus
    message: str = ""
    details: Sequence[str] = ()
    differences: Sequence[Difference] = ()
    rows: Sequence[Row] | None = None
    columns: Sequence[str] = ()
    error: Mapping[str, str] = field(default_factory=dict)
    statistics: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class CaseRunner:
    """Runs cases; what several of them read is opened once."""

    _opened: dict[object, api.Logs] = field(default_factory=dict)

    def run(self, case: Case) -> Outcome:
        """Put a case to flowlocal."""
        began = time.perf_counter()
        return replace(self._run(case), seconds=time.perf_counter() - began)

    def answer(self, case: Case) -> Result:
        """Return the answer of a case's query over its logs.

        Raises:
            MalformedQuery: the query is malformed.
            UnreadableInput: the logs cannot be read.
            WrongCase: something that the case names is not where it must be.
            ValueError: an option is out of range.
        """
        beside = companions(case.query, case.folder, case.within)
        with _table_files(case) as tables:
            options = {
                **case.asking.options,
                "parameters": case.parameters,
                "tables": {**beside["tables"], **tables},
                "saved": {**beside["saved"], **case.saved},
            }
            return self._logs(case.asking).query(case.query, **options)

    def _run(self, case: Case) -> Outcome:
        try:
            result = self.answer(case)
            read = int(result.statistics.recordsScanned)
            if message := _wrong_events(case, read):
                return Outcome(case, CaseStatus.FAILED, message, [str(note) for note in result.notes])
            rows, columns = result.rows, result.columns
        except MalformedQuery as error:
            return self._fixed(_refused(case, error))
        except UnreadableInput as error:
            message = f"{error.in_words()}: {error.place}"
            return Outcome(case, CaseStatus.UNREADABLE, message, [error.hint] if error.hint else [])
        except (ValueError, TypeError, WrongCase) as error:
            return Outcome(case, CaseStatus.WRONG, str(error))
        return _counted(answered(case, rows, columns), result.statistics)

    def _fixed(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a refused query, after running the query as the hint says to write it."""
        case = outcome.case
        if outcome.status is not CaseStatus.PASSED or case.expected.fixed is None:
            return outcome
        try:
            self.answer(replace(case, query=case.expected.fixed))
        except MalformedQuery as error:
            return Outcome(case, CaseStatus.WRONG, f"the query of `fixed` is malformed: {error.message}")
        return outcome

    def _logs(self, asking: CaseSettings) -> api.Logs:
        key = repr(replace(asking, options={}))
        if key not in self._opened:
            self._opened[key] = open_logs(asking)
        return self._opened[key]


@contextmanager
def _table_files(case: Case) -> Iterator[dict[str, str]]:
    """Yield the paths of a case's own lookup tables; those that the case contains are written to a folder of theirs."""
    paths = {name: text for name, text in case.tables.items() if "\n" not in text}
    for path in paths.values():
        _check(Path(path), case.within)
    with TemporaryDirectory() if len(paths) < len(case.tables) else nullcontext("") as folder:
        for number, (name, text) in enumerate(case.tables.items()):
            if name not in paths:
                paths[name] = str(Path(folder, f"{number}.csv"))
                Path(paths[name]).write_text(text, encoding="utf-8")
        yield paths


def companions(query: str, folder: Path, within: Places | None = None) -> dict[str, dict[str, str]]:
    """Return the tables and saved queries of a folder that a query may name, by their stems.

    Args:
        query: the text.
        folder: the folder.
        within: where they must be after links are resolved; None for anywhere.

    Raises:
        WrongCase: a saved query cannot be read, or a table that the query may name may not be.
    """
    tables = _files(folder, ".csv") if "lookup" in query.lower() else []
    for path in tables:
        if path.stem in query:
            _check(path, within)
    saved = [path for suffix in SUFFIXES for path in _files(folder, suffix)] if "$" in query else []
    named = invoked(query)
    return {
        "tables": {path.stem: str(path) for path in tables},
        "saved": {path.stem: read_file(path, within) if path.stem in named else "" for path in saved},
    }


def _check(path: Path, within: Places | None) -> None:
    if within is not None and not is_inside(path, within):
        raise WrongCase(f"{path} is {OUTSIDE}; name its folder, too", path)


def _files(folder: Path, suffix: str) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{suffix}") if path.is_file())


def open_logs(asking: CaseSettings) -> api.Logs:
    """Open the logs of a case.

    Raises:
        WrongCase: they are not where they must be.
    """
    for path in _local_files(asking) if asking.within is not None else ():
        _check(path, asking.within)
    if asking.lines is not None:
        return _logs_of_text(asking.lines, asking.opening)
    if asking.events is not None:
        opening = {key: value for key, value in asking.opening.items() if key != "strict"}
        return api.Logs(events_of_records(asking.events, **opening), asking.opening.get("strict", False))
    if asking.groups:
        each = [_logs_of_text(text, {**asking.opening, "log_group": name}) for name, text in asking.groups]
        return structs.replace(each[0], source=joined([logs.source for logs in each]))
    groups = {name: paths for name, paths in asking.logs if name is not None}
    if groups:
        return api.scan(groups, **asking.opening)
    return api.scan([path for _, paths in asking.logs for path in paths], **asking.opening)


def _logs_of_text(text: str, opening: Mapping[str, Any]) -> api.Logs:
    return api.scan("-", stdin=BytesIO(text.encode()), **opening)


def _local_files(asking: CaseSettings) -> Iterator[Path]:
    """Yield the paths of the logs that are on this machine, and all files and links to files that they match."""
    for path in (path for _, paths in asking.logs for path in paths if not path.startswith(REMOTE)):
        yield Path(path)
        if not is_dataset(path):
            found = expand([path])
            yield from (Path(file.path) for file in found.files)
            yield from (Path(each.path) for each in found.skipped if each.reason is SkipReason.LINKED_FILE)


def _refused(case: Case, error: MalformedQuery) -> Outcome:
    """Return the outcome of a case whose query is malformed."""
    if not case.expected.error:
        details = render(error, source_name=case.title).splitlines()[1:]
        return Outcome(case, CaseStatus.WRONG, f"malformed query: {error.message}", details)
    found = _wrong_parts(case.expected.error, error)
    if not found:
        return Outcome(case, CaseStatus.PASSED)
    details = [line for key, text in found.items() for line in (f"- {case.expected.error[key]}", f"+ {text}")]
    message = f"the {_PARTS[next(iter(found))]} differs from the expected one"
    return Outcome(case, CaseStatus.FAILED, message, details, error=found)


_PARTS = {"error": "error", "hint": "hint of the error", "at": "place of the error", "service": "service's message"}


def _wrong_parts(expected: Mapping[str, str], error: MalformedQuery) -> dict[str, str]:
    """Return what an error says, by key of a case, where it is not as expected."""
    found = {
        "error": error.message,
        "hint": error.hint,
        "at": error.text[error.span.start : error.span.end],
        "service": error.service_message(),
    }
    return {
        key: found[key]
        for key, text in expected.items()
        if (text != found[key] if key == "at" else text not in found[key])
    }


def _wrong_events(case: Case, read: int) -> str:
    """Return what is wrong with the number of events: a case over nothing would pass whatever the query is."""
    expected = case.expected.event_count
    if expected is None:
        return "" if read else "its logs contain no event; if this is intended, add `events = 0`"
    return "" if read == expected else f"its logs contain {read:,} events, not {expected:,}"


def answered(case: Case, rows: Sequence[Row], columns: Sequence[str]) -> Outcome:
    """How a case went whose query answered."""
    message, found = _wrong(case, rows, columns)
    status = CaseStatus.FAILED if message else CaseStatus.PASSED
    return Outcome(case, status, message, differences=found, rows=rows, columns=columns)


def _counted(outcome: Outcome, statistics: Statistics) -> Outcome:
    """Return the outcome of a case, failed if a statistic is not as expected."""
    expected = outcome.case.expected.statistics
    found = {name: int(getattr(statistics, name, -1)) for name in expected}
    wrong = {name: value for name, value in found.items() if value != expected[name]}
    if outcome.status is not CaseStatus.PASSED or not wrong:
        return outcome
    unknown = [name for name, value in wrong.items() if value < 0]
    if unknown:
        return Outcome(outcome.case, CaseStatus.WRONG, f"`{unknown[0]}` is not a statistic: expected `recordsMatched`")
    words = ", ".join(f"{name} is {value}, not {expected[name]}" for name, value in wrong.items())
    return replace(outcome, status=CaseStatus.FAILED, message=words, statistics=wrong)


def _wrong(case: Case, rows: Sequence[Row], columns: Sequence[str]) -> tuple[str, Sequence[Difference]]:
    expected = case.expected
    if expected.nothing:
        return "nothing is recorded; record the answer with --update, and look at it", ()
    if expected.error:
        return f"expected the error `{expected.error['error']}`, but the query returned {counted(len(rows))}", ()
    if expected.columns is not None and tuple(columns) != expected.columns:
        return f"the columns are {_listed(columns)}, not {_listed(expected.columns)}", ()
    if expected.row_count is not None and len(rows) != expected.row_count:
        return f"{counted(len(rows))}, not {expected.row_count}", ()
    if expected.rows is not None and not matches(expected.rows, rows, ordered=expected.ordered):
        found = differences(expected.rows, rows, ordered=expected.ordered)
        return rows_differ(len(rows), len(expected.rows), len(found)), found
    return "", ()


def rows_differ(answered: int, expected: int, differing: int) -> str:
    """Return the sentence on an answer whose rows are not the expected ones."""
    if answered != expected:
        return f"the rows differ: expected {counted(expected)}, got {answered:,}"
    return f"the rows differ: {differing:,} of {counted(expected)}"


def counted(rows: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
