"""Existing rules beside the traffic: used, wider, unused, and what is not known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import flowlocal
from flowlocal.lookups.folder import Names
from flowlocal.rules.existing import compare, rules_of
from flowlocal.rules.network import Network
from flowlocal.rules.observed import observe
from tests.rules.estate import network, seen
from tests.rules.estate import story as net


@cache
def compared() -> pl.DataFrame:
    """Return the rules of the estate."""
    return compare(seen(), network())


ESTATE = [
    ("bastion", "22", "wider", "tcp 22 from 26.40.0.7/32, 30.77.7.7/32"),
    ("bastion", "3389", "unused", None),
    ("web", "8080", "used", None),
    ("web", "443", "wider", f"tcp 443 from {net.CUSTOMER6}/128"),
    ("db", "3306", "unused", None),
    ("alb", "443", "used", None),
    ("alb", "80", "unused", None),
    ("endpoint", "443", "wider", f"tcp 443 from {net.make_id('sg', 'web')}"),
    ("tools", "9100", "unused", None),
    ("warehouse", "5439", "wider", "tcp 5439 from 10.10.16.50/32"),
]


@pytest.mark.parametrize(("name", "ports", "state", "reason"), ESTATE)
def test_estate(name: str, ports: str, state: str, reason: str | None) -> None:
    """A rule over the samples is used, unused, or wider than what was seen."""
    row = compared().filter(name=name, ports=ports, direction="ingress").row(0, named=True)
    assert (row["state"], row["reason"]) == (state, reason)
    assert (row["flows"] > 0) is (state != "unused")
    assert row["seenFrom"] == seen().first
    assert row["seenTo"] == seen().last


def test_rules_of_both_commands() -> None:
    """Rules that both commands print are there once, with their ids; the others, too."""
    rules = rules_of(network())
    inbound = sum(len(each) for _, each in net.GROUPS.values())
    assert rules.filter(pl.col("rule_id").is_not_null()).height == inbound
    assert rules.filter(pl.col("rule_id").is_null()).height == len(net.GROUPS)  # outbound, of the groups alone
    within = Network({name: table for name, table in network().tables.items() if name != "security_group_rules"})
    assert rules_of(within).height == rules.height


FIELDS = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags"
NOW = 1_777_600_000
WEB, DB, PEERS = "sg-1", "sg-2", "sg-3"
A, B, OUTSIDE = "10.0.0.1", "10.0.0.2", "20.0.0.9"


def state_of(folder: Path, rule: dict[str, Any], lines: Iterable[str]) -> tuple[str, str | None]:
    """Return the state of one rule of a group, whose only interface is eni-1 with the address A."""
    names = folder / "names"
    names.mkdir()
    interfaces = [
        _interface("eni-1", A, WEB),
        _interface("eni-2", B, DB),
        _interface("eni-9", "10.0.0.9", "sg-9"),
        {**_interface("eni-3", "10.1.0.1", PEERS), "VpcId": "vpc-2"},
        *({**_interface(f"eni-{vpc}", "10.1.0.2", PEERS), "VpcId": vpc} for vpc in ("vpc-2", "vpc-3")),
    ]
    (names / "a.json").write_text(json.dumps({"NetworkInterfaces": interfaces}))
    whole = {"SecurityGroupRuleId": "sgr-1", "GroupId": WEB, "IsEgress": False, **rule}
    (names / "b.json").write_text(json.dumps({"SecurityGroupRules": [whole]}))
    (names / "c.json").write_text(json.dumps({"VpcPeeringConnections": list(map(_peering, ("vpc-2", "vpc-3")))}))
    (names / "entries-pl-2.json").write_text(json.dumps({"Entries": [{"Cidr": "20.0.0.0/24", "Description": "x"}]}))
    (folder / "flow.log").write_text("\n".join([FIELDS, *lines, ""]))
    known = Network(Names.of(names).tables)
    row = compare(observe(flowlocal.scan(folder / "flow.log"), known.addresses), known).row(0, named=True)
    return row["state"], row["reason"]


def _interface(name: str, address: str, group: str) -> dict[str, Any]:
    place = {"VpcId": "vpc-1", "Groups": [{"GroupId": group}], "Status": "in-use"}
    return {"NetworkInterfaceId": name, "PrivateIpAddresses": [{"PrivateIpAddress": address}], **place}


def _peering(other: str) -> dict[str, Any]:
    ends = {
        f"{end}VpcInfo": {"VpcId": vpc, "Region": "r"} for end, vpc in (("Accepter", "vpc-1"), ("Requester", other))
    }
    return {"VpcPeeringConnectionId": f"pcx-{other}", "Status": {"Code": "active"}, **ends}


def line(source: str, target: str, ports: str, flags: int = 2, protocol: int = 6, *, action: str = "ACCEPT") -> str:
    """Return a record of eni-1."""
    return f"eni-1 {source} {target} {ports} {protocol} 1 10 {NOW} {NOW + 60} {action} OK {flags}"


def tcp(first: int, last: int, **peer: Any) -> dict[str, Any]:
    """Return a rule for TCP."""
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **peer}


SSH = line(OUTSIDE, A, "40000 22")
STATES = {
    "exactly what was seen": (tcp(22, 22, CidrIpv4=f"{OUTSIDE}/32"), [SSH], ("used", None)),
    "wider addresses": (tcp(22, 22, CidrIpv4="20.0.0.0/8"), [SSH], ("wider", f"tcp 22 from {OUTSIDE}/32")),
    "wider ports": (tcp(22, 23, CidrIpv4=f"{OUTSIDE}/32"), [SSH], ("wider", f"tcp 22 from {OUTSIDE}/32")),
    "all ports of a range are used": (
        tcp(22, 23, CidrIpv4=f"{OUTSIDE}/32"),
        [SSH, line(OUTSIDE, A, "40000 23")],
        ("used", None),
    ),
    "all protocols": (
        {"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"},
        [SSH],
        ("wider", f"tcp 22 from {OUTSIDE}/32"),
    ),
    "another port": (tcp(23, 23, CidrIpv4="0.0.0.0/0"), [SSH], ("unused", None)),
    "another address": (tcp(22, 22, CidrIpv4="21.0.0.0/8"), [SSH], ("unused", None)),
    "another direction": (tcp(22, 22, CidrIpv4="0.0.0.0/0", IsEgress=True), [SSH], ("unused", None)),
    "another protocol": ({**tcp(22, 22, CidrIpv4="0.0.0.0/0"), "IpProtocol": "udp"}, [SSH], ("unused", None)),
    "rejected traffic uses no rule": (
        tcp(22, 22, CidrIpv4="0.0.0.0/0"),
        [line(OUTSIDE, A, "40000 22", action="REJECT")],
        ("unused", None),
    ),
    "a group": (
        tcp(22, 22, ReferencedGroupInfo={"GroupId": DB}),
        [line(B, A, "40000 22")],
        ("used", None),
    ),
    "a group without traffic": (tcp(22, 22, ReferencedGroupInfo={"GroupId": PEERS}), [SSH], ("unused", None)),
    "a prefix list": (
        tcp(22, 22, PrefixListId="pl-1"),
        [SSH],
        ("unknown", "traffic has its ports, but the addresses of a prefix list are not in the tables"),
    ),
    "a known prefix list": (tcp(22, 22, PrefixListId="pl-2"), [SSH], ("used", None)),
    "a known prefix list without such addresses": (
        tcp(22, 22, PrefixListId="pl-2"),
        [line("20.0.1.9", A, "40000 22")],
        ("unused", None),
    ),
    "a group of a peered VPC": (
        tcp(22, 22, ReferencedGroupInfo={"GroupId": PEERS}),
        [line("10.1.0.1", A, "40000 22")],
        ("used", None),
    ),
    "a group, and a private address that no table has": (
        tcp(22, 22, ReferencedGroupInfo={"GroupId": PEERS}),
        [line("10.9.0.1", A, "40000 22")],
        (
            "unknown",
            "traffic has its ports, with private addresses of which the tables do not have the group",
        ),
    ),
    "a group, and an address that two peered VPCs have": (
        tcp(22, 22, ReferencedGroupInfo={"GroupId": PEERS}),
        [line("10.1.0.2", A, "40000 22")],
        (
            "unknown",
            "traffic has its ports, with private addresses of which the tables do not have the group",
        ),
    ),
    "a prefix list without traffic": (tcp(23, 23, PrefixListId="pl-1"), [SSH], ("unused", None)),
    "ICMP": (
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIpv4": f"{OUTSIDE}/32"},
        [line(OUTSIDE, A, "0 0", 0, 1)],
        ("used", None),
    ),
    "ICMP in the other direction is a guess": (
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0", "IsEgress": True},
        [line(OUTSIDE, A, "0 0", 0, 1)],
        ("unknown", "there is traffic of which it is not sure who is the server"),
    ),
    "an ICMP type": (
        {"IpProtocol": "icmp", "FromPort": 8, "ToPort": 0, "CidrIpv4": "0.0.0.0/0"},
        [line(OUTSIDE, A, "0 0", 0, 1)],
        ("unknown", "traffic has its protocol, but flow logs do not have ICMP types"),
    ),
    "ephemeral ports may be a server's": (
        tcp(32768, 65535, CidrIpv4="0.0.0.0/0"),
        [line(OUTSIDE, A, "40000 50000", 0)],
        ("unknown", "there is traffic of which it is not sure who is the server"),
    ),
    "a fragment may be of any port": (
        tcp(23, 23, CidrIpv4="0.0.0.0/0"),
        [line(OUTSIDE, A, "0 0", 0)],
        ("unknown", "there is traffic of which it is not sure who is the server"),
    ),
    "a group without interfaces": (
        tcp(22, 22, CidrIpv4="0.0.0.0/0", GroupId="sg-8"),
        [SSH],
        ("unknown", "no interface in the tables has this group"),
    ),
    "a group without records": (
        tcp(22, 22, CidrIpv4="0.0.0.0/0", GroupId="sg-9"),
        [SSH],
        ("unknown", "the logs have no record of an interface with this group"),
    ),
    "a damaged block": (
        tcp(22, 22, CidrIpv4="anything"),
        [SSH],
        ("unknown", "the rule is not a valid one: expected an address block such as 10.0.0.0/8"),
    ),
}


@pytest.mark.parametrize(("rule", "lines", "expected"), STATES.values(), ids=STATES)
def test_states(tmp_path: Path, rule: dict[str, Any], lines: list[str], expected: tuple[str, str | None]) -> None:
    """The state of a rule follows from traffic of its own group, direction, protocol, ports and peers."""
    assert state_of(tmp_path, rule, lines) == expected


def test_long_reasons(tmp_path: Path) -> None:
    """Of many ports and peers a few are named, and how many more there are."""
    lines = [line(OUTSIDE, A, f"40000 {port}") for port in range(100, 120)]
    _, reason = state_of(tmp_path, {"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}, lines)
    assert reason is not None
    assert reason.endswith("12 more ports")
