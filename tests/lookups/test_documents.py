"""JSON documents as tables: every declared command, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowlocal.lookups.documents import columns_of, is_described, tables_in
from flowlocal.lookups.kinds import KINDS, Kind

INTERFACE: dict[str, Any] = {
    "NetworkInterfaceId": "eni-1",
    "VpcId": "vpc-1",
    "InterfaceType": "interface",
    "Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}],
    "Attachment": {"InstanceId": "i-1"},
    "PrivateIpAddresses": [
        {"PrivateIpAddress": "10.0.0.1", "Association": {"PublicIp": "8.8.8.8"}},
        {"PrivateIpAddress": "10.0.0.2"},
    ],
    "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
    "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.0/28"}],
    "TagSet": [{"Key": "Name", "Value": "web"}],
}


def nested(path: str, value: Any) -> Any:
    """Return a document that has a value at a path."""
    name, _, rest = path.partition(".")
    inner = nested(rest, value) if rest else value
    return {name.removesuffix("[]"): [inner] if name.endswith("[]") else inner}


def merged(one: Any, other: Any) -> Any:
    """Return two documents as one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: merged(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
            for key in one | other
        }
    return [merged(one[0], other[0])] if isinstance(one, list) and isinstance(other, list) else one


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_path_is_read(kind: Kind) -> None:
    """An item with a value at each declared path gives a row that has them all, whichever the alternative."""
    for turn in range(2):
        item: Any = {kind.tags: [{"Key": "Name", "Value": "n"}], kind.identity: "id"}
        wanted = {}
        for column, path in {**kind.columns, **kind.values}.items():
            each = path.split("|")[min(turn, path.count("|"))]
            value = "id" if each == kind.identity else f"value of {column}"
            item, wanted[column] = merged(item, nested(each, value)), value
        rows = tables_in(json.dumps(nested(kind.items, item)))[kind.name].rows(named=True)
        for row in rows:
            assert {column: row[column] for column in kind.columns} == {c: wanted[c] for c in kind.columns}
            assert row["tag.Name"] == "n"
        if kind.spread:
            assert {row[kind.spread] for row in rows} == {wanted[each] for each in kind.values}
        assert set(rows[0]) == {*columns_of(kind.name), "tag.Name"}


def test_an_interface_is_a_row_for_each_address() -> None:
    """Private, public and IPv6 addresses and delegated prefixes are rows with their kind."""
    rows = tables_in(json.dumps({"NetworkInterfaces": [INTERFACE]}))["network_interfaces"]
    assert rows.select("address", "address_kind").rows() == [
        ("10.0.0.1", "private"),
        ("10.0.0.2", "private"),
        ("2001:db8::1", "ipv6"),
        ("10.0.1.0/28", "prefix"),
        ("8.8.8.8", "public"),
    ]
    assert rows.select("instance_id", "security_groups", "tag.Name").unique().rows() == [("i-1", "sg-1 sg-2", "web")]


SUBNET = {"SubnetId": "subnet-1", "CidrBlock": "10.0.0.0/24"}
OTHER = {"SubnetId": "subnet-2", "CidrBlock": "10.0.1.0/24"}
PAGES = [{"Subnets": [SUBNET], "NextToken": "x"}, {"Subnets": [OTHER]}]


@pytest.mark.parametrize(
    "text",
    [
        "".join(json.dumps(page) for page in PAGES),
        "".join(json.dumps(page, indent=2) + "\r\n" for page in PAGES),
        "\x1e".join(json.dumps(page) for page in PAGES),
        json.dumps(PAGES),
        json.dumps({"Subnets": [SUBNET, OTHER, SUBNET]}),
    ],
)
def test_pages(text: str) -> None:
    """Pages one after the other, in lines or in a list are one table, each row once."""
    assert tables_in(text)["subnets"]["subnet_id"].to_list() == ["subnet-1", "subnet-2"]


def test_several_tables_in_one_document() -> None:
    """A document can hold the outputs of several commands; an empty one is a table without rows."""
    found = tables_in(json.dumps({"Subnets": [SUBNET], "Vpcs": []}))
    assert {name: table.height for name, table in found.items()} == {"subnets": 1, "vpcs": 0}


def test_resolver_queries() -> None:
    """The addresses that a query was answered with get its name; other answers are left out."""
    answers = [
        {"Rdata": "cdn.example.", "Type": "CNAME"},
        {"Rdata": "8.8.8.8", "Type": "A"},
        {"Rdata": "::1", "Type": "AAAA"},
    ]
    query = {"query_name": "www.example.", "vpc_id": "vpc-1", "answers": answers}
    rows = tables_in(json.dumps(query) + "\n" + json.dumps({"query_name": "nothing.", "rcode": "NXDOMAIN"}))
    assert rows["resolver_names"].select("address", "name", "vpc_id").rows() == [
        ("8.8.8.8", "www.example", "vpc-1"),
        ("::1", "www.example", "vpc-1"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("{", "cut off at line 1"),
        ('{"Subnets": [\n', "cut off at line"),
        ('{"Subnets": [x]}', "invalid JSON at line 1"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "no members"),
        ("[]", "not an object"),
        ("[1]", "not an object"),
        ('{"Volumes": []}', "'Volumes'"),
        ('{"Subnets": [{}]}', "item 1 of Subnets has no SubnetId"),
        ('{"Subnets": [5]}', "item 1 of Subnets has no SubnetId"),
        ('{"Subnets": [{"SubnetId": {"a": 1}}]}', "item 1 of Subnets has no SubnetId"),
        ('{"Reservations": [{"Instances": [null]}]}', "item 1 of Reservations has no InstanceId"),
        ('{"prefixes": 5}', "ip-ranges.json"),
    ],
)
def test_refused(text: str, message: str) -> None:
    """What is not a table, or a damaged one, is refused with its reason."""
    with pytest.raises(ValueError, match=message):
        tables_in(text)


def test_columns_are_known_before_reading() -> None:
    """A table has its columns even without rows, so that queries over it do not depend on the account."""
    for kind in KINDS:
        key = kind.key
        assert is_described(kind.name)
        assert tables_in(json.dumps({key: []}))[kind.name].columns == [*kind.names, "tag.Name"]
