"""Cases: a query, the logs it is put to, and what it should answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copyreg import __newobj__  # type: ignore[attr-defined] # what pickle itself uses
from dataclasses import dataclass, field
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from reprlib import repr as shortened
from types import UnionType
from typing import Any

from flowlocal.language.suggest import did_you_mean
from flowlocal.language.templates import SavedQuery
from flowlocal.small_files import LARGEST, parse_toml, read_text

Row = Mapping[str, str]
"""Names of columns to what is printed in them; missing cells are left out."""

Places = tuple[str | PathLike[str], ...]
"""Files and folders: what is read must be one of them, or inside of one, after links are resolved."""

ANY = "*"
"""In an expected row: any text."""

_QUERY = ("query", "query_file", "parameters")
_LOGS = ("logs", "lines", "log_format", "log_group", "strict")
_ASKING = ("start", "end", "now", "limit")
_EXPECTED = ("rows", "row_count", "columns", "order", "error", "events")
KEYS = ("title", *_QUERY, *_LOGS, *_ASKING, *_EXPECTED)
"""Every key that a case can have."""

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*case[ \t]*\]\]", re.MULTILINE)


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
    """What a query should answer. None is for what the case does not say.

    Attributes:
        rows: its rows; ``ANY`` stands for any text.
        row_count: how many rows.
        columns: its columns in order.
        error: a part of the message of the error it should be.
        ordered: does the order of rows count?
        events: how many events the logs contain; if it is not given, there must be one at least.
    """

    rows: tuple[Row, ...] | None = None
    row_count: int | None = None
    columns: tuple[str, ...] | None = None
    error: str | None = None
    ordered: bool = True
    events: int | None = None

    @property
    def nothing(self) -> bool:
        """Does the case say nothing of the answer?"""
        return self.rows is None and self.row_count is None and self.error is None and self.columns is None


Logs = tuple[tuple[str | None, tuple[str, ...]], ...]
"""Log groups and paths, in a form that two cases can share."""


@dataclass(frozen=True)
class CaseSettings:
    """The logs, and how they are asked.

    Attributes:
        logs: paths by the log group they are said to be in; None for the group of their own.
        lines: the log itself, where it stands in the case.
        opening: options of ``flowlocal.scan``: ``log_format``, ``log_group``, ``strict``.
        options: options of ``Logs.query``: ``start``, ``end``, ``now``, ``limit``.
        within: where the logs must be; None for logs that the user named.
    """

    logs: Logs = ()
    lines: str | None = None
    opening: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    within: Places | None = None


@dataclass(frozen=True)
class Case:
    """A query under test.

    Attributes:
        path: the file that holds the case; for a recorded snapshot, the query's.
        number: its 0-based number among the cases of the file; None where the file is one case.
        line: the 1-based line it begins at.
        title: what it shows.
        query: the text.
        parameters: values for its ``{{name}}``.
        folder: where the tables and saved queries lie that it may name.
        asking: the logs, and how they are asked.
        expected: what the query should answer.
        snapshot: the file that records the answer, where the case has no other expectation.
        within: where files must be that are read for the case, or written; None for anywhere.
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


def read_cases(path: Path, within: Places | None = None) -> list[Case]:
    """Return the cases of a TOML file.

    Args:
        path: the file.
        within: where it must be, and everything that its cases name; None for anywhere.

    Raises:
        WrongCase: the file cannot be read, is not TOML, or contains something that is not a case.
    """
    text = read_file(path, within)
    try:
        content = parse_toml(text)
    except ValueError as error:
        found = re.search(r"line (\d+)", str(error))
        raise WrongCase(f"invalid TOML: {error}", path, int(found[1]) if found else None) from error
    if "case" not in content:
        return [_case(path, None, 1, {"title": path.name.split(".")[0], **content}, within)]
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
    tables, defaults = content.pop("case"), content.pop("defaults", {})
    if content:
        raise WrongCase(f"beside [[case]] and [defaults] there is `{next(iter(content))}`", path)
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in (*tables, defaults)):
        raise WrongCase("cases are written as [[case]], what they share as [defaults]", path)
    lines = _lines(text, len(tables))
    for number, table in enumerate(tables):
        titled = {"title": f"case {number + 1}", **_under(defaults, table)}
        yield _case(path, number, lines[number], titled, within)


