"""Proposals: what they allow, and their form as code."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import hcl2
import polars as pl
import pytest
import yaml

import flowlocal
from flowlocal.lookups.folder import Names
from flowlocal.rules.cloudformation import write_cloudformation
from flowlocal.rules.network import Network
from flowlocal.rules.observed import EPHEMERAL, observe
from flowlocal.rules.proposals import Proposals, propose
from flowlocal.rules.snippets import description, label, unique
from flowlocal.rules.terraform import quoted, write_terraform
from tests.rules.estate import network, seen
from tests.rules.estate import story as net


@cache
def found(*, by_group: bool = True) -> Proposals:
    """Return the proposals for the estate."""
    return propose(seen(), network() if by_group else Network({}), by_group=by_group)


def test_every_flow_is_allowed_and_counted() -> None:
    """The proposals of groups allow all accepted traffic of their interfaces, and count its flows and bytes."""
    groups = {each.id: net.make_id("sg", each.group) for each in net.INTERFACES if each.group}
    members = {
        (each.subnet.vpc.id, address): groups[each.id]
        for each in net.INTERFACES
        if each.group
        for address in (each.address, each.address6)
    }
    vpcs = {each.id: each.subnet.vpc.id for each in net.INTERFACES}
    rules: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for row in found().rows.iter_rows(named=True):
        rules[row["id"], row["direction"], row["port"]].append(row["peer"])
    flows = 0
    for row in seen().traffic.iter_rows(named=True):
        if row["interfaceId"] not in groups:
            continue
        flows += row["flows"]
        group = members.get((vpcs[row["interfaceId"]], row["peer"]))
        allowed = rules[groups[row["interfaceId"]], row["direction"], row["port"]]
        assert group in allowed or any(
            ip_address(row["peer"]) in ip_network(each) for each in allowed if not each.startswith("sg-")
        )
    assert flows == found().rows["flows"].sum()
    assert not found().rows.filter((pl.col("port") >= EPHEMERAL) & (pl.col("serverBy") != "flags")).height


CHOSEN = [
    ("web", "ingress", "tcp", 8080, net.make_id("sg", "alb"), "alb", 2),
    ("alb", "ingress", "tcp", 443, "0.0.0.0/0", None, 29),
    ("bastion", "ingress", "tcp", 22, f"{net.OFFICE}/32", None, 1),
    ("web", "egress", "tcp", 443, "28.20.1.44/31", None, 2),
    ("warehouse", "ingress", "tcp", 5439, "10.10.16.50/32", "batch-1", 1),
]


@pytest.mark.parametrize("expected", CHOSEN)
def test_rows(expected: tuple[object, ...]) -> None:
    """Peers in the VPC are groups, others exact blocks, and many public ones everybody."""
    columns = ["name", "direction", "protocol", "port", "peer", "peerName", "addresses"]
    assert expected in found().rows.select(columns).rows()


def test_gateways_have_no_rules() -> None:
    """Interfaces without a group are left out by name; what guesses are is said."""
    assert any(net.NAT.id in note for note in found().notes)
    assert any("guesses" in note for note in found().notes)


def test_by_interface() -> None:
    """Without tables the rules are those of interfaces, with addresses as peers."""
    rows = found(by_group=False).rows
    assert set(rows["id"]) == {each.id for each in net.INTERFACES}
    assert not rows["peer"].str.starts_with("sg-").any()


TF_KINDS = {"ingress": "aws_vpc_security_group_ingress_rule", "egress": "aws_vpc_security_group_egress_rule"}


def _plain(value: Any) -> Any:
    """Return a value of hcl2 without the quotes that it keeps."""
    return value.strip('"') if isinstance(value, str) else value


@pytest.mark.parametrize("by_group", [True, False])
def test_terraform(by_group: bool) -> None:
    """The Terraform parses, and has one resource for each proposal with the same protocol, ports and peer."""
    each = found(by_group=by_group)
    parsed = hcl2.loads("".join(f"{line}\n" for line in write_terraform(each, seen())))
    rules = []
    for block in parsed["resource"]:
        for kind, named in block.items():
            for body in named.values():
                if _plain(kind) in TF_KINDS.values():
                    cells = {key: _plain(value) for key, value in body.items()}
                    peer = next(cells[key] for key in cells if key.startswith(("cidr_", "referenced_")))
                    rules.append(
                        (_plain(kind), cells["ip_protocol"], cells.get("from_port"), cells.get("to_port"), peer)
                    )
    expected = [
        (
            TF_KINDS[row["direction"]],
            row["protocol"],
            *(((-1 if row["port"] is None else row["port"]),) * 2),
            row["peer"],
        )
        for row in each.rows.iter_rows(named=True)
    ]
    assert rules == expected


class _Loader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions as text."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: f"{suffix} {loader.construct_scalar(node)}")


@pytest.mark.parametrize("by_group", [True, False])
def test_cloudformation(by_group: bool) -> None:
    """The template parses, has one resource for each proposal, and every reference is to a resource of its own."""
    each = found(by_group=by_group)
    template = yaml.load("".join(f"{line}\n" for line in write_cloudformation(each, seen())), Loader=_Loader)
    resources = template["Resources"]
    rules = [one["Properties"] for one in resources.values() if one["Type"] != "AWS::EC2::SecurityGroup"]
    peers = [next(one[key] for key in one if key.startswith(("Cidr", "Source", "Destination"))) for one in rules]
    assert peers == each.rows["peer"].to_list()
    assert [one["IpProtocol"] for one in rules] == each.rows["protocol"].to_list()
    groups = {name for name, one in resources.items() if one["Type"] == "AWS::EC2::SecurityGroup"}
    used = {one["GroupId"].removeprefix("GetAtt ").removesuffix(".GroupId") for one in rules}
    assert used == groups if not by_group else not groups
    assert all(name.isalnum() for name in resources)


def test_unknown_vpc() -> None:
    """An interface of an unknown VPC gets it from a data source, or from a parameter."""
    each = found(by_group=False)
    unknown = Proposals(each.rows, (), {})
    assert "data.aws_network_interface." in "".join(write_terraform(unknown, seen()))
    template = yaml.load("\n".join(write_cloudformation(unknown, seen())), Loader=_Loader)
    assert template["Parameters"] == {"VpcId": {"Type": "AWS::EC2::VPC::Id"}}


def test_nothing_to_propose() -> None:
    """Without proposals both are valid, too."""
    nothing = Proposals(found().rows.clear(), (), {})
    assert hcl2.loads("\n".join(write_terraform(nothing, seen())) + "\n").get("resource") is None
    assert yaml.safe_load("\n".join(write_cloudformation(nothing, seen())))["Resources"] == {}


def _interface(name: str, address: str, vpc: str, group: str) -> dict[str, Any]:
    return {"NetworkInterfaceId": name, "PrivateIpAddress": address, "VpcId": vpc, "Groups": [{"GroupId": group}]}


def test_groups_of_a_peered_vpc(tmp_path: Path) -> None:
    """A peer in a peered VPC is a security group, with its account in code; one beyond an inactive peering is not."""
    addresses = {"vpc-1": "10.0.0.1", "vpc-2": "10.1.0.1", "vpc-3": "10.2.0.1"}
    documents = {
        "NetworkInterfaces": [_interface(f"eni-{vpc}", each, vpc, f"sg-{vpc}") for vpc, each in addresses.items()],
        "SecurityGroups": [{"GroupId": f"sg-{vpc}", "OwnerId": f"account of {vpc}"} for vpc in addresses],
        "VpcPeeringConnections": [
            {
                "VpcPeeringConnectionId": f"pcx-{other}",
                "RequesterVpcInfo": {"VpcId": "vpc-1", "Region": "r"},
                "AccepterVpcInfo": {"VpcId": other, "Region": "r"},
                "Status": {"Code": status},
            }
            for other, status in (("vpc-2", "active"), ("vpc-3", "deleted"))
        ],
    }
    (tmp_path / "names.json").write_text(json.dumps(documents))
    fields = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
    lines = [
        f"eni-vpc-1 {each} 10.0.0.1 40000 22 6 1 10 1777600000 1777600060 ACCEPT OK" for each in addresses.values()
    ]
    (tmp_path / "flow.log").write_text("\n".join([fields, *lines[1:], ""]))
    known = Network(Names.of(tmp_path / "names.json").tables)
    traffic = observe(flowlocal.scan(tmp_path / "flow.log"), known.addresses)
    each = propose(traffic, known, by_group=True)
    assert set(each.rows["peer"]) == {"sg-vpc-2", "10.2.0.1/32"}
    assert 'referenced_security_group_id = "account of vpc-2/sg-vpc-2"' in "\n".join(write_terraform(each, traffic))
    template = yaml.load("\n".join(write_cloudformation(each, traffic)), Loader=_Loader)
    rules = [one["Properties"] for one in template["Resources"].values()]
    assert [one.get("SourceSecurityGroupOwnerId") for one in rules if "SourceSecurityGroupId" in one] == [
        "account of vpc-2"
    ]


HOSTILE = ['eni-"${evil}%{if}\\', "a\nb\x1b[31m", "", "9", "é"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names(text: str, tmp_path: Path) -> None:
    """A name from logs or tables is neither code nor a template."""
    parsed = hcl2.loads(f"locals {{\n  a = {quoted(text)}\n}}\n")
    assert parsed["locals"]
    assert "${evil" not in quoted(text).replace("$${", "")
    assert label(text).replace("_", "").isalnum()
    row = {"flows": 1, "bytes": 2, "addresses": 3, "last": datetime(2026, 5, 1), "peerName": text * 200}
    assert len(description(row)) <= 255
    assert not set(description(row)) & set("\n\x1b$'\"{}")


def test_unique() -> None:
    """Names that differ in letter case alone get numbers."""
    taken: set[str] = set()
    assert [unique(text, taken) for text in ("a", "A", "a")] == ["a", "A_2", "a_3"]
