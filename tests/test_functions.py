"""Every function's definition: its documentation is complete, and its examples are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flowlocal.engine  # noqa: F401 - defines the functions
from flowlocal.compiler.registry import Example, Function, all_functions, plain
from flowlocal.engine import run
from flowlocal.query_options import QueryOptions
from flowlocal.sources import open_events

PREFIX = "2 123456789010 eni-1235b8ca123456789"
LINES = (
    f"{PREFIX} 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
    f"{PREFIX} 172.31.9.12 172.31.9.69 3389 49761 6 1 40 1418530012 1418530070 ACCEPT OK",
    f"{PREFIX} 172.31.9.69 172.31.9.12 49761 3389 6 20 880 1418530020 1418530070 REJECT OK",
)
"""The log of the examples; the last line is the newest, so that it is the first row of a result."""
START, END, NOW = 1_418_529_600_000, 1_418_533_199_999, 1_418_533_200_123
CASES = Path(__file__).parent / "cases" / "functions"
GRADES = ("documented", "recorded", "decided")
FUNCTIONS = [pytest.param(each, id=each.name) for each in all_functions()]
EXAMPLES = [
    pytest.param(each, example, id=f"{each.name}: {example.query}")
    for each in all_functions()
    for example in each.examples
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the lines of the examples to a file and return its path."""
    path = tmp_path_factory.mktemp("functions") / "flow.log"
    path.write_text("".join(f"{line}\n" for line in LINES), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def cases() -> str:
    """Return all case tables of functions as one text, normalised as names of functions are."""
    return plain("\n".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.insights.toml")))


@pytest.mark.parametrize(("function", "example"), EXAMPLES)
def test_example(function: Function, example: Example, log: Path) -> None:
    """An example prints its answer: for an expression in the newest event, or for a whole query in the first row."""
    whole = example.query.startswith("stats ")
    query = example.query if whole else f"fields {example.query} as answer"
    row = run(query, open_events([log]), QueryOptions(START, END, now=NOW)).rows[0]
    called = f"{function.name}(" in example.query or any(f"{name}(" in example.query for name in function.aliases)
    assert called, "an example calls its function"
    assert (list(row.values())[-1] if row else None) == example.answer


@pytest.mark.parametrize("function", FUNCTIONS)
def test_definition(function: Function, cases: str) -> None:
    """A function has documentation, its source, an example, and a case in a table."""
    assert function.doc.endswith((".", "``")), "a docstring of whole sentences"
    assert function.source.startswith(GRADES)
    assert function.family
    assert function.examples, "an example"
    assert any(f"{plain(name)}(" in cases for name in (function.name, *function.aliases)), "a case"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_signature(function: Function) -> None:
    """A signature has the function's name and readable names of its arguments."""
    assert re.fullmatch(rf"{function.name}\([\w\[\], …]*\)", function.signature)
    assert "_" not in function.signature
    least, most = function.arity()
    assert 0 <= least <= (least if most is None else most)
