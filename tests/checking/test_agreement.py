"""`check` and `query` agree: what one refuses over flow logs is an error of the other, and nothing else is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowlocal
from flowlocal.checking.finding import NOT_CHECKED, Finding, Severity
from flowlocal.language.errors import MalformedQuery
from flowlocal.testing.case import Case
from flowlocal.testing.keys import joined_lines
from flowlocal.testing.run import CaseRunner
from tests.checking.test_checks import findings
from tests.properties import examples
from tests.test_cases import all_cases, full_title

LINES = [
    "2 123456789010 eni-1235b8ca12345678 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
    "2 123456789010 eni-1235b8ca12345678 172.31.9.69 172.31.9.12 49761 3389 6 20 880 1418530020 1418530070 REJECT OK",
]
DEPENDS = re.compile(
    r"lookup table|was not loaded|were loaded|was loaded|has no value|in the value of|not an address block"
    r"|would make more than|and this query has none"
)
"""What a query is refused for that is not in its text: tables, log groups, parameters, a time range, an amount."""
OF_OTHER_LOGS = ("json", "lambda", "text")
CASES = list(all_cases())


def refusal(case: Case) -> str | None:
    """Return the message with which a query is refused, or None."""
    try:
        CaseRunner().answer(case)
    except MalformedQuery as error:
        return error.message
    return None


def messages(found: list[Finding]) -> list[str]:
    """Return the messages of errors."""
    return [each.message for each in found if each.severity is Severity.ERROR]


def over_flow_logs(case: Case) -> Case:
    """Return the case with default flow logs for events."""
    opening = {key: value for key, value in case.asking.opening.items() if key != "log_format"}
    lines = None if case.asking.groups else joined_lines(LINES)
    return replace(case, asking=replace(case.asking, lines=lines, events=None, opening=opening))


@pytest.mark.parametrize("case", [pytest.param(case, id=full_title(case)) for case in CASES])
def test_agreement(case: Case) -> None:
    """Both refuse the query, with the same message, or none does."""
    refused = refusal(over_flow_logs(case))
    found = findings(case.query, flow_logs=True)
    if not DEPENDS.search(refused or "") and NOT_CHECKED not in {each.definition for each in found}:
        assert messages(found) == ([refused] if refused else [])


@pytest.mark.parametrize("case", [pytest.param(case, id=full_title(case)) for case in CASES])
def test_no_false_error(case: Case) -> None:
    """What runs over the events that it is meant for has no error, and names of other logs are left alone."""
    found = findings(case.query)
    if not case.expected.error:
        assert messages(found) == []
    if full_title(case).startswith(tuple(f"recorded/{each}:" for each in OF_OTHER_LOGS)):
        assert "FL501" not in {each.definition.code for each in found}


ALONE = [case.query for case in CASES if not re.search(r"\{\{|\$|SOURCE|lookup", case.query)]
PLAIN = st.sampled_from(ALONE)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> flowlocal.Logs:
    """Return two records."""
    path = tmp_path_factory.mktemp("logs") / "flow.log"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return flowlocal.scan(path)


@examples(1)
@given(first=PLAIN, second=PLAIN, cut=st.floats(0, 1))
def test_agreement_on_what_is_put_together(logs: flowlocal.Logs, first: str, second: str, cut: float) -> None:
    """Any two queries as one, cut at any place, are refused by both or by none."""
    text = f"{first} | {second}"
    text = text[: 1 + int(cut * len(text))]
    try:
        logs.query(text)
        refused = ""
    except MalformedQuery as error:
        refused = error.message
    if not DEPENDS.search(refused):
        assert messages(findings(text, flow_logs=True)) == ([refused] if refused else [])
