"""Settings from files and variables: what holds, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from flowlocal.configuration import SETTINGS, ConfigurationError, load

OWN = "flowlocal.toml"
SHARED = "pyproject.toml"


def written(folder: Path, **files: str) -> Path:
    """Make a folder with files, by names with ``_`` for ``.``."""
    for name, text in files.items():
        (folder / name.replace("_toml", ".toml")).write_text(text)
    return folder


VALUES = [
    ("color = false", "FLOWLOCAL_COLOR=0", "color", False),
    ("format = 'csv'", "FLOWLOCAL_FORMAT=csv", "format", "csv"),
    ("histogram = true", "FLOWLOCAL_HISTOGRAM=Yes", "histogram", True),
    ("limit = 50", "FLOWLOCAL_LIMIT=50", "limit", 50),
    ("log_format = '${version}'", "FLOWLOCAL_LOG_FORMAT=${version}", "log_format", "${version}"),
    ("log_group = 'vpc'", "FLOWLOCAL_LOG_GROUP=vpc", "log_group", "vpc"),
    ("memory = '4GB'", "FLOWLOCAL_MEMORY=4GB", "memory", "4GB"),
    ("spool = '50GB'", "FLOWLOCAL_SPOOL=50GB", "spool", "50GB"),
    ("progress = false", "FLOWLOCAL_PROGRESS=off", "progress", False),
    ("strict = true", "FLOWLOCAL_STRICT=true", "strict", True),
]


@pytest.mark.parametrize(("line", "variable", "name", "value"), VALUES)
def test_values(tmp_path: Path, line: str, variable: str, name: str, value: Any) -> None:
    """A setting reads the same from either file and from its variable."""
    own = load(written(tmp_path, flowlocal_toml=line), {})
    assert own.values == {name: value}
    assert own.origins == {name: str(tmp_path / OWN)}
    (tmp_path / OWN).unlink()
    shared = load(written(tmp_path, pyproject_toml=f"[tool.other]\nx = 1\n[tool.flowlocal]\n{line}"), {})
    assert shared.values == {name: value}
    (tmp_path / SHARED).unlink()
    key, _, text = variable.partition("=")
    variables = load(tmp_path, {key: text})
    assert (variables.values, variables.origins) == ({name: value}, {name: key})


def test_every_setting_is_tried(tmp_path: Path) -> None:
    """The table above and the test of paths leave no setting out."""
    assert {name for _, _, name, _ in VALUES} | {"names", "queries", "tables"} == set(SETTINGS)


def test_paths_are_those_of_the_file(tmp_path: Path) -> None:
    """Paths in a file are relative to it, paths in variables to the working directory."""
    (tmp_path / "a" / "saved").mkdir(parents=True)
    written(tmp_path, flowlocal_toml="queries = 'a/saved'\ntables = { hosts = 'h.csv', nets = '/n.csv' }\nnames = 'a'")
    found = load(tmp_path / "a", {}).values
    assert found["names"] == (str(tmp_path / "a"),)
    assert found["queries"] == str(tmp_path / "a/saved")
    assert found["tables"] == {"hosts": str(tmp_path / "h.csv"), "nets": "/n.csv"}
    variables = {"FLOWLOCAL_QUERIES": "saved", "FLOWLOCAL_TABLES": f"x=x.csv{os.pathsep}y=y.csv"}
    found = load(tmp_path / "a", variables).values
    assert found["queries"] == str(tmp_path / "a/saved")
    assert found["tables"] == {"x": str(tmp_path / "a/x.csv"), "y": str(tmp_path / "a/y.csv")}


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    """Files are sought upwards; one's own comes before a shared one; a shared one without our table is passed over."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    written(tmp_path, flowlocal_toml="limit = 1")
    assert load(inner, {}).values == {"limit": 1}
    written(tmp_path / "a", pyproject_toml="[project]\nname = 'x'")
    assert load(inner, {}).values == {"limit": 1}
    written(tmp_path / "a", pyproject_toml="[tool.flowlocal]\nlimit = 2")
    assert load(inner, {}).values == {"limit": 2}
    written(inner, flowlocal_toml="limit = 3", pyproject_toml="[tool.flowlocal]\nlimit = 4")
    assert load(inner, {}).values == {"limit": 3}


def test_variables_come_first(tmp_path: Path) -> None:
    """A variable outranks the file, an empty one is none."""
    written(tmp_path, flowlocal_toml="limit = 1\nstrict = true")
    found = load(tmp_path, {"FLOWLOCAL_LIMIT": "2", "FLOWLOCAL_STRICT": ""})
    assert found.values == {"limit": 2, "strict": True}
    assert found.origins == {"limit": "FLOWLOCAL_LIMIT", "strict": str(tmp_path / OWN)}


REFUSED = [
    ("names = 'none'", "names must be folders and files; there is no "),
    ("names = 5", "names must be a folder, or a list of folders and files"),
    ("log_fromat = 'x'", "there is no setting log_fromat; did you mean `log_format`?"),
    ("zzz = 1", "there is no setting zzz; settings are color, format"),
    ("limit = 0", "limit must be a whole number from 1"),
    ("limit = true", "limit must be a whole number from 1"),
    ("limit = '5'", "limit must be a whole number from 1"),
    ("strict = 1", "strict must be true or false"),
    ("log_format = 5", "log_format must be a text"),
    ("log_format = ''", "log_format must be a text"),
    ("log_group = 'a=b'", "log_group must be the name of one log group"),
    ("format = 'jso'", "format must be one of aws, csv, json, jsonl, markdown, parquet, table; did you mean `json`?"),
    ("format = 5", "format must be one of"),
    ("queries = 'nowhere'", "queries must be a folder; there is no folder"),
    ("tables = ['a.csv']", "tables must be a table of names and files"),
    ("tables = { a = 5 }", "tables must be a table of names and files"),
    ("limit = ", "invalid TOML"),
    ("limit = 1\nlimit = 2", "invalid TOML"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refused(tmp_path: Path, text: str, message: str) -> None:
    """What cannot be used is refused with file, key and what can be written."""
    written(tmp_path, flowlocal_toml=text)
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, {})
    assert str(caught.value).startswith(f"{tmp_path / OWN}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("FLOWLOCAL_LIMIT", "many", "must be a whole number from 1"),
        ("FLOWLOCAL_STRICT", "maybe", "must be 1 or 0"),
        ("FLOWLOCAL_TABLES", "a.csv", "must be NAME=FILE"),
        ("FLOWLOCAL_FORMAT", "tabel", "did you mean `table`?"),
    ],
)
def test_refused_variables(tmp_path: Path, name: str, text: str, message: str) -> None:
    """A variable that cannot be used is named."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, {name: text})
    assert str(caught.value).startswith(f"{name}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["[tool]\nflowlocal = 5 # tool.flowlocal", "tool = 5 # tool.flowlocal"])
def test_odd_pyproject(tmp_path: Path, text: str) -> None:
    """Odd shapes of the shared file are refused or empty, never a traceback."""
    written(tmp_path, pyproject_toml=text)
    if "tool]" in text:
        with pytest.raises(ConfigurationError, match="must be a table"):
            load(tmp_path, {})
    else:
        assert load(tmp_path, {}).values == {}


def test_not_utf8(tmp_path: Path) -> None:
    """A file that is not text is refused by name."""
    (tmp_path / OWN).write_bytes(b"limit = 1 # \xff")
    with pytest.raises(ConfigurationError, match=r"flowlocal\.toml: cannot be read"):
        load(tmp_path, {})
