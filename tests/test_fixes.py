"""What messages say to write instead is written so, and runs; no message that the code has is left out."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowlocal.language.errors import MalformedQuery
from flowlocal.result import Result
from flowlocal.testing.case import case_of, merged
from flowlocal.testing.keys import KEYS, OF_ERROR
from flowlocal.testing.run import CaseRunner
from tests.test_layers import PACKAGE

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "fixes.toml").read_text(encoding="utf-8"))
FIXES: list[dict[str, Any]] = TABLE["fix"]
LINES = TABLE["defaults"]["lines"]
ELSEWHERE = {
    "give parts of it names with `fields … as …`",  # of a query that is nested too deeply
    "replace a long list with a regular expression, `isIpv4InSubnet` or a lookup table",  # of 10,000 characters
    "filter it, or count it with `stats … by` its key",  # of a join with too many keys
    "write `cidrlookup \0 FIELD OUTPUT …`",  # of a table that is a database
    "it is only allowed after `like`, `=~` or `parse`",  # of a tree that no text reads as
}
"""Hints of queries that are not in the table; other tests have them."""
_HOLE = "\0"
_CODE = re.compile(r"`([^`]+)`")


def answer(fix: dict[str, Any], query: str) -> Result:
    """Return the answer of a query over the events of a fix."""
    logs = {key: value for key, value in fix.items() if key in KEYS and key not in OF_ERROR}
    return CaseRunner().answer(case_of(HERE / "fixes.toml", merged({"lines": LINES}, {**logs, "query": query})))


@pytest.mark.parametrize("fix", FIXES, ids=lambda each: each["wrong"])
def test_fix(fix: dict[str, Any]) -> None:
    """The wrong query is refused with the hint; the query as the hint says to write it runs."""
    with pytest.raises(MalformedQuery) as refused:
        answer(fix, fix["wrong"])
    assert refused.value.hint == fix["hint"]
    answer({**fix, **fix.get("given", {})}, fix["fixed"])


@pytest.mark.parametrize("fix", [each for each in FIXES if "`" in each["hint"]], ids=lambda each: each["wrong"])
def test_written_as_said(fix: dict[str, Any]) -> None:
    """The mended query is written as the hint says: some code of the hint is in it, or given beside it."""
    fixed = re.sub(r"\s+", "", fix["fixed"])
    assert "given" in fix or any(_occurs(code, fixed) for code in _CODE.findall(fix["hint"]))


def _occurs(code: str, query: str) -> bool:
    """Return True if a query has the code; ``…``, single letters, capitals and arguments match anything."""
    pattern = re.sub(r"…|\b[A-Z]{2,}\b|\b[a-z]\b", _HOLE, code)
    pattern = re.sub(r"(?<=\()[^()]*(?=\)$)", _HOLE, pattern)
    pieces = re.sub(r"\s+", "", pattern).split(_HOLE)
    return re.search(".*".join(map(re.escape, pieces)), query) is not None


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may have, with a hole for what is put in."""
    match node:
        case ast.Constant(str() as text):
            yield text
        case ast.JoinedStr(values):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else _HOLE for part in values)
        case ast.IfExp(_, body, orelse):
            yield from (*_texts(body), *_texts(orelse))
        case ast.BoolOp(_, values) | ast.Dict(_, values):
            yield from (text for value in values for text in _texts(value))


def _hints(tree: ast.Module) -> Iterator[str]:
    """Yield the hints of a module: those passed or assigned by name, those in tables, those that functions make."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword("hint", value):
                yield from _texts(value)
            case ast.Assign([ast.Name(name)], value) if name == "hint" or name in ("_FOREIGN_OPERATORS", "_SQL_HINTS"):
                yield from _texts(value)
            case ast.FunctionDef(name) if "hint" in name or name == "did_you_mean":
                returns = (each.value for each in ast.walk(node) if isinstance(each, ast.Return))
                yield from (text for value in returns if value is not None for text in _texts(value))


def _sites() -> list[str]:
    """Every hint with code in it that the language, the commands and the functions have."""
    paths = (path for part in ("language", "commands", "functions") for path in sorted((PACKAGE / part).rglob("*.py")))
    found = (hint for path in paths for hint in _hints(ast.parse(path.read_text(encoding="utf-8"))))
    return [hint for hint in dict.fromkeys(found) if "`" in hint and hint not in ELSEWHERE]


@pytest.mark.parametrize("hint", _sites(), ids=lambda each: each.replace(_HOLE, "{}"))
def test_no_hint_is_left_out(hint: str) -> None:
    """Each hint of the code is one of the table."""
    pattern = re.compile(".*".join(map(re.escape, hint.split(_HOLE))))
    assert any(pattern.fullmatch(each["hint"]) for each in FIXES)
