"""Cases: a query, the logs it is put to, and what it should answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copyreg import __newobj__  # type: ignore[attr-defined] # what pickle itself uses
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from reprlib import repr as shortened
from typing import Any

from flowlocal.language.suggest import did_you_mean
from flowlocal.language.templates import SavedQuery
from flowlocal.small_files import LARGEST, parse_toml, read_text
from flowlocal.testing.keys import ARRAYS, EXCLUSIVE, LOGS, OF_ERROR, QUERIES, check, joined_lines, printed

Row = Mapping[str, str]
"""Names of columns to what is printed in them; missing cells are left out."""

Places = tuple[str | PathLike[str], ...]
"""Files and folders: what is read must be one of them, or inside of one, after links are resolved."""

ANY = "*"
"""In an expected row: any text."""
LARGEST_CASES = 8 << 20
"""Bytes that a file of cases may have: some ten thousand events."""


class WrongCase(Exception):
    """A case or a file of cases that says nothing that can be run.

    Attributes:
        path: the file.
        line: 1-based, where it is known.
    """

    def __init__(self, message: str, path: Path, line: int | None = None) -> None:
        super().__init__(message)
        self.path = path
        self.line = line

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to build it again: without the constructor, which Python would call with the message alone."""
        return __newobj__, (type(self), *self.args), vars(self)


@dataclass(frozen=True)
class Expected:
    """The expected answer of a query; None for what the case does not give.

    Attributes:
        rows: its rows; ``ANY`` stands for any text.
        row_count: how many rows.
        columns: its columns in order.
        error: parts of what the error says, by key: ``error`` (its message), ``hint``, ``service`` (the service's
            message) and ``at`` (the text that it points to, as a whole); empty if no error is expected.
        fixed: the query as the hint says to write it, which must run.
        ordered: True if the order of rows counts.
        event_count: how many events the logs contain; at least one if None.
        statistics: statistics by name; only those that are compared.
    """

    rows: tuple[Row, ...] | None = None
    row_count: int | None = None
    columns: tuple[str, ...] | None = None
    error: Mapping[str, str] = field(default_factory=dict)
    fixed: str | None = None
    ordered: bool = True
    event_count: int | None = None
    statistics: Mapping[str, int] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """True if the case expects no particular answer."""
        return self.rows is None and self.row_count is None and not self.error and self.columns is None


Logs = tuple[tuple[str | None, tuple[str, ...]], ...]
"""Log groups and paths, in a form that two cases can share."""


@dataclass(frozen=True)
class CaseSettings:
    """The logs of a case, and the options of opening and querying them.

    Attributes:
        logs: paths by the log group they are assigned to; None for the log group that the files name.
        lines: the text of the log, if the case contains it.
        groups: log groups and the texts of their logs, if the case contains them.
        events: events as the Logs API lists them, if the case contains them.
        opening: options of ``flowlocal.scan``: ``log_format``, ``log_group``, ``strict``.
        options: options of ``Logs.query``: ``start``, ``end``, ``now``, ``limit``.
        within: where the logs must be; None for logs that the user named.
    """

    logs: Logs = ()
    lines: str | None = None
    groups: tuple[tuple[str, str], ...] = ()
    events: Sequence[Mapping[str, Any]] | None = None
    opening: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    within: Places | None = None


@dataclass(frozen=True)
class Case:
    """A query under test.

    Attributes:
        path: the file that holds the case; for a recorded snapshot, the query's.
        number: its 0-based number in its array of the file; None if the file is one case.
        line: the 1-based line it begins at.
        title: what it shows.
        query: the text.
        parameters: values for its ``{{name}}``.
        folder: where the tables and saved queries lie that it may name.
        asking: the logs, and how they are asked.
        expected: what the query should answer.
        snapshot: the file that records the answer, where the case has no other expectation.
        within: where files must be that are read for the case, or written; None for anywhere.
        array: the array of the file that contains the case: ``case`` or ``value``.
        tables: lookup tables by name: absolute paths, or the CSV text itself, which has several lines.
        saved: texts of saved queries by name.
        source: how the expected answer is known; free text.
    """

    path: Path
    number: int | None
    line: int
    title: str
    query: str
    parameters: Row
    folder: Path
    asking: CaseSettings
    expected: Expected
    snapshot: Path | None = None
    within: Places | None = None
    array: str = "case"
    tables: Row = field(default_factory=dict)
    saved: Row = field(default_factory=dict)
    source: str = ""


