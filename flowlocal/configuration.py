"""Defaults for the command line: ``flowlocal.toml``, ``[tool.flowlocal]`` in ``pyproject.toml``, and the environment.

The nearest file counts, from the working directory upwards; a ``flowlocal.toml`` comes before a ``pyproject.toml``
beside it. A variable ``FLOWLOCAL_…`` comes before the file, an option on the command line before both. The library
reads none of this.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flowlocal import outputs
from flowlocal.language.suggest import did_you_mean
from flowlocal.sizes import MOST_ROWS, QUERY_MEMORY, SPOOL, megabytes
from flowlocal.small_files import parse_toml, read_text

OWN, SHARED = "flowlocal.toml", "pyproject.toml"
_TABLE = "tool.flowlocal"
_WORDS = {**dict.fromkeys(("1", "true", "yes", "on"), True), **dict.fromkeys(("0", "false", "no", "off"), False)}


class ConfigurationError(Exception):
    """An unusable setting; the message has its place and the valid values."""


class Setting(NamedTuple):
    """A known setting.

    Attributes:
        name: its key in a file.
        summary: the option whose default it is.
        unset: the effect if it is not set.
        check: returns the value as it is used, from the TOML value and the folder that paths are relative to; raises
            ValueError with the valid values.
        read: returns the TOML value for the text of a variable; raises ValueError.
    """

    name: str
    summary: str
    unset: str
    check: Callable[[Any, Path], Any]
    read: Callable[[str], Any] = str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"FLOWLOCAL_{self.name.upper()}"


class Configuration(NamedTuple):
    """The effective settings.

    Attributes:
        values: values by name, as they are used.
        origins: the variable or the file of each, by name.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]


def load(folder: Path, environment: Mapping[str, str]) -> Configuration:
    """Return the effective settings of a folder.

    Args:
        folder: the first folder that is searched; then those above it.
        environment: variables by name.

    Raises:
        ConfigurationError: a file cannot be read, or a setting cannot be used.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    file = find(folder)
    for key, value in (_table(file) if file else {}).items():
        assert file is not None  # noqa: S101 - there are keys
        values[key] = _checked(str(file), key, value, file.parent)
        origins[key] = str(file)
    for setting in SETTINGS.values():
        if text := environment.get(setting.variable):
            values[setting.name] = _from_variable(setting, text, folder)
            origins[setting.name] = setting.variable
    return Configuration(values, origins)


def working_directory() -> Path:
    """Return the working directory; if it was deleted, a relative path that leads nowhere."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path()


def find(folder: Path) -> Path | None:
    """Return the nearest file with settings, from a folder upwards."""
    for place in (folder, *folder.parents):
        if (own := place / OWN).is_file():
            return own
        if (shared := place / SHARED).is_file() and _TABLE in _text(shared):
            return shared
    return None


def _text(file: Path) -> str:
    try:
        return read_text(file)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error


