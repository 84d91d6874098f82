"""The JSON Schema of the configuration file: what it accepts can be loaded."""

from __future__ import annotations

import json
import tomllib

import pytest

from tests.configuration.test_load import REFUSED, VALUES
from tools.configuration_schema import PATH, text

jsonschema = pytest.importorskip("jsonschema")
NEEDS_FILES = ("queries = 'nowhere'", "names = 'none'")
"""Refused because of what is on the disk."""


def accepts(toml: str) -> bool:
    """Return True if the schema accepts the content of a configuration file."""
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    return bool(jsonschema.Draft7Validator(schema).is_valid(tomllib.loads(toml)))


def test_schema_is_generated() -> None:
    """The file is what ``python -m tools.configuration_schema`` writes."""
    assert PATH.read_text(encoding="utf-8") == text()


@pytest.mark.parametrize(
    "line", [*(line for line, *_ in VALUES), "names = ['a']", "queries = 'a'", "tables = { a = 'b' }"]
)
def test_accepted(line: str) -> None:
    """The schema accepts every setting."""
    assert accepts(line)


@pytest.mark.parametrize(
    "line", [line for line, message in REFUSED if message != "invalid TOML" and line not in NEEDS_FILES]
)
def test_refused(line: str) -> None:
    """The schema refuses what the loader refuses."""
    assert not accepts(line)


@pytest.mark.parametrize("line", ["memory = '4'", "memory = '4 TB'", "spool = 'all'"])
def test_refused_sizes(line: str) -> None:
    """The schema refuses what is not a size."""
    assert not accepts(line)