def read_cases(path: Path, within: Places | None = None) -> list[Case]:
    """Return the cases of a TOML file.

    Args:
        path: the file.
        within: where it must be, and everything that its cases name; None for anywhere.

    Raises:
        WrongCase: the file cannot be read, is not TOML, or contains something that is not a case.
    """
    text = read_file(path, within, largest=LARGEST_CASES)
    try:
        content = parse_toml(text)
    except ValueError as error:
        found = re.search(r"line (\d+)", str(error))
        raise WrongCase(f"invalid TOML: {error}", path, int(found[1]) if found else None) from error
    if not ARRAYS.keys() & content.keys():
        return [case_of(path, content, within=within)]
    return list(_cases(path, text, content, within))


def read_file(path: Path, within: Places | None, *, largest: int = LARGEST) -> str:
    """Return the text of a file.

    Raises:
        WrongCase: it cannot be read, or may not be.
    """
    try:
        return read_text(path, within=within, largest=largest)
    except OSError as error:
        raise WrongCase(f"the file cannot be read: {error.strerror}", path) from error


def _cases(path: Path, text: str, content: dict[str, Any], within: Places | None) -> Iterator[Case]:
    defaults = content.pop("defaults", {})
    arrays = {name: content.pop(name, []) for name in ARRAYS}
    if content:
        raise WrongCase(f"unexpected `{next(iter(content))}`: expected [[case]], [[value]] or [defaults]", path)
    tables = (table for array in arrays.values() for table in (array if isinstance(array, list) else [array, None]))
    if not all(isinstance(each, dict) for each in (*tables, defaults)):
        raise WrongCase("cases are written as [[case]] or [[value]], what they share as [defaults]", path)
    for name, array in arrays.items():
        lines = _lines(name, text, len(array))
        for number, table in enumerate(array):
            complete = _complete(path, name, number, lines[number], table, defaults)
            yield replace(case_of(path, complete, number, lines[number], within=within), array=name)


def _complete(  # noqa: PLR0917 - where a table is, and the table
    path: Path, array: str, number: int, line: int, table: dict[str, Any], defaults: dict[str, Any]
) -> dict[str, Any]:
    """Return the table of a case with its title and the defaults."""
    title = table.get("title", table.get("expression", f"{array} {number + 1}"))
    try:
        check(table, ARRAYS[array], array)
        written = table if array == "case" else _as_case(table)
    except ValueError as error:
        raise WrongCase(f"{_shown(title)}: {error}", path, line) from error
    return {"title": title, **merged(defaults, written)}


def _as_case(value: dict[str, Any]) -> dict[str, Any]:
    """Return the table of a case for that of a value."""
    if "expression" not in value:
        raise ValueError("a value has no `expression`")
    rest = {key: each for key, each in value.items() if key not in ("expression", "prints")}
    row = {"v": value["prints"]} if "prints" in value else {}
    expected = {} if "error" in value else {"rows": [row]}
    return {"query": f"fields {value['expression']} as v", **expected, **rest}


def merged(defaults: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """Return a case with the defaults, except those for which the case has another key of the same group."""
    replaced = {key for group in EXCLUSIVE if any(key in table for key in group) for key in group}
    replaced |= set(OF_ERROR) if {"rows", "row_count"} & table.keys() else set()
    return {**{key: value for key, value in defaults.items() if key not in replaced}, **table}


def _lines(array: str, text: str, count: int) -> list[int]:
    """Return the line of each table of an array; 1 for all if the file writes them in an unusual way."""
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{array}[ \t]*\]\]", re.MULTILINE)
    found = [text.count("\n", 0, match.start()) + 1 for match in header.finditer(text)]
    return found if len(found) == count else [1] * count


