"""Single events, fields, saved queries and lists of groups, over both stores."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError  # type: ignore[import-untyped]

from tests.aws.conftest import GROUP, LINES, OTHER, ask, rows


def test_log_record(client: Any) -> None:
    """A pointer gives every field of its event, whichever the query showed."""
    answer = ask(client, "fields dstPort | filter action = 'REJECT' and dstPort = 22")
    found = client.get_log_record(logRecordPointer=answer["results"][0][-1]["value"])["logRecord"]
    assert found["@message"] == LINES[3]
    assert found["@timestamp"] == "1777600180000"
    assert found["@log"].endswith(f":{GROUP}")
    expected = {"srcAddr": "198.51.100.7", "dstPort": "22", "bytes": "52", "action": "REJECT", "version": "2"}
    assert {name: found[name] for name in expected} == expected


def test_every_pointer(client: Any) -> None:
    """Each pointer leads to its own event, in each of several groups."""
    answer = ask(client, "fields @message", logGroupName=None, logGroupNames=[GROUP, OTHER])
    for row in answer["results"]:
        message, pointer = (cell["value"] for cell in row)
        assert client.get_log_record(logRecordPointer=pointer)["logRecord"]["@message"] == message


def test_dashes(client: Any) -> None:
    """A dash is a value of the record."""
    pointer = ask(client, "filter logStatus = 'NODATA'")["results"][0][-1]["value"]
    assert client.get_log_record(logRecordPointer=pointer)["logRecord"]["bytes"] == "-"


def test_wrong_pointers(client: Any) -> None:
    """A text that is not a pointer is invalid; a pointer to no event finds nothing."""
    for pointer in ("nonsense", "~~", base64.b64encode(b"\xff\xff").decode()):
        with pytest.raises(client.exceptions.InvalidParameterException):
            client.get_log_record(logRecordPointer=pointer)
    for place in (f"99:{GROUP}:x", "1:nobody:x", f"999999999999:{GROUP}:x"):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_log_record(logRecordPointer=base64.b64encode(place.encode()).decode())


def test_fields_of_a_group(client: Any) -> None:
    """Fields with the share of events that have them, commonest first; near a time, or before the newest event."""
    fields = client.get_log_group_fields(logGroupName=GROUP)["logGroupFields"]
    assert {"name": "dstPort", "percent": 100} in fields
    assert {"name": "@message", "percent": 100} in fields
    assert client.get_log_group_fields(logGroupIdentifier=GROUP, time=1_777_600_000)["logGroupFields"] == fields
    assert client.get_log_group_fields(logGroupName=GROUP, time=1_700_000_000)["logGroupFields"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_log_group_fields(logGroupName="nobody")


PARAMETERS = [{"name": "port", "defaultValue": "22", "description": "Destination"}, {"name": "action"}]


def test_definitions(client: Any) -> None:
    """Saved queries are kept with their parameters, found by prefix, replaced as a whole, and deleted."""
    text = "filter dstPort = {{port}} and action = '{{action}}' | stats count(*) as n"
    first = client.put_query_definition(name="net/ports", queryString=text, parameters=PARAMETERS)["queryDefinitionId"]
    client.put_query_definition(name="all", queryString="stats count(*)", logGroupNames=[GROUP])
    by_name, last = client.describe_query_definitions()["queryDefinitions"]
    assert (by_name["name"], by_name["logGroupNames"]) == ("all", [GROUP])
    assert (last["queryDefinitionId"], last["queryString"], last["parameters"]) == (first, text, PARAMETERS)
    found = client.describe_query_definitions(queryDefinitionNamePrefix="net/")["queryDefinitions"]
    assert [each["name"] for each in found] == ["net/ports"]
    client.put_query_definition(name="net/new", queryString="fields dstPort", queryDefinitionId=first)
    replaced = client.describe_query_definitions(queryDefinitionNamePrefix="net/")["queryDefinitions"][0]
    assert replaced["name"] == "net/new"
    assert "parameters" not in replaced
    assert client.delete_query_definition(queryDefinitionId=first)["success"]
    assert len(client.describe_query_definitions()["queryDefinitions"]) == 1


def test_pages_of_definitions(client: Any) -> None:
    """Saved queries come in pages."""
    for number in range(5):
        client.put_query_definition(name=f"q{number}", queryString="fields dstPort")
    page = client.describe_query_definitions(maxResults=3)
    rest = client.describe_query_definitions(maxResults=3, nextToken=page["nextToken"])
    names = [each["name"] for each in page["queryDefinitions"] + rest["queryDefinitions"]]
    assert names == [f"q{number}" for number in range(5)]
    assert "nextToken" not in rest


def test_saved_query_in_a_query(client: Any) -> None:
    """A query can name a saved one; parameters that are left out have their default."""
    text = "filter dstPort = {{port}} and action = '{{action}}' | stats count(*) as n"
    client.put_query_definition(name="hits", queryString=text, parameters=PARAMETERS)
    assert rows(ask(client, '$hits(action = "REJECT")')) == [{"n": "1"}]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"queryString": ""},
        {"parameters": [{"name": "1st"}]},
        {"parameters": [{"name": "a"}, {"name": "a"}]},
        {"parameters": [{"name": f"p{number}"} for number in range(21)]},
        {"queryDefinitionId": "nobody"},
    ],
)
def test_refused_definitions(client: Any, change: dict[str, Any]) -> None:
    """What cannot be saved is refused, and nothing is saved."""
    with pytest.raises((ClientError, ParamValidationError)):
        client.put_query_definition(**{"name": "x", "queryString": "fields dstPort", **change})
    assert client.describe_query_definitions()["queryDefinitions"] == []


def test_list_log_groups(client: Any) -> None:
    """Groups are listed by pattern."""
    names = [each["logGroupName"] for each in client.list_log_groups()["logGroups"]]
    assert names == [GROUP, OTHER]
    for pattern, expected in [("other", [OTHER]), ("^vpc/f", [GROUP]), ("^flow", []), ("flow|other", [GROUP, OTHER])]:
        found = client.list_log_groups(logGroupNamePattern=pattern)["logGroups"]
        assert [each["logGroupName"] for each in found] == expected