def _under(defaults: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """Defaults below a case, less those that the case says in another way."""
    ways = (("query", "query_file"), ("logs", "lines"), ("rows", "row_count", "error"))
    said = {key for way in ways if any(key in table for key in way) for key in way}
    return {**{key: value for key, value in defaults.items() if key not in said}, **table}


def _lines(text: str, count: int) -> list[int]:
    """The line of each case; 1 for all where the file writes them in an unusual way."""
    found = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    return found if len(found) == count else [1] * count


def _case(path: Path, number: int | None, line: int, table: dict[str, Any], within: Places | None) -> Case:
    try:
        _check_keys(table)
        query, folder = _query(path, table, within)
        parameters = checked(query, _of("parameters", table.get("parameters", {}), dict))
        title, asking, expected = printed(table["title"]), _asking(path, table, within), _expected(table)
        return Case(path, number, line, title, query, parameters, folder, asking, expected, None, within)
    except ValueError as error:
        raise WrongCase(f"{_shown(table['title'])}: {error}", path, line) from error


def _shown(value: object) -> str:
    return value if isinstance(value, str) else shortened(value)


def _check_keys(table: dict[str, Any]) -> None:
    for key in table:
        if key not in KEYS:
            raise ValueError(f"a case has no key `{key}`; " + (did_you_mean(key, KEYS) or f"it has {', '.join(KEYS)}"))
    if "logs" in table and "lines" in table:
        raise ValueError("the log is given twice, by `logs` and by `lines`")
    if sum(key in table for key in ("rows", "row_count", "error")) > 1:
        raise ValueError("expect `rows`, or a `row_count`, or an `error`")


def _query(path: Path, table: dict[str, Any], within: Places | None) -> tuple[str, Path]:
    """Return the text of the query, and its folder."""
    if ("query" in table) == ("query_file" in table):
        raise ValueError("a case has either `query` or `query_file`")
    if "query" in table:
        return _of("query", table["query"], str), path.parent
    file = path.parent / _of("query_file", table["query_file"], str)
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
    """Logs as they are written, one path, several, or either by log group, with paths from a folder.

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


def _asking(path: Path, table: dict[str, Any], within: Places | None) -> CaseSettings:
    logs = grouped(path.parent, table.get("logs", []))
    lines = table.get("lines")
    if isinstance(lines, list):
        lines = "".join(f"{_of('lines', line, str)}\n" for line in lines)
    elif lines is not None:
        lines = _of("lines", lines, str)
    if not logs and lines is None:
        raise ValueError("a case has `logs`, one or several paths, or the `lines` of a log")
    opening = {key: _of(key, table[key], kind) for key, kind in _OPENING.items() if key in table}
    options = {key: _of(key, table[key], kind) for key, kind in _OPTIONS.items() if key in table}
    return CaseSettings(logs, lines, opening, options, within)


def _expected(table: dict[str, Any]) -> Expected:
    order = table.get("order", "exact")
    if order not in ("exact", "any"):
        raise ValueError(f"`order` is exact or any, not {order}")
    rows, columns = table.get("rows"), table.get("columns")
    if rows is not None:
        rows = tuple(_row(each) for each in _of("rows", rows, list))
    if columns is not None:
        columns = tuple(_of("columns", each, str) for each in _of("columns", columns, list))
    count, error, events = table.get("row_count"), table.get("error"), table.get("events")
    return Expected(
        rows,
        None if count is None else _of("row_count", count, int),
        columns,
        None if error is None else _of("error", error, str),
        ordered=order == "exact",
        events=None if events is None else _of("events", events, int),
    )


def _row(table: object) -> Row:
    return {name: printed(value) for name, value in _of("rows", table, dict).items()}


def printed(value: object) -> str:
    """A value of a case as Insights prints it, so that rows may hold plain numbers, booleans and times."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}"
    if isinstance(value, str | int | float | date):
        return str(value)
    raise ValueError(f"a cell holds a text or a number, not {shortened(value)}")


_Kind = type | UnionType
_TIME = str | int | float | datetime
_WORDS: dict[_Kind, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    _TIME: "a time",
}
_OPENING: dict[str, _Kind] = {"log_format": str, "log_group": str, "strict": bool}
_OPTIONS: dict[str, _Kind] = {"start": _TIME, "end": _TIME, "now": _TIME, "limit": int}


def _of(key: str, value: Any, kind: _Kind) -> Any:  # noqa: ANN401 - whatever TOML holds
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"`{key}` holds {_WORDS[kind]}, not {shortened(value)}")
    return value
