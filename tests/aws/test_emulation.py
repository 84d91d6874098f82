"""``run_query``: events in, GetQueryResults' answer or the service's error out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from flowlocal.aws import ApiError, run_query
from tests.aws.conftest import LINES

EVENTS = [
    {"timestamp": 1_777_600_000_000 + n, "message": line, "logStreamName": f"s{n % 2}"} for n, line in enumerate(LINES)
]
REQUEST = {"logGroupName": "vpc", "startTime": 1_777_590_000, "endTime": 1_777_610_000}


def ask(query: str, groups: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """Return the answer of a query."""
    request = {name: each for name, each in {**REQUEST, "queryString": query, **more}.items() if each is not None}
    return run_query(request, {"vpc": EVENTS, "empty": []} if groups is None else groups)


def values(answer: Any) -> list[list[str]]:
    """Return the values of the rows, without ``@ptr``."""
    return [[cell["value"] for cell in row if cell["field"] != "@ptr"] for row in answer["results"]]


def test_answer() -> None:
    """The answer has the members of GetQueryResults."""
    answer = ask("stats count(*) as n by @logStream, @log | sort @logStream")
    assert values(answer) == [["s0", "123456789012:vpc", "3"], ["s1", "123456789012:vpc", "3"]]
    assert (answer["status"], answer["queryLanguage"]) == ("Complete", "CWLI")
    assert answer["statistics"]["recordsScanned"] == 6.0
    assert "nextToken" not in answer


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"limit": 2}, 2),
        ({"startTime": 1_777_600_000_001, "endTime": 1_777_600_000_003}, 3),
        ({"logGroupName": None, "logGroupNames": ["empty", "vpc"]}, 6),
        ({"logGroupName": "empty"}, 0),
        ({"logGroupName": None, "logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:vpc:*"]}, 6),
    ],
)
def test_requests(members: dict[str, Any], expected: int) -> None:
    """Every form of StartQuery is taken as the service takes it."""
    assert len(ask("fields @message", **members)["results"]) == expected


@pytest.mark.parametrize(
    ("query", "members", "code"),
    [
        ("filter action =", {}, "MalformedQueryException"),
        ("limit 1", {"logGroupName": "other"}, "ResourceNotFoundException"),
        ("limit 1", {"logGroupName": None}, "InvalidParameterException"),
        ("limit 1", {"startTime": 1_777_620_000}, "InvalidParameterException"),
        ("SELECT 1", {"queryLanguage": "SQL"}, "InvalidParameterException"),
        (
            "limit 1",
            {"logGroupName": None, "logGroupIdentifiers": ["arn:aws:logs:eu-west-1:123456789012:log-group:vpc"]},
            "ResourceNotFoundException",
        ),
    ],
)
def test_errors(query: str, members: dict[str, Any], code: str) -> None:
    """The service's errors are raised as data that an emulator can send."""
    with pytest.raises(ApiError) as caught:
        ask(query, **members)
    assert (caught.value.code, caught.value.body()["__type"], caught.value.status) == (code, code, 400)
    assert caught.value.message == caught.value.body()["message"]


def test_other_groups_are_not_looked_at() -> None:
    """Only the events of groups that the query names are asked for."""

    class Groups(Mapping[str, Any]):
        def __getitem__(self, name: str) -> list[dict[str, Any]]:
            assert name == "vpc"
            return EVENTS

        def __iter__(self) -> Iterator[str]:
            return iter(["vpc", "huge"])

        def __len__(self) -> int:
            return 2

    assert values(ask("stats count(*)", Groups())) == [["6"]]


def test_all_pages() -> None:
    """Rows of all pages are in the answer."""
    many = [{"timestamp": 1_777_600_000_000, "message": str(n)} for n in range(10_001)]
    answer = ask("fields @message", {"vpc": many}, limit=20_000)
    assert len({row[0] for row in values(answer)}) == len(answer["results"]) == 10_001