def case_of(
    path: Path, table: Mapping[str, Any], number: int | None = None, line: int = 1, *, within: Places | None = None
) -> Case:
    """Return the case of a table.

    Args:
        path: the file that contains it.
        table: its keys, see ``KEYS``; defaults are merged already.
        number: its number in its array; None if the file is one case.
        line: the line it begins at.
        within: where files must be that it names; None for anywhere.

    Raises:
        WrongCase: it is not a case.
    """
    table = {"title": path.name.split(".")[0], **table}
    try:
        _check(table)
        query, folder = _query(path, table, within)
        parameters = checked(query, table.get("parameters", {}))
        title, asking, expected = printed(table["title"]), _asking(path, table, within), _expected(table)
        own = Case(path, number, line, title, query, parameters, folder, asking, expected, None, within)
    except ValueError as error:
        raise WrongCase(f"{_shown(table['title'])}: {error}", path, line) from error
    tables = {name: text if "\n" in text else str(path.parent / text) for name, text in table.get("tables", {}).items()}
    return replace(own, tables=tables, saved=table.get("saved", {}), source=table.get("source", ""))


def _shown(value: object) -> str:
    return value if isinstance(value, str) else shortened(value)


def _check(table: Mapping[str, Any]) -> None:
    """Raise ValueError if keys of a case are unknown, have values of another type, or contradict each other."""
    check(table)
    for names in EXCLUSIVE:
        given = [f"`{name}`" for name in names if name in table]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other; keep one of them")
    details = [name for name in OF_ERROR if name in table]
    if details and "error" not in table:
        raise ValueError(f"`{details[0]}` describes an error; add `error`, a part of its message")


def _query(path: Path, table: Mapping[str, Any], within: Places | None) -> tuple[str, Path]:
    """Return the text of the query, and its folder."""
    if not any(key in table for key in QUERIES):
        raise ValueError("a case needs either `query` or `query_file`")
    if "query" in table:
        return table["query"], path.parent
    file = path.parent / table["query_file"]
    try:
        return read_file(file, within), file.parent
    except WrongCase as error:
        raise ValueError(f"{file}: {error}") from error


def checked(query: str, parameters: Mapping[str, object]) -> dict[str, str]:
    """Values for ``{{name}}`` of a query as texts.

    Raises:
        ValueError: one is given for a name that the query does not have.
    """
    known = SavedQuery(query).parameters
    for name in parameters:
        if name not in known:
            hint = did_you_mean(name, known) or "its parameters are written {{name}}"
            raise ValueError(f"the query has no parameter `{name}`; {hint}")
    return {name: printed(value) for name, value in parameters.items()}


def grouped(folder: Path, logs: object) -> Logs:
    """Return logs as a case names them: one path, several, or either by log group; paths start at a folder.

    Raises:
        ValueError: they are written in another way.
    """
    if isinstance(logs, Mapping):
        return tuple((str(name), _paths(folder, each)) for name, each in logs.items())
    paths = _paths(folder, logs)
    return ((None, paths),) if paths else ()


def _paths(folder: Path, logs: object) -> tuple[str, ...]:
    written = list(logs) if isinstance(logs, list | tuple) else [logs]
    paths = [each for each in written if isinstance(each, str | PathLike)]
    if len(paths) < len(written):
        raise ValueError("`logs` holds paths, or a table of log groups and their paths")
    return tuple(str(folder / each) for each in paths)


def _asking(path: Path, table: Mapping[str, Any], within: Places | None) -> CaseSettings:
    logs = grouped(path.parent, table.get("logs", []))
    if not logs and not any(key in table for key in LOGS[1:]):
        raise ValueError("a case needs logs: `logs` (paths), `lines`, `log_events` or `groups`")
    if "groups" in table and "log_group" in table:
        raise ValueError("`groups` names the log groups already; leave `log_group` out")
    lines = joined_lines(table["lines"]) if "lines" in table else None
    groups = tuple((name, joined_lines(each)) for name, each in table.get("groups", {}).items())
    opening = {key: table[key] for key in _OPENING if key in table}
    options = {key: table[key] for key in _OPTIONS if key in table}
    return CaseSettings(logs, lines, groups, table.get("log_events"), opening, options, within)


def _expected(table: Mapping[str, Any]) -> Expected:
    rows, columns = table.get("rows"), table.get("columns")
    return Expected(
        None if rows is None else tuple({name: printed(cell) for name, cell in row.items()} for row in rows),
        table.get("row_count"),
        None if columns is None else tuple(columns),
        {key: table[key] for key in ("error", "hint", "at", "service") if key in table},
        table.get("fixed"),
        ordered=table.get("order", "exact") == "exact",
        event_count=table.get("events"),
        statistics=table.get("statistics", {}),
    )


_OPENING = ("log_format", "log_group", "strict")
_OPTIONS = ("start", "end", "now", "limit")
