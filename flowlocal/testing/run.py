"""Cases put to flowlocal, and how they went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from io import BytesIO
from pathlib import Path

from flowlocal import api
from flowlocal.events import UnreadableInput
from flowlocal.language.errors import MalformedQuery
from flowlocal.language.invocations import invoked
from flowlocal.language.render import render
from flowlocal.small_files import OUTSIDE, is_inside
from flowlocal.sources.files.paths import REMOTE, expand, is_dataset
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
        columns: the columns of the answer.
        error: the message of its error; empty where it was none.
        seconds: how long it took.
    """

    case: Case
    status: CaseStatus
    message: str = ""
    details: Sequence[str] = ()
    differences: Sequence[Difference] = ()
    rows: Sequence[Row] | None = None
    columns: Sequence[str] = ()
    error: str = ""
    seconds: float = 0.0


@dataclass
class CaseRunner:
    """Runs cases; what several of them read is opened once."""

    _opened: dict[object, api.Logs] = field(default_factory=dict)

    def run(self, case: Case) -> Outcome:
        """Put a case to flowlocal."""
        began = time.perf_counter()
        return replace(self._run(case), seconds=time.perf_counter() - began)

    def _run(self, case: Case) -> Outcome:
        try:
            named = companions(case.query, case.folder, case.within)
            options = {**case.asking.options, **named, "parameters": case.parameters}
            result = self._logs(case.asking).query(case.query, **options)
            read = int(result.statistics.recordsScanned)
            if message := _wrong_events(case, read):
                return Outcome(case, CaseStatus.FAILED, message, [str(note) for note in result.notes])
            rows, columns = result.rows, result.columns
        except MalformedQuery as error:
            return _refused(case, error)
        except UnreadableInput as error:
            place = error.path if error.line is None else f"{error.path}:{error.line}"
            return Outcome(case, CaseStatus.UNREADABLE, f"{place}: {error}", [error.hint] if error.hint else [])
        except (ValueError, TypeError, WrongCase) as error:
            return Outcome(case, CaseStatus.WRONG, str(error))
        return answered(case, rows, columns)

    def _logs(self, asking: CaseSettings) -> api.Logs:
        key = (asking.logs, asking.lines, tuple(sorted(asking.opening.items())), asking.within)
        if key not in self._opened:
            self._opened[key] = open_logs(asking)
        return self._opened[key]


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
        return api.scan("-", stdin=BytesIO(asking.lines.encode()), **asking.opening)
    groups = {name: paths for name, paths in asking.logs if name is not None}
    if groups:
        return api.scan(groups, **asking.opening)
    return api.scan([path for _, paths in asking.logs for path in paths], **asking.opening)


def _local_files(asking: CaseSettings) -> Iterator[Path]:
    """Yield the paths of the logs that are on this machine, and all files that they stand for."""
    for path in (path for _, paths in asking.logs for path in paths if not path.startswith(REMOTE)):
        yield Path(path)
        if not is_dataset(path):
            yield from (Path(file.path) for file in expand([path]).files)


def _refused(case: Case, error: MalformedQuery) -> Outcome:
    """How a case went whose query is malformed."""
    expected, said = case.expected.error, (error.message, error.hint, error.service_message(), str(error))
    if expected is not None and any(expected in each for each in said):
        return Outcome(case, CaseStatus.PASSED, error=error.message)
    if expected is not None:
        details = [f"- {expected}", f"+ {error.message}"]
        return Outcome(case, CaseStatus.FAILED, "the error is another", details, error=error.message)
    details = render(error, source_name=case.title).splitlines()[1:]
    return Outcome(case, CaseStatus.WRONG, f"malformed query: {error.message}", details, error=error.message)


def _wrong_events(case: Case, read: int) -> str:
    """Return what is wrong with the number of events: a case over nothing would pass whatever the query is."""
    expected = case.expected.events
    if expected is None:
        return "" if read else "its logs contain no event; a case that is meant so says `events = 0`"
    return "" if read == expected else f"its logs contain {read:,} events, not {expected:,}"


def answered(case: Case, rows: Sequence[Row], columns: Sequence[str]) -> Outcome:
    """How a case went whose query answered."""
    message, found = _wrong(case, rows, columns)
    status = CaseStatus.FAILED if message else CaseStatus.PASSED
    return Outcome(case, status, message, differences=found, rows=rows, columns=columns)


def _wrong(case: Case, rows: Sequence[Row], columns: Sequence[str]) -> tuple[str, Sequence[Difference]]:
    expected = case.expected
    if expected.nothing:
        return "nothing is recorded; record the answer with --update, and look at it", ()
    if expected.error is not None:
        return f"an error with `{expected.error}` was expected, and the query answered {counted(len(rows))}", ()
    if expected.columns is not None and tuple(columns) != expected.columns:
        return f"the columns are {_listed(columns)}, not {_listed(expected.columns)}", ()
    if expected.row_count is not None and len(rows) != expected.row_count:
        return f"{counted(len(rows))}, not {expected.row_count}", ()
    if expected.rows is not None and not matches(expected.rows, rows, ordered=expected.ordered):
        found = differences(expected.rows, rows, ordered=expected.ordered)
        return f"the rows differ: {counted(len(rows))}, {len(expected.rows)} expected", found
    return "", ()


def counted(rows: int) -> str:
    """A number of rows in words."""
    return "1 row" if rows == 1 else f"{rows} rows"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
