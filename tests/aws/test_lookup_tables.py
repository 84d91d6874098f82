"""Lookup tables over both transports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowlocal.aws import mock_insights, seed
from flowlocal.aws.local_groups import FileGroup
from flowlocal.aws.local_store import LocalAccount
from tests.aws.conftest import GROUP, ask, connect, mock_aws, rows, serving

BODY = 'port,service\n22,ssh\n3389,"rdp, of course"\n'
QUERY = "filter action = 'REJECT' | lookup services port as dstPort OUTPUT service | fields dstPort, service"
QUERY += " | sort dstPort desc"
ANSWER = [{"dstPort": "3389", "service": "rdp, of course"}, {"dstPort": "22", "service": "ssh"}]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a file with a table."""
    path = tmp_path / "services.csv"
    path.write_text(BODY)
    return path


def test_life(client: Any) -> None:
    """A table is made, found, used, replaced and deleted."""
    made = client.create_lookup_table(lookupTableName="services", tableBody=BODY, description="Ports")
    arn = made["lookupTableArn"]
    assert arn == "arn:aws:logs:us-east-1:123456789012:lookup-table:services"
    assert rows(ask(client, QUERY)) == ANSWER
    (found,) = client.describe_lookup_tables(lookupTableNamePrefix="serv")["lookupTables"]
    assert (found["tableFields"], found["recordsCount"], found["description"]) == (["port", "service"], 2, "Ports")
    assert found["lastUpdatedTime"] == made["createdAt"]
    assert client.get_lookup_table(lookupTableArn=arn)["tableBody"] == BODY
    client.update_lookup_table(lookupTableArn=arn, tableBody="port,service\n22,SSH\n")
    answer = rows(ask(client, QUERY + " | filter ispresent(service)"))
    assert answer == [{"dstPort": "22", "service": "SSH"}]
    assert client.get_lookup_table(lookupTableArn=arn)["description"] == "Ports"
    client.delete_lookup_table(lookupTableArn=arn)
    assert client.describe_lookup_tables()["lookupTables"] == []
    for operation in (client.get_lookup_table, client.delete_lookup_table):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            operation(lookupTableArn=arn)


def test_from_a_query(client: Any) -> None:
    """A table can be made of the result of a query."""
    started = client.start_query(
        logGroupName=GROUP, queryString="stats count(*) as n by dstPort | sort dstPort", startTime=0, endTime=4 * 10**9
    )
    while client.get_query_results(queryId=started["queryId"])["status"] == "Running":
        pass
    arn = client.create_lookup_table(lookupTableName="counts", queryId=started["queryId"])["lookupTableArn"]
    assert client.get_lookup_table(lookupTableArn=arn)["tableBody"].startswith("dstPort,n\n")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"tableBody": BODY, "queryId": "x"}, "InvalidParameterException"),
        ({}, "InvalidParameterException"),
        ({"tableBody": "a,a\n1,2\n"}, "InvalidParameterException"),
        ({"queryId": "nobody"}, "ResourceNotFoundException"),
        ({"lookupTableName": "a-b", "tableBody": BODY}, "InvalidParameterException"),
        ({"lookupTableName": "there", "tableBody": BODY}, "ResourceAlreadyExistsException"),
    ],
)
def test_refused(client: Any, members: dict[str, str], code: str) -> None:
    """What cannot be a table is refused, and nothing is kept."""
    client.create_lookup_table(lookupTableName="there", tableBody=BODY)
    with pytest.raises(getattr(client.exceptions, code)):
        client.create_lookup_table(**{"lookupTableName": "new", **members})
    assert len(client.describe_lookup_tables()["lookupTables"]) == 1


def test_files(table: Path, logs: Path) -> None:
    """Files are tables from the start, in both transports, and are read anew when they change."""
    with serving(LocalAccount([FileGroup(GROUP, [str(logs)])], tables={"services": table})) as endpoint:
        assert rows(ask(connect(endpoint.url), QUERY)) == ANSWER
        table.write_text("port,service\n22,changed\n")
        assert rows(ask(connect(endpoint.url), QUERY))[1]["service"] == "changed"
        table.write_text(BODY)
    with mock_insights(tables={"services": table}), mock_aws():
        seed(GROUP, logs)
        assert rows(ask(connect(), QUERY)) == ANSWER
