"""The JSON Schema of case files agrees with the loader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from flowlocal.testing.case import WrongCase, read_cases
from flowlocal.testing.keys import KEYS, VALUE_KEYS
from tools.case_schema import PATH
from tools.case_schema import text as schema_text

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).parent.parent.parent
FILES = sorted(ROOT.glob("tests/cases/*/*.insights.toml"))
TEXTS = {
    "a text": '"x"',
    "a number": "7",
    "a flag": "true",
    "a list": "[1]",
    "texts": '["x"]',
    "a table": "{ a = [1] }",
}
"""TOML values of each kind; some are of the wrong type for every key."""


def accepted_by_schema(content: dict[str, Any]) -> bool:
    """Return True if the schema accepts the content of a case file."""
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    return bool(jsonschema.Draft7Validator(schema).is_valid(content))


def refusal(path: Path) -> str:
    """Return why the loader refuses a case file; empty if it reads it."""
    try:
        read_cases(path)
    except WrongCase as error:
        return str(error)
    return ""


def test_schema_is_generated() -> None:
    """The file is what ``python -m tools.case_schema`` writes."""
    assert PATH.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_this_repository(path: Path) -> None:
    """Every case file is accepted."""
    assert accepted_by_schema(tomllib.loads(path.read_text(encoding="utf-8")))


WRONG = [f"{key} = {value}" for key in (*KEYS, "unknown") for value in TEXTS.values()]
WRONG_VALUES = [f"{key} = {value}" for key in (*VALUE_KEYS, "query") for value in TEXTS.values()]


@pytest.mark.parametrize(
    ("head", "lines"),
    [("[[case]]", WRONG), ("[[value]]", WRONG_VALUES), ("", WRONG)],
)
def test_what_the_loader_refuses(tmp_path: Path, head: str, lines: list[str]) -> None:
    """An unknown key, or a value of another type, is refused by both."""
    path, needed = tmp_path / "x.insights.toml", {"[[case]]": "query = ''\n", "[[value]]": "expression = '1'\n"}
    for line in lines:
        text = "" if line.startswith(("query =", "expression =")) else needed.get(head, "")
        path.write_text(f"{head}\n{text}{line}\n", encoding="utf-8")
        why = refusal(path)
        if " holds " in why or "has no key" in why:
            assert not accepted_by_schema(tomllib.loads(path.read_text(encoding="utf-8"))), line