def _table(file: Path) -> dict[str, Any]:
    """Return the settings of a file."""
    try:
        table: Any = parse_toml(_text(file))
    except ValueError as error:
        raise ConfigurationError(f"{file}: invalid TOML: {error}") from error
    for key in _TABLE.split(".") if file.name == SHARED else ():
        table = table.get(key, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: {_TABLE} must be a table")
    return table


def _checked(place: str, key: str, value: object, folder: Path) -> object:
    setting = SETTINGS.get(key)
    if setting is None:
        hint = did_you_mean(key, SETTINGS) or f"settings are {', '.join(SETTINGS)}"
        raise ConfigurationError(f"{place}: there is no setting {key}; {hint}")
    try:
        return setting.check(value, folder)
    except ValueError as error:
        raise ConfigurationError(f"{place}: {key} {error}") from error


def _from_variable(setting: Setting, text: str, folder: Path) -> object:
    try:
        return setting.check(setting.read(text), folder)
    except ValueError as error:
        raise ConfigurationError(f"{setting.variable}: {error}") from error


def _a_text(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text")
    return value


def _a_switch(value: object, _folder: Path) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _a_count(value: object, _folder: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ROWS:
        raise ValueError(f"must be a whole number from 1 to {MOST_ROWS}")
    return value


def _a_size(value: object, folder: Path) -> str:
    text = _a_text(value, folder)
    megabytes(text)
    return text


def _a_group(value: object, folder: Path) -> str:
    name = _a_text(value, folder)
    if "=" in name:
        raise ValueError("must be the name of one log group, without a path")
    return name


def _a_format(value: object, _folder: Path) -> str:
    known = outputs.names()
    if value not in known:
        raise ValueError(f"must be one of {', '.join(known)}{_near(str(value), known)}")
    return str(value)


def _near(name: str, known: list[str]) -> str:
    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else ""


def _a_folder(value: object, folder: Path) -> str:
    path = folder / _a_text(value, folder)
    if not path.is_dir():
        raise ValueError(f"must be a folder; there is no folder {path}")
    return str(path)


def _some_paths(value: object, folder: Path) -> tuple[str, ...]:
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
        raise ValueError("must be a folder, or a list of folders and files")
    found = tuple(str(folder / path) for path in paths)
    for path in found:
        if not Path(path).exists():
            raise ValueError(f"must be folders and files; there is no {path}")
    return found


def _some_files(value: object, folder: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(path, str) and path for path in value.values()):
        raise ValueError("must be a table of names and files, such as { hosts = 'hosts.csv' }")
    return {name: str(folder / path) for name, path in value.items()}


def _switch(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError("must be 1 or 0")
    return _WORDS[text.lower()]


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0


def _pairs(text: str) -> dict[str, str]:
    """Return files by name, from ``NAME=FILE``, several with the separator of PATH between them."""
    pairs = [pair.partition("=") for pair in text.split(os.pathsep)]
    if not all(name and equals and file for name, equals, file in pairs):
        raise ValueError(f"must be NAME=FILE, several with {os.pathsep} between them")
    return {name: file for name, _, file in pairs}


SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("color", "colours on the terminal", "if the terminal has them", _a_switch, _switch),
        Setting("format", "output format of query", "table on a terminal, jsonl in a pipe", _a_format),
        Setting("histogram", "events over time above single events", "for a table on a terminal", _a_switch, _switch),
        Setting("limit", "maximum number of rows of a query without a limit", "10,000", _a_count, _count),
        Setting("log_format", "the layout of custom records", "that of the files", _a_text),
        Setting("log_group", "the log group of the events", "that of the export, else flowlocal", _a_group),
        Setting("memory", "memory of a query", QUERY_MEMORY, _a_size),
        Setting("names", "folders with names", "none", _some_paths, lambda text: text.split(os.pathsep)),
        Setting("progress", "the progress bar", "after a second, on a terminal", _a_switch, _switch),
        Setting("queries", "a folder of saved queries", "beside the query file", _a_folder),
        Setting("spool", "disk space for standard input", SPOOL, _a_size),
        Setting("strict", "refuse lines that are not records", "no", _a_switch, _switch),
        Setting("tables", "lookup tables, by name", "those that are shipped", _some_files, _pairs),
    )
}
"""All settings by name."""

_TEXT = {"type": "string", "minLength": 1}
_SCHEMAS: dict[Callable[[Any, Path], Any], dict[str, Any]] = {
    _a_count: {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
    _a_folder: _TEXT,
    _a_group: {"type": "string", "pattern": "^[^=]+$"},
    _a_size: {"type": "string", "pattern": "^\\s*[0-9]{1,6}\\s?([mM]|[gG])[bB]\\s*$"},
    _a_switch: {"type": "boolean"},
    _a_text: _TEXT,
    _some_files: {"type": "object", "additionalProperties": _TEXT},
    _some_paths: {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
}
"""The JSON Schema of what each check accepts, as far as a schema can say it."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `flowlocal.toml`; ``configuration.schema.json`` contains it."""
    schemas = {**_SCHEMAS, _a_format: {"enum": outputs.names()}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "flowlocal configuration",
        "description": "Defaults of the command line: flowlocal.toml, or [tool.flowlocal] in pyproject.toml.",
        "type": "object",
        "properties": {
            name: {"description": f"{each.summary} (default: {each.unset})", **schemas[each.check]}
            for name, each in SETTINGS.items()
        },
        "additionalProperties": False,
    }
